"""Measurements of training data: perplexity, diversity gain, overlap with test sets.

May enter: what reads rows that models are trained on and measures them; what makes such rows
is in `augmenting`.
"""
