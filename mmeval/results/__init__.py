"""Judged runs -> frames, analyses, comparisons, the gate, leaderboards and the site;
report_folder.py is where what was measured on data is written.

May enter: what reads judged run folders, computes and shows; nothing that writes into one.
"""
