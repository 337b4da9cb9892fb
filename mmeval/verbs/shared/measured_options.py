"""The options of `mmeval figures` and `mmeval claims` that say what was measured."""

from __future__ import annotations

from typing import Any

import click

from mmeval.errors import ConfigError
from mmeval.paper.measurements import Measurements, Search
from mmeval.paper.roles import parse_label
from mmeval.text import shown
from mmeval.verbs.shared.options import PATH, stacked

measured_options = stacked(
    click.option(
        "--runs",
        multiple=True,
        type=PATH,
        metavar="DIR",
        help="Where runs and reports lie, to any depth; repeatable.",
    ),
    click.option(
        "--label",
        "labels",
        multiple=True,
        metavar="RUN=SERIES[@SIZE]",
        help="What a run stands for: metamath-7b=MetaMath@7B, x=AnsAug@20K.",
    ),
    click.option(
        "--stand-in",
        "stand_ins",
        multiple=True,
        metavar="A=B",
        help="Take runs on benchmark B where the paper has A; repeatable.",
    ),
    click.option("--checker", help="Whose verdicts to use; each run's own by default."),
)
"""Adds --runs, --label, --stand-in and --checker, in this order."""


def search_of(options: dict[str, Any]) -> Search:
    """Where and how measurements are looked for. Raises ConfigError for a bad --stand-in."""
    pairs = {}
    for each in options["stand_ins"]:
        paper, equals, ours = each.partition("=")
        if not (paper and equals and ours):
            raise ConfigError(f"--stand-in {each!r} is not A=B, such as gsm8k=wordproblems")
        pairs[paper] = ours
    return Search(
        paths=options["runs"],
        labels=tuple(map(parse_label, options["labels"])),
        checker=options["checker"],
        stand_ins=pairs,
    )


def echo_left_out(measurements: Measurements) -> None:
    """Lists on stderr the runs and reports that were not taken, and why."""
    for each in measurements.left_out:
        click.echo(f"left out: {shown(each)}", err=True)
