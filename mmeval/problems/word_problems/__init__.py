"""Word problems made on the spot from templates, with golds that their formulas compute.

May enter: templates, what fills them, what measures their likeness; no model, no disk.
"""
