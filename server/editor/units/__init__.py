"""What can be edited: units of a pack, their contents as bytes, and what the desk refuses."""
