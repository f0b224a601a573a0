"""The domain: what a region's pack says, and whether it may be said. Knows no Flask, no store and no other room."""
