"""Losses: one formula each. Frozen networks are passed in."""
