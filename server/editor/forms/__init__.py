"""A unit as a form: fields worked out from the pack's models, and their values back into contents."""
