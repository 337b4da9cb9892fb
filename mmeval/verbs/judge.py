"""`mmeval judge`: verdicts on outputs that are already there; opens no model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import click
from click.core import ParameterSource

from mmeval.answers.thoughts import OpensThought
from mmeval.errors import ConfigError, RunLocked
from mmeval.jsonl import read_rows
from mmeval.judging.judge import Counts
from mmeval.judging.judge_run import judge_with_repeats, summary_counts
from mmeval.judging.output_files import (
    FileVerdicts,
    OutputFile,
    judge_file,
    load_checkers,
)
from mmeval.problems.fields import field_paths
from mmeval.records import OUTCOMES, UnfinishedThought
from mmeval.run_folder import RunDir, find_runs
from mmeval.stats.intervals import wilson
from mmeval.text import shown
from mmeval.verbs.shared.grid import OUTCOME_HEADS, Grid, grid_lines, terminal_width
from mmeval.verbs.shared.options import OUTPUT_FIELDS, PATH, THOUGHTS, UNFINISHED
from mmeval.verbs.shared.terminal import echo

TEXT_END = 60
"""Characters of a text's end that an example shows."""


HELP = """Judge a JSONL file of outputs, or a run folder again.

\b
mmeval judge outputs.jsonl --text completion --gold answer
mmeval judge zeroeval.jsonl --text output.0 --gold answer --gold-after '# '
mmeval judge outputs.jsonl --text output --gold solution --gold-boxed \\
    --checker metamath-math/1 --out verdicts.jsonl

The checker alone reads the gold: where it wants an integer and finds `# 18`, the row
is `failed`, until --gold-after says what to cut. Without --checker all checkers that
there are judge the file.

A run folder is judged with the repeats in it; --json counts the run alone. Of a folder of
runs, one that another process writes to is skipped with a line, and the exit status is 1.

--json prints {"CHECKER": {"n", "right", "wrong", "no_answer", "undecided", "failed",
"accuracy", "accuracy_high"}}, accuracies as fractions. --out writes `row`, counted
from 0 without blank lines, and the fields of the verdict; it replaces the file once
all rows are judged.
"""


@click.command(help=HELP)
@click.argument("path", type=PATH)
@OUTPUT_FIELDS
@THOUGHTS
@UNFINISHED
@click.option(
    "--checker", "names", metavar="NAME", multiple=True, help="Repeat for several; default all."
)
@click.option("--json", "as_json", is_flag=True, help="Counts as one line of JSON.")
@click.option("--out", type=PATH, help="Write one line per row and checker here.")
def command(  # noqa: PLR0913, PLR0917 - click passes one parameter per option
    path: Path,
    text: str | None,
    gold: str | None,
    gold_after: str | None,
    gold_boxed: bool,
    thought: str | None,
    opens_thought: OpensThought,
    unfinished_thought: UnfinishedThought,
    names: tuple[str, ...],
    as_json: bool,
    out: Path | None,
) -> None:
    """Prints the counts of a file, or of a run folder, and writes its verdicts."""
    if path.is_dir():
        runs = find_runs(path)
        if text or gold or out or gold_after or gold_boxed or thought or opens_thought != "auto":
            raise ConfigError(
                f"{path} is a run folder: it knows its texts and golds, and keeps its verdicts "
                "itself; only --checker, --unfinished-thought and --json can be combined with it"
            )
        source_of = click.get_current_context().get_parameter_source
        given = source_of("unfinished_thought") is ParameterSource.COMMANDLINE
        _judge_runs(runs, names, as_json, unfinished_thought if given else None)
        return
    if text is None or gold is None:
        first = next((row for _, row in read_rows(path)), {})
        raise ConfigError(
            f"{path} is a file, so --text FIELD and --gold FIELD are needed; "
            f"its first row has: {', '.join(field_paths(first)) or 'nothing'}"
        )
    if gold_after == "":
        raise ConfigError("--gold-after needs a string that is not empty, such as '#### '")
    source = OutputFile(
        path=path,
        text=text,
        gold=gold,
        gold_after=gold_after,
        gold_boxed=gold_boxed,
        thought=thought,
        opens_thought=opens_thought,
    )
    verdicts = judge_file(source, load_checkers(names), out, unfinished_thought)
    if as_json:
        counts = {name: each.to_row() for name, each in verdicts.counts().items()}
        click.echo(json.dumps(counts, ensure_ascii=False))
    else:
        echo(lines(source, verdicts))


def _judge_runs(
    runs: Sequence[RunDir],
    names: tuple[str, ...],
    as_json: bool,
    unfinished: UnfinishedThought | None,
) -> None:
    """Judges runs again; JSON as for a file, by run folder where there are several. Ends with
    status 1 where a run is locked and others are not."""
    judged, locked = [], []
    for run in runs:
        try:
            judge_with_repeats(run, names, unfinished)
            judged.append(run)
        except RunLocked as error:
            locked.append(error)
    if locked and not judged:
        raise locked[0]
    _print_judged(judged, as_json, several=len(runs) > 1)
    for each in locked:
        click.echo(f"not judged: {shown(str(each))}", err=True)
    if locked:
        click.get_current_context().exit(1)


def _print_judged(runs: Sequence[RunDir], as_json: bool, several: bool) -> None:
    if not as_json:
        from mmeval.verbs.shared.run_table import print_summaries

        print_summaries(runs, as_json=False)
        return
    counts = {str(run.path): summary_counts(run.summary()) for run in runs}
    click.echo(json.dumps(counts if several else counts[str(runs[0].path)]))


def lines(source: OutputFile, verdicts: FileVerdicts) -> Iterator[str]:
    """The table of the checkers, 80 wide with the names of the paper's, and remarks below."""
    counts = verdicts.counts()
    rows = []
    for name, each in counts.items():
        low, high = wilson(each.right, each.n)
        numbers = (
            f"{100 * each.accuracy:.2f}",
            f"{100 * low:.1f}-{100 * high:.1f}",
            f"{100 * each.accuracy_high:.2f}",
        )
        rows.append([name, *numbers, *(str(getattr(each, outcome)) for outcome in OUTCOMES)])
    heads = ["checker", "accuracy\n%", "95 %\ninterval", "at most\n%", *OUTCOME_HEADS]
    grid = Grid(heads=heads, rows=rows, right=[False, *[True] * (len(heads) - 1)], gap=1)
    yield f"{next(iter(counts.values())).n:,} rows of {source.path}"
    yield from grid_lines(grid, terminal_width())
    if verdicts.unfinished:
        told_by = "; their prompts opened it" if source.opened() else ""
        yield f"thought unfinished in {verdicts.unfinished:,} texts{told_by}"
    yield from _remarks(source, verdicts, counts)


def _remarks(
    source: OutputFile, verdicts: FileVerdicts, counts: dict[str, Counts]
) -> Iterator[str]:
    """What a low accuracy is due to, where it is not wrong answers."""
    shown: list[int] | None = None
    for name, each in counts.items():
        if each.no_answer and (each.right == 0 or 2 * each.no_answer >= each.n):
            rows = verdicts.unanswered[name]
            end = "; they end:" if rows != shown else ""
            yield f"{name}: no answer found in {each.no_answer:,} of {each.n:,} texts{end}"
            if rows != shown:
                yield from _text_ends(source, rows)
            shown = rows
        if each.failed:
            reason = verdicts.failures[name].encode("utf-8", "backslashreplace").decode()
            yield f"{name}: {each.failed:,} of {each.n:,} failed; the first: {reason}"


def _text_ends(source: OutputFile, rows: Sequence[int]) -> Iterator[str]:
    """The ends of the texts of some rows, one line each, control characters escaped."""
    wanted = set(rows)
    for row, (generation, _) in enumerate(islice(source.pairs(), max(rows) + 1)):
        if row in wanted:
            end = generation.text[-TEXT_END:]
            dots = "..." if len(generation.text) > TEXT_END else ""
            yield f"  row {row}: {dots}{end!r}"
