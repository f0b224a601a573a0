"""What can be edited: units of a pack, their contents as bytes, and the errors of the desk."""
