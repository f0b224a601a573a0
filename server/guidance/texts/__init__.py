"""The texts of a pack: placeholders, citations, translations, and how plain they read."""
