"""Bring edits to phones: the plan of a publish, publishing, rolling back and recalling."""
