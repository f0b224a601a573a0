"""A region's pack as files: zip and PO, exported and imported."""
