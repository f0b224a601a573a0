"""People of the desk and the ways back in: members, one-time links, recovery codes."""
