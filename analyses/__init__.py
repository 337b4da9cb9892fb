"""Analyses: one file each, a pure function from a run's records to a Report."""
