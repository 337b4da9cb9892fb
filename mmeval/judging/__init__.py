"""Generations -> verdicts: by every checker, again at any time, without a model.

May enter: what judges answers, audits checkers, and reads files of other people's outputs.
"""
