"""Data sets: what there is, and how to get it."""
