"""A region's pack with edits merged in: checked, previewed, and how complete its languages are."""
