"""A config -> a run folder: what is asked, planned, generated, resumed, repeated, sharded.

May enter: the flow of `mmeval run` and its manifest. What reads finished runs is in `results`.
"""
