"""The design's budget table, measured: `python -m tools.bench`."""
