"""The pages about one unit: its form, history, preview, translation, and conflicts."""
