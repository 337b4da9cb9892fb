"""`mmeval analyse`: a question asked of judged runs; opens no model."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from mmeval.analysing import analyse
from mmeval.records import Column, Report, Scalar, to_row
from mmeval.showing import shown

HELP = """Ask a question of judged runs, and print what they say.

\b
mmeval analyse accuracy runs/metamath-7b
mmeval analyse reversal_gap runs/metamath-7b/gsm8k runs/metamath-7b/gsm8k_backward
mmeval analyse maj_at_k runs/sampled --csv > maj.csv

ANALYSIS is a name (mmeval list) or a .py file. Shares are printed in percent, and are
fractions in --csv and --json.
"""


@click.command(help=HELP)
@click.argument("analysis")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--checker", "checkers", multiple=True, help="By which verdicts alone; repeatable.")
@click.option("--partial", is_flag=True, help="Take a run that is not finished as it is.")
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
    writer.writerows(["" if cell is None else cell for cell in row] for row in report.rows)
    return out.getvalue()


def print_report(report: Report) -> None:
    """The table, with what is the same in all rows said once above it."""
    from rich.console import Console
    from rich.table import Table

    same = [
        len({row[place] for row in report.rows}) == 1 and len(report.rows) > 1 and not column.unit
        for place, column in enumerate(report.columns)
    ]
    for place, column in enumerate(report.columns):
        if same[place]:
            click.echo(f"{column.name}: {cell(column, report.rows[0][place])}")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="")
    kept = [place for place, each in enumerate(same) if not each]
    for place in kept:
        column = report.columns[place]
        head = column.name.replace("_", " ").replace(" ", "\n")
        table.add_column(head, justify="right" if column.unit else "left", overflow="fold")
    for row in report.rows:
        table.add_row(*(cell(report.columns[place], row[place]) for place in kept))
    width = None if sys.stdout.isatty() else 140
    Console(markup=False, highlight=False, width=width).print(table)
    for line in words(report):
        click.echo(shown(line))


def cell(column: Column, value: Scalar) -> str:
    """A value for people: fractions in percent."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{100 * value:.1f} %" if column.unit == "fraction" else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else shown(str(value))


def words(report: Report) -> Iterator[str]:
    """What the table says, what to know about it, and what was published."""
    yield report.summary
    yield from report.notes
    for fact in report.published:
        name = f"{fact.model} {fact.size}".strip()
        yield f"published: {name} on {fact.benchmark} {100 * fact.value:.1f} % ({fact.source})"
