"""The versions of a unit: who wrote them, who reviewed them, and what lies below them in the shipped pack."""
