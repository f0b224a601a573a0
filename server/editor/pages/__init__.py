"""The pages of the desk about more than one unit, and the blueprint with the routes of these and of `unit_pages`."""
