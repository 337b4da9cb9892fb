"""Rows and templates -> problems -> prompts.

May enter: what turns a data file, a hub repository or a template into `Problem` and `Prompt`.
Not: what asks a model, judges an answer, or makes training data.
"""
