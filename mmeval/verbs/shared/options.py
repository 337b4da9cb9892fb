"""Options that several verbs have, and values of `KEY=VALUE` options."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from mmeval.answers.thoughts import OpensThought
from mmeval.records import Scalar, UnfinishedThought

F = TypeVar("F", bound=Callable[..., Any])


class _Filled(click.ParamType[str]):
    """A text that is not empty: `--out "$OUT"` without that variable names nothing."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if str(value) == "":
            self.fail("must not be empty", param, ctx)
        return str(value)


class _Path(click.Path):
    """A path that is not empty, which would be the current folder."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        return super().convert(FILLED.convert(value, param, ctx), param, ctx)


FILLED = _Filled()
PATH = _Path(path_type=Path)


def stacked(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    """Several options as one decorator, in this order in the help."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


RUNS = click.argument("runs", nargs=-1, required=True, type=PATH, metavar="RUN...")
PARTIAL = click.option("--partial", is_flag=True, help="Take unfinished runs as they are.")
TERMS = stacked(
    click.option("--checker", "checkers", multiple=True, help="Whose verdicts to use; repeatable."),
    click.option("--common", is_flag=True, help="Compare what both have, where problems differ."),
    PARTIAL,
)
"""How two runs are paired: the fields of `mmeval.results.pairing.Terms`."""
OUTPUT_FIELDS = stacked(
    click.option("--text", metavar="FIELD", help="Field with the model's text; a path: output.0."),
    click.option("--gold", metavar="FIELD", help="Field with the gold answer, text or number."),
    click.option(
        "--gold-after", metavar="MARK", help="The gold is what follows the last MARK in its field."
    ),
    click.option(
        "--gold-boxed", is_flag=True, help=r"The gold is the last \boxed{} in its field (MATH)."
    ),
)
"""Where a file of outputs has its texts and golds."""
THOUGHTS = stacked(
    click.option("--thought", metavar="FIELD", help="Field with the thought (else in the text)."),
    click.option(
        "--opens-thought",
        type=click.Choice(get_args(OpensThought)),
        default="auto",
        show_default=True,
        help="Whether the prompts opened the model's thought.",
    ),
)
"""Where a file of outputs has its thoughts."""
UNFINISHED = click.option(
    "--unfinished-thought",
    type=click.Choice(get_args(UnfinishedThought)),
    default="no_answer",
    show_default=True,
    help="What a thought without an end counts as.",
)
EMBEDDER = click.option(
    "--embedder",
    metavar="NAME",
    help="Compares by embeddings too, as in mmeval diversity; none: by text alone "
    "(default: minilm-l6 where it was fetched).",
)
GUARD = stacked(
    click.option("--against", multiple=True, help="Test sets that must stay out; repeatable."),
    click.option("--allow-overlap", is_flag=True, help="Check against no test set."),
    EMBEDDER,
)
RULE = click.option(
    "--rule",
    type=click.Choice(["published", "improved"]),
    default="published",
    show_default=True,
    help="Which numbers can be hidden.",
)


def parse_scalar(text: str) -> Scalar:
    """The value of `KEY=VALUE`: a JSON number or boolean where it is one, else the text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, bool | int | float) or value is None else text
