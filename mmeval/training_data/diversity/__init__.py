"""Diversity gain of one set of questions over another: items, search, gain, report."""
