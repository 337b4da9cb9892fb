"""Pure functions of numbers: intervals, paired tests, seeds, the bootstrap, pass@k.

May enter: functions of numbers and of a random generator; no records, no files.
"""
