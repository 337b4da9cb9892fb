"""What a paper printed beside what was measured here: roles, numbers, figures and claims.

May enter: what maps runs and reports to the cells and claims of a paper; no paper by name,
those are declared in `figures/` and `analyses/claims/`.
"""
