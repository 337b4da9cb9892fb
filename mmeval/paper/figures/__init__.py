"""Figures and tables of a paper: their cells, shared panels, style, and making by name."""
