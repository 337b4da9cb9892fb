"""A study is a file of commands: read, planned into steps, run in lanes, resumed.

It calls the verbs as processes, so a step is what a person would type.
"""
