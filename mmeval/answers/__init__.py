"""Answers: find them in a text, compare them with a gold.

    checker.py    what a checker declares
    extraction/   text -> answer
    grammar/      notation -> tree
    comparison/   answer x gold -> same, different or undecided
    rules/        one checker a file
    line_process.py   a process that answers lines of JSON and can be killed

May enter: pure, bounded functions of text that never raise on what a model wrote.
"""
