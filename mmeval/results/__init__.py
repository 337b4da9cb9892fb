"""Judged runs -> frames, analyses, comparisons, the gate, leaderboards and the site.

May enter: what reads judged run folders, computes and shows; nothing that writes into one.
"""
