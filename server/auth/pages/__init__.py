"""The pages about people, and what every page of the desk is rendered with."""
