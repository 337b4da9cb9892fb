"""Figures of the paper: one file each, drawn from a Report; a figure computes nothing."""
