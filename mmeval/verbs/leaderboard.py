"""`mmeval leaderboard`: models by benchmarks; opens no model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from mmeval.errors import ConfigError
from mmeval.jsonl import write_text
from mmeval.results import leaderboard_formats as formats
from mmeval.results.analysis import load_runs
from mmeval.results.judged import JudgedRun
from mmeval.results.leaderboard import PUBLISHED, Cell, Entry, Head, Leaderboard, make_leaderboard
from mmeval.results.published import facts
from mmeval.text import shown
from mmeval.verbs.shared.grid import NOTHING, Grid, fits, grid_lines, terminal_width, wrapped

HELP = """Rank models by benchmarks: accuracies, intervals, the ranks they leave open.

\b
mmeval leaderboard runs/*
mmeval leaderboard runs/* --published --format markdown > LEADERBOARD.md
mmeval leaderboard runs/mine --format lm-eval --out results

RUN is a run folder or a folder of them. --published sets the numbers that others printed
beside, the paper's Table 2 among them; they are quoted, and marked so everywhere.
--format model-card prints the evaluation block of a Hugging Face model card; lm-eval
writes OUT/MODEL/results_DATE.json, as lm-evaluation-harness does.
"""
FORMATS: dict[str, Callable[[Leaderboard], str]] = {
    "markdown": formats.markdown,
    "csv": formats.csv_text,
    "json": formats.json_text,
    "model-card": formats.model_card,
}


@click.command(help=HELP)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--checker", "checkers", multiple=True, help="Columns of these alone; repeatable.")
@click.option("--published", is_flag=True, help="Set published numbers beside.")
@click.option("--partial", is_flag=True, help="Take a run that is not finished as it is.")
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["table", *FORMATS, "lm-eval"]),
    default="table",
    show_default=True,
    help="How to write it.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--out", type=click.Path(path_type=Path), help="Write here instead of printing.")
def command(runs: tuple[Path, ...], **options: Any) -> None:
    """Prints or writes the leaderboard."""
    wanted, out = "json" if options["as_json"] else options["wanted"], options["out"]
    loaded = load_runs(runs, options["partial"])
    if wanted == "lm-eval":
        write_lm_eval(loaded, out)
        return
    board = make_leaderboard(loaded, options["checkers"], facts() if options["published"] else ())
    if wanted == "table":
        if out is not None:
            raise ConfigError("--out needs a --format: markdown, csv, json or model-card")
        print_table(board)
    elif out is not None:
        write_text(out, FORMATS[wanted](board))
    else:
        click.echo(FORMATS[wanted](board), nl=False)


def write_lm_eval(runs: list[JudgedRun], out: Path | None) -> None:
    """One results file per model, in the folders that lm-evaluation-harness makes."""
    if out is None:
        raise ConfigError("--format lm-eval writes a file per model: name a folder with --out")
    by_model: dict[str, list[JudgedRun]] = {}
    for run in runs:
        by_model.setdefault(run.model, []).append(run)
    for model, own in by_model.items():
        if len({run.task for run in own}) < len(own):
            raise ConfigError(
                f"{shown(model)} has several runs of one task; an lm-eval file holds one of each"
            )
        results = formats.lm_eval_results(own)
        date = own[0].manifest.created.replace(":", "-")
        path = out / formats.sanitized(model) / f"results_{formats.sanitized(date)}.json"
        write_text(path, json.dumps(results, indent=2, ensure_ascii=False) + "\n")
        click.echo(str(path))


def print_table(board: Leaderboard) -> None:
    """The table for people: two lines a model, measured above, quoted below; where it is
    too wide for the terminal, a table for each benchmark."""
    width = terminal_width()
    measured = [entry for entry in board.entries if entry.measured]
    whole = _grid(measured, board.heads, "{0.benchmark}\n{0.split}\n{0.checker}\n{0.part}")
    if fits(whole, width):
        _echo([*grid_lines(whole, width), ""])
    else:
        for task in dict.fromkeys(h.task for h in board.heads if h.checker != PUBLISHED):
            heads = [head for head in board.heads if head.task == task]
            click.echo(shown(formats.task_name(task)))
            rows = [entry for entry in formats.ranked(board, heads) if entry.measured]
            _echo(grid_lines(_grid(rows, heads, "{0.checker}"), width))
            click.echo()
    quoted = [entry for entry in board.entries if not entry.measured]
    if quoted:
        click.echo("quoted, not measured")
        heads = [head for head in board.heads if head.checker == PUBLISHED]
        _echo(grid_lines(_grid(quoted, heads, "{0.benchmark}\n{0.split}"), width))
        click.echo()
    for line in formats.legend(board):
        _echo(wrapped(line.replace("*", "").replace("`", ""), width))


def _grid(entries: Sequence[Entry], heads: Sequence[Head], form: str) -> Grid:
    return Grid(
        heads=["model", *(form.format(head).rstrip("\n") for head in heads)],
        rows=[
            [
                shown(entry.model),
                *(_cell(entry.cells.get(head)) for head in heads),
            ]
            for entry in entries
        ],
        right=[False, *[True] * len(heads)],
        sparse=True,
    )


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return NOTHING
    if cell.low is None or cell.high is None:
        return f"{100 * cell.accuracy:.1f} (quoted)"
    return (
        f"{100 * cell.accuracy:.1f}{formats.marks(cell)} {formats.ranks(cell)}\n"
        f"{100 * cell.low:.1f}-{100 * cell.high:.1f}{formats.at_most(cell)}"
    )
