"""The verbs of the command line: one file each, loaded when it is called.

    command(**options) -> parse into a typed value -> call -> render the result -> echo

May enter: options, tables for people, exit statuses. What a verb asks for is below.
`augment/` has the eight commands of its group, `shared/` what several verbs use.
"""
