"""`mmeval equal`: whether two answers are the same, one pair or a file of pairs."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from mmeval.answers.comparison.many import compare_pairs
from mmeval.answers.comparison.match import Result
from mmeval.answers.comparison.policies import PRESETS
from mmeval.errors import ConfigError, DataError
from mmeval.jsonl import dumps, read_rows, write_lines
from mmeval.text import drawn
from mmeval.verbs.shared.options import PATH

_CHUNK = 500
HELP = """Say whether PRED equals GOLD, by which rule of mmeval/1, and why where it is undecided.

\b
mmeval equal '\\frac{1}{2}' 0.5
mmeval equal --pairs pairs.jsonl --out results.jsonl

A file of pairs has the fields `pred` and `gold`; each of its lines gives one line
{"outcome": "equal" | "different" | "undecided", "rule": ..., "reason": ...}. The exit
status is 0 whatever the outcomes.
"""


@click.command(
    "equal",
    help=HELP,
    context_settings={"ignore_unknown_options": True},  # `mmeval equal -5 5` names no option
)
@click.argument("pred", required=False)
@click.argument("gold", required=False)
@click.option("--pairs", type=PATH, help="A JSONL file of pairs.")
@click.option("--out", type=PATH, help="Where the results go.")
@click.option(
    "--policy",
    type=click.Choice(sorted(PRESETS)),
    default="default",
    show_default=True,
    help="The conventions, see docs/checkers.md.",
)
@click.option("--extract", "reads", is_flag=True, help="PRED is a whole output: find its answer.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    pred: str | None,
    gold: str | None,
    pairs: Path | None,
    out: Path | None,
    policy: str,
    reads: bool,
    as_json: bool,
) -> None:
    """The verb itself; its help is `HELP`."""
    if pairs is not None:
        if pred is not None or out is None:
            raise ConfigError("mmeval equal: --pairs FILE goes with --out FILE and no PRED, GOLD")
        _file(pairs, out, policy, reads)
        return
    if pred is None or gold is None or out is not None:
        raise ConfigError("mmeval equal: give PRED and GOLD, or --pairs FILE with --out FILE")
    result = _results([(pred, gold)], policy, reads)[0]
    if as_json:
        click.echo(json.dumps(asdict(result), ensure_ascii=False))
    else:
        reason = f", {result.reason}" if result.reason else ""
        click.echo(f"{result.outcome} ({result.rule}{reason})")


def _file(pairs: Path, out: Path, policy: str, reads: bool) -> None:
    rows = [_pair(row, f"{pairs}, line {number}") for number, row in read_rows(pairs)]
    counts: Counter[str] = Counter()

    def lines() -> Iterator[str]:
        chunks = [rows[at : at + _CHUNK] for at in range(0, len(rows), _CHUNK)]
        label = "comparing" if sys.stderr.isatty() else ""
        with click.progressbar(chunks, label=label, file=drawn(sys.stderr)) as bar:
            for chunk in bar:
                for result in _results(chunk, policy, reads):
                    counts[result.outcome] += 1
                    yield dumps(asdict(result))

    write_lines(out, lines(), given=True)
    summary = ", ".join(f"{counts[name]} {name}" for name in ("equal", "different", "undecided"))
    click.echo(f"{len(rows)} pairs: {summary}", err=True)


def _pair(row: dict[str, Any], where: str) -> tuple[str, str]:
    missing = [name for name in ("pred", "gold") if name not in row]
    if missing:
        raise DataError(f"{where}: no field {missing[0]!r}, found {sorted(row)}; name it so")
    return _text(row["pred"]), _text(row["gold"])


def _text(value: object) -> str:
    """A field as text: null is an empty answer, a JSON number is written out."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _results(pairs: Sequence[tuple[str, str]], policy: str, reads: bool) -> list[Result]:
    if reads:
        from mmeval.answers.extraction.extract import extract

        extracted = ((extract(pred), gold) for pred, gold in pairs)
        pairs = [(each.value if each else "", gold) for each, gold in extracted]
    return compare_pairs(pairs, PRESETS[policy])
