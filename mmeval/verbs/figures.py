"""`mmeval figures`: the paper's figures and tables, printed numbers marked as such."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from mmeval.paper.figures.figure import Cell, Sheet, states
from mmeval.paper.figures.make import Finding, check, chosen, draw, filled_sheets
from mmeval.paper.measurements import Measurements, search
from mmeval.paper.printed import differences, read_csv
from mmeval.text import shown
from mmeval.verbs.shared.grid import NOTHING, terminal_width, wrapped
from mmeval.verbs.shared.measured_options import echo_left_out, measured_options, search_of
from mmeval.verbs.shared.options import PATH
from mmeval.verbs.shared.terminal import echo

NUMBERS = "MMEVAL_PAPER_NUMBERS"
"""The variable that names a CSV of printed numbers."""
NAME = 39
"""Letters of an element's name."""

HELP = f"""Draw the figures and tables of the MetaMath paper.

\b
mmeval figures --out figures
mmeval figures 3 6 "table 2" --runs runs --out figures
mmeval figures 8 --runs runs --label sft=SFT@7B --label ansaug=AnsAug@20K
mmeval figures --runs runs --out figures --check

NAME is a number (3, "table 2"), a name (reversal, figure_06_reversal) or a .py file. Quoted
numbers are hatched or hollow; measured ones, from the run folders and the perplexity and
diversity reports below --runs, are full and have their interval. Written are PNG, PDF, SVG
and the numbers as JSON, always the same bytes for the same numbers.

--check draws nothing: it compares every quoted number with the CSV of --numbers (or
${NUMBERS}; else they are the project's own table), counts every measured one again
from its files, and compares both with what lies in --out. It ends with 1 when one disagrees.
"""


@click.command(help=HELP)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@measured_options
@click.option("--out", type=PATH, default=None, help="Where to write.  [default: paper-figures]")
@click.option("--check", "checking", is_flag=True, help="Draw nothing, check every number.")
@click.option("--numbers", type=PATH, help="A CSV of printed numbers, for --check.")
@click.option("--json", "as_json", is_flag=True, help="Every number as one line of JSON.")
@click.pass_context
def command(ctx: click.Context, /, names: tuple[str, ...], **options: Any) -> None:
    """Draws or checks, and prints what each figure shows."""
    figures = chosen(names)
    measurements = search(search_of(options))
    echo_left_out(measurements)
    sheets = filled_sheets(figures, measurements)
    if options["checking"]:
        ctx.exit(_check(sheets, measurements, options))
    out = options["out"] or Path("paper-figures")
    rows = []
    for sheet in _with_progress(sheets, len(figures)):
        paths = draw(sheet, out)
        rows.append({**_row(sheet), "files": [str(path) for path in paths]})
        if not options["as_json"]:
            echo(lines(sheet, paths[0]))
    if options["as_json"]:
        click.echo(json.dumps(rows, ensure_ascii=False))


def _with_progress(sheets: Iterator[Sheet], total: int) -> Iterator[Sheet]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(
        sheets,
        "drawing",
        total=total,
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _row(sheet: Sheet) -> dict[str, Any]:
    return {
        "figure": sheet.figure.name,
        "label": sheet.figure.label,
        "states": dict(states(sheet.cells)),
        "measured_by": sheet.figure.measured_by if sheet.missing else None,
        "cells": [each.to_row() for each in sheet.cells],
    }


def lines(sheet: Sheet, path: Path) -> Iterator[str]:
    """One figure in a few lines: where it is, what it shows, what would fill it."""
    counts = ", ".join(f"{count} {state}" for state, count in states(sheet.cells).items())
    width = terminal_width()
    yield f"{path.with_suffix('')}.{{png,pdf,svg,json}}"
    yield from wrapped(
        f"  {sheet.figure.label}, {sheet.figure.title}: {counts or 'nothing'}", width
    )
    if all(each.measured is None for each in sheet.cells):
        yield from wrapped(f"  not measured: {sheet.figure.measured_by}", width)


def _check(sheets: Iterator[Sheet], measurements: Measurements, options: dict[str, Any]) -> int:
    """Prints every element and what disagrees; 1 where something does."""
    named = options["numbers"] or os.environ.get(NUMBERS)
    theirs = read_csv(Path(named), measurements.numbers.benchmarks) if named else None
    checked = [(sheet, check(sheet, theirs, options["out"])) for sheet in sheets]
    table = differences(measurements.numbers.all, theirs) if theirs is not None else []
    wrong = [each for _, findings in checked for each in findings if each.wrong]
    if options["as_json"]:
        rows = [
            _row(sheet)
            | {"cells": [each.cell.to_row() | {"wrong": list(each.wrong)} for each in findings]}
            for sheet, findings in checked
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for sheet, findings in checked:
            _print_checked(sheet, findings)
        echo(wrapped(_verdict(checked, len(wrong), named), terminal_width()))
    for each in table:
        ours, printed = (NOTHING if v is None else f"{v:g}" for v in (each.ours, each.theirs))
        where = " ".join(filter(None, each.key))
        click.echo(f"disagrees: {where}: {ours} in the project, {printed} in {named}", err=True)
    return 1 if wrong or table else 0


def _print_checked(sheet: Sheet, findings: Sequence[Finding]) -> None:
    click.echo(f"{sheet.figure.label}: {sheet.figure.title}")
    click.echo(_line("element", "quoted", "measured", "state"))
    for each in findings:
        quoted, measured = each.cell.quoted, each.cell.measured
        click.echo(
            _line(
                shown(_name(each.cell)),
                NOTHING if quoted is None else f"{quoted.value:,g}",
                NOTHING if measured is None else f"{measured.value:,.4g}",
                "DISAGREES" if each.wrong else each.cell.state,
            )
        )
        for reason in each.wrong:
            click.echo(f"disagrees: {shown(_name(each.cell))}: {reason}", err=True)
    click.echo()


def _line(name: str, quoted: str, measured: str, state: str) -> str:
    """One element on one line of a terminal."""
    cut = name if len(name) <= NAME else f"{name[: NAME - 3]}..."
    return f"  {cut:<{NAME}} {quoted:>8} {measured:>8}  {state}"


def _name(cell: Cell) -> str:
    """Series and group first, which distinguish it from its neighbours, then the panel."""
    return ", ".join(dict.fromkeys(each for each in (cell.series, cell.x, cell.panel) if each))


def _verdict(checked: Sequence[tuple[Sheet, Sequence[Finding]]], wrong: int, named: object) -> str:
    cells = [each.cell for _, findings in checked for each in findings]
    counts = ", ".join(f"{count} {state}" for state, count in states(cells).items())
    against = f"against {named}" if named else "against the project's own table"
    return f"{len(cells)} elements: {counts}; quoted {against}; {wrong} disagree"
