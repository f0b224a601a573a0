"""The desk where an organisation keeps its region's guidance true: edits, reviews, translation, publishing."""
