"""Pure functions of numbers: intervals, paired tests, seeds, the bootstrap, pass@k.

May enter: functions of numbers and of a random generator. No record, no file, no model;
numpy and scipy are imported inside the functions that need them.
"""
