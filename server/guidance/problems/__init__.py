"""Faults of a pack as data, every kind of fault, and the sentence for each."""
