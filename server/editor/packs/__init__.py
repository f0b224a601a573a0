"""A region's pack with edits merged in: checks, previews, and how complete its languages are."""
