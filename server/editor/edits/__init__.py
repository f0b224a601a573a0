"""The versions of a unit: who wrote them, who reviewed them, and the shipped content that they replace."""
