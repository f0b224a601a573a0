"""The rules that a pack must keep."""
