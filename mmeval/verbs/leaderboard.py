"""`mmeval leaderboard`: models by benchmarks; opens no model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
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
from mmeval.verbs.shared.options import PARTIAL, PATH, RUNS
from mmeval.verbs.shared.terminal import echo
from mmeval.verbs.shared.usable_runs import usable_runs

HELP = """Rank models by benchmarks: accuracies, intervals, the ranks they leave open.

\b
mmeval leaderboard runs/*
mmeval leaderboard runs/* --published --format markdown > LEADERBOARD.md
mmeval leaderboard runs/mine --format lm-eval --out results

RUN is a run folder or a folder of them. --published adds published numbers,
the paper's Table 2 among them; they are quoted, and marked as such everywhere.
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
@RUNS
@click.option("--checker", "checkers", multiple=True, help="Show these columns alone; repeatable.")
@click.option("--published", is_flag=True, help="Show published numbers too.")
@PARTIAL
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["table", *FORMATS, "lm-eval"]),
    default="table",
    show_default=True,
    help="How to write it.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--out", type=PATH, help="Write here instead of printing.")
def command(runs: tuple[Path, ...], **options: Any) -> None:
    """Prints or writes the leaderboard."""
    wanted, out = "json" if options["as_json"] else options["wanted"], options["out"]
    loaded = load_runs(usable_runs(runs, options["partial"]), options["partial"])
    if wanted == "lm-eval":
        write_lm_eval(loaded, out)
        return
    board = make_leaderboard(loaded, options["checkers"], facts() if options["published"] else ())
    if wanted == "table":
        if out is not None:
            raise ConfigError("--out needs a --format: markdown, csv, json or model-card")
        echo(lines(board, terminal_width()))
    elif out is not None:
        write_text(out, FORMATS[wanted](board), given=True)
    else:
        click.echo(FORMATS[wanted](board), nl=False)


def write_lm_eval(runs: list[JudgedRun], out: Path | None) -> None:
    """One results file per model, in the folders that lm-evaluation-harness makes."""
    if out is None:
        raise ConfigError("--format lm-eval writes a file per model: name a folder with --out")
    by_model: dict[str, list[JudgedRun]] = {}
    for run in runs:
        by_model.setdefault(run.model, []).append(run)
    for model, its_runs in by_model.items():
        if len({run.task for run in its_runs}) < len(its_runs):
            raise ConfigError(
                f"{shown(model)} has several runs of one task; an lm-eval file holds one of each"
            )
        results = formats.lm_eval_results(its_runs)
        date = its_runs[0].manifest.created.replace(":", "-")
        path = out / formats.sanitized(model) / f"results_{formats.sanitized(date)}.json"
        text = json.dumps(results, indent=2, ensure_ascii=False) + "\n"
        write_text(path, text, below=out)
        click.echo(str(path))


def lines(board: Leaderboard, width: int) -> Iterator[str]:
    """The table for people: two lines a model, measured above, quoted below; where it is
    too wide for the terminal, a table for each benchmark."""
    measured = [entry for entry in board.entries if entry.measured]
    whole = _grid(measured, board.heads, "{0.benchmark}\n{0.split}\n{0.checker}\n{0.part}")
    if fits(whole, width):
        yield from grid_lines(whole, width)
        yield ""
    else:
        for task in dict.fromkeys(h.task for h in board.heads if h.checker != PUBLISHED):
            heads = [head for head in board.heads if head.task == task]
            rows = [entry for entry in formats.ranked(board, heads) if entry.measured]
            yield shown(formats.task_name(task))
            yield from grid_lines(_grid(rows, heads, "{0.checker}"), width)
            yield ""
    quoted = [entry for entry in board.entries if not entry.measured]
    if quoted:
        heads = [head for head in board.heads if head.checker == PUBLISHED]
        yield "quoted, not measured"
        yield from grid_lines(_grid(quoted, heads, "{0.benchmark}\n{0.split}"), width)
        yield ""
    for line in formats.legend(board):
        yield from wrapped(line.replace("*", "").replace("`", ""), width)


def _grid(entries: Sequence[Entry], heads: Sequence[Head], form: str) -> Grid:
    cells = ((_cell(entry.cells.get(head)) for head in heads) for entry in entries)
    return Grid(
        heads=["model", *(_head(head, form) for head in heads)],
        rows=[[shown(entry.model), *row] for entry, row in zip(entries, cells, strict=True)],
        right=[False, *[True] * len(heads)],
        sparse=True,
    )


def _head(head: Head, form: str) -> str:
    return form.format(
        head._replace(**{k: shown(str(v)) for k, v in head._asdict().items()})
    ).rstrip("\n")


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return NOTHING
    if cell.low is None or cell.high is None:
        return f"{100 * cell.accuracy:.1f} (quoted)"
    return (
        f"{100 * cell.accuracy:.1f}{formats.marks(cell)} {formats.ranks(cell)}".rstrip() + "\n"
        f"{100 * cell.low:.1f}-{100 * cell.high:.1f}{formats.at_most(cell)}"
    )
