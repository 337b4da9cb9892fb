"""`mmeval analyse`: a question asked of judged runs; opens no model."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from mmeval.records import Column, Report, Scalar, to_row
from mmeval.results.analysis import analyse
from mmeval.results.report_words import cell, words
from mmeval.text import csv_cell, shown
from mmeval.verbs.shared.grid import Grid, fits, grid_lines, names_hinder, terminal_width, wrapped
from mmeval.verbs.shared.options import PARTIAL, RUNS
from mmeval.verbs.shared.terminal import echo

HELP = """Ask a question of judged runs, and print the answer.

\b
mmeval analyse accuracy runs/metamath-7b
mmeval analyse reversal_gap runs/mine/gsm8k runs/mine/gsm8k_backward
mmeval analyse maj_at_k runs/sampled --csv > maj.csv

ANALYSIS is a name (mmeval list) or a .py file. Shares are printed in percent, and are
fractions in --csv and --json.
"""
BLOCKS = ("checker", "model", "benchmark", "split")
"""By which a table that is too wide is divided, in this order."""
Row = Sequence[Scalar]


@click.command(help=HELP)
@click.argument("analysis")
@RUNS
@click.option("--checker", "checkers", multiple=True, help="Use these verdicts alone; repeatable.")
@PARTIAL
@click.option("--csv", "as_csv", is_flag=True, help="The table as CSV.")
@click.option("--json", "as_json", is_flag=True, help="The whole report as one line of JSON.")
def command(  # noqa: PLR0913, PLR0917 - click passes one parameter per option
    analysis: str,
    runs: tuple[Path, ...],
    checkers: tuple[str, ...],
    partial: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Prints a report."""
    report = analyse(analysis, runs, checkers, partial)
    if as_json:
        click.echo(json.dumps(to_row(report), ensure_ascii=False))
    elif as_csv:
        click.echo(csv_of(report), nl=False)
    else:
        print_report(report)


def csv_of(report: Report) -> str:
    """The table as CSV, fractions as they are, nothing where there is no value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(column.name for column in report.columns)
    writer.writerows(
        ["" if cell is None else csv_cell(cell) for cell in row] for row in report.rows
    )
    return out.getvalue()


def print_report(report: Report) -> None:
    """The report in words and tables."""
    echo(lines(report, terminal_width()))


def lines(report: Report, width: int) -> Iterator[str]:
    """The table, with what is the same in all rows said once above it; where it is too
    wide for the terminal, a table for each checker, and for each model and benchmark."""
    yield from _tables(report.columns, report.rows, width, {})
    yield ""
    for line in words(report):
        yield from wrapped(shown(line), width)


def _tables(
    columns: Sequence[Column], rows: Sequence[Row], width: int, above: Mapping[str, Scalar]
) -> Iterator[str]:
    """One table, or one for each value of the first of `BLOCKS` that would make it fit.
    `above`: the columns that stand above it already, with their value."""
    same = {c.name: rows[0][i] for i, c in enumerate(columns) if rows and _same(columns, rows, i)}
    for place, column in enumerate(columns):
        if column.name in same and above.get(column.name) != same[column.name]:
            yield f"{column.name}: {cell(column, rows[0][place])}"
    grid = grid_of(columns, rows)
    names = [column.name for column in columns]
    left = [name for name in BLOCKS if name in names and name not in same]
    if not left or fits(grid, width) or (left[0] != "checker" and not names_hinder(grid, width)):
        yield from grid_lines(grid, width)
        return
    place = names.index(left[0])
    for number, value in enumerate(dict.fromkeys(row[place] for row in rows)):
        if number:
            yield ""
        yield from _tables(columns, [row for row in rows if row[place] == value], width, same)


def grid_of(columns: Sequence[Column], rows: Sequence[Row]) -> Grid:
    """The table without what is the same in all its rows, the names of rows first."""
    kept = [i for i in range(len(columns)) if not _same(columns, rows, i)]
    units = [bool(columns[i].unit) for i in kept]
    return Grid(
        heads=[columns[i].name.replace("_", " ").replace(" ", "\n") for i in kept],
        rows=[[cell(columns[i], row[i]) for i in kept] for row in rows],
        right=units,
        names=units.index(True) if True in units else 0,
        gap=1,
    )


def _same(columns: Sequence[Column], rows: Sequence[Row], place: int) -> bool:
    """Whether a column is the same in all rows: a setting, not a number."""
    many = len(rows) > 1 or columns[place].name in BLOCKS
    return many and not columns[place].unit and len({row[place] for row in rows}) == 1
