"""A unit as a form: fields derived from the pack's models, and form values back into contents."""
