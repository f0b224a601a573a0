"""The domain: what a region's pack contains, and the checks it must pass. Independent of Flask, of the store and of other rooms."""
