"""Metrics: one file each, one row each in `table.METRICS`. README.md says how to add one."""
