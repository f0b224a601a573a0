"""What a pack may contain: its models, the keys of its texts, and the forms of ids."""
