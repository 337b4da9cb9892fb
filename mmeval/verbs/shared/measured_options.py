"""The options of `mmeval figures` and `mmeval claims` that say what was measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mmeval.errors import ConfigError
from mmeval.paper.measurements import Measurements, Search
from mmeval.paper.roles import parse_label
from mmeval.text import shown

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--runs",
        multiple=True,
        type=click.Path(path_type=Path),
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
    click.option("--checker", help="Whose verdicts are taken; each run's own by default."),
)


def measured_options(function: F) -> F:
    """Adds --runs, --label, --stand-in and --checker, in this order."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def search_of(options: dict[str, Any]) -> Search:
    """Where and how measurements are looked for. Raises ConfigError for what is no pair."""
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


def tell_left_out(found: Measurements) -> None:
    """Says on stderr what was found and not taken."""
    for each in found.left_out:
        click.echo(f"left out: {shown(each)}", err=True)
