"""The other pages of the desk, and the blueprint that holds them all."""
