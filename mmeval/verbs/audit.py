"""`mmeval audit`: where checkers disagree, on a run or a file; opens no model."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from mmeval.answers.checker import Checker
from mmeval.errors import ConfigError
from mmeval.judging import labels as labelling
from mmeval.judging.audit import Audit, Column, Group, Pairs, RuleColumn, Seen, Table, audit
from mmeval.judging.judge import with_golds
from mmeval.judging.judge_run import asked_problems, run_checkers
from mmeval.judging.mathverify import MathVerify
from mmeval.judging.output_files import OutputFile, distinct, load_checkers
from mmeval.records import OUTCOMES
from mmeval.run_folder import find_runs
from mmeval.text import drawn, printable
from mmeval.verbs.shared.grid import OUTCOME_HEADS, WIDTH, Grid, grid_lines, terminal_width
from mmeval.verbs.shared.options import OUTPUT_FIELDS, PATH, THOUGHTS
from mmeval.verbs.shared.terminal import echo

GROUPS = 10
"""Disagreements that are shown; --export and --json have all."""

HELP = """Show where checkers disagree on a run folder, or on a JSONL file of outputs.

\b
mmeval audit runs/metamath-7b/gsm8k-1a2b3c4d
mmeval audit outputs.jsonl --text completion --gold answer --math-verify
mmeval audit outputs.jsonl --text completion --gold answer \\
    --export to_label.jsonl
mmeval audit outputs.jsonl --text completion --gold answer \\
    --labels to_label.jsonl

Prints the accuracy under each checker; for every two of them the table of their
outcomes and Cohen's kappa (right against the rest); and the answers that some call
right and some do not, those that decide most rows first. Nothing is written but what
--export names. Without --checker a run is judged by its own checkers, where it has
only one by all others too; a file by all.

Labels: in each line of the exported file, fill `label` with `equal` (the answer that
the output gives is the gold), `different` or `unsure`; --labels reads the file back and
says how often each checker is right. --json prints everything as one line.
"""


@click.command(help=HELP)
@click.argument("path", type=PATH)
@OUTPUT_FIELDS
@THOUGHTS
@click.option("--checker", "names", metavar="NAME", multiple=True, help="Repeat for several.")
@click.option("--math-verify", is_flag=True, help="Math-Verify too, where it is installed.")
@click.option("--export", type=PATH, help="Write the disagreements here, to be labelled.")
@click.option("--labels", type=PATH, help="Read labels, score the checkers.")
@click.option("--json", "as_json", is_flag=True, help="Everything as one line of JSON.")
def command(path: Path, names: tuple[str, ...], **options: Any) -> None:
    """Audits, exports, scores and prints."""
    export, labels = options["export"], options["labels"]
    inputs = [each.resolve() for each in (path, labels) if each is not None]
    if export is not None and (export.is_dir() or export.resolve() in inputs):
        raise ConfigError(f"--export {export} would replace what is read; name another file")
    given = labelling.read_labels(labels) if labels is not None else None
    pairs, checkers, asked = _source(path, names, options)
    with ExitStack() as stack:
        columns: list[Column] = [RuleColumn(each) for each in checkers]
        if options["math_verify"]:
            columns.append(stack.enter_context(MathVerify()))
            pairs = _with_progress(pairs)
        result = audit(pairs, columns)
    scores = labelling.score(result, given) if given is not None else None
    exported = labelling.export(result, export) if export is not None else None
    if options["as_json"]:
        row = {"asked": asked} if asked is not None else {}
        row |= result.to_row() | ({"labels": scores.to_row()} if scores is not None else {})
        click.echo(json.dumps(row))
        return
    echo(lines(path, result, asked))
    if scores is not None:
        echo(score_lines(scores))
    if exported is not None:
        click.echo(f"\n{exported:,} lines to be labelled are in {export}")


def _source(
    path: Path, names: tuple[str, ...], options: dict[str, Any]
) -> tuple[Pairs, Sequence[Checker], int | None]:
    """The rows, the checkers that are to judge them, and of a run that is not finished how many
    answers the whole has."""
    text, gold, after = options["text"], options["gold"], options["gold_after"]
    if not path.is_dir():
        if text is None or gold is None:
            raise ConfigError(f"{path} is a file, so --text FIELD and --gold FIELD are needed")
        if after == "":
            raise ConfigError("--gold-after needs a string that is not empty, such as '#### '")
        boxed = options["gold_boxed"]
        source = OutputFile(
            path=path,
            text=text,
            gold=gold,
            gold_after=after,
            gold_boxed=boxed,
            thought=options["thought"],
            opens_thought=options["opens_thought"],
        )
        return source.pairs(), load_checkers(names), None
    if text or gold or after or options["gold_boxed"]:
        raise ConfigError(f"{path} is a run folder: it knows its texts and golds")
    runs = find_runs(path)
    if len(runs) > 1:
        listed = ", ".join(str(each.path) for each in runs)
        raise ConfigError(f"an audit is of one run, and {path} holds {len(runs)}: {listed}")
    run = runs[0]
    golds = {problem.id: problem.gold for problem in asked_problems(run)}
    manifest = run.read_manifest()
    run.require_whole(manifest)
    checkers = distinct(run_checkers(run, manifest, names))
    if not names and len(checkers) == 1:  # all others beside the run's only one
        others = (each for each in load_checkers(()) if each.name != checkers[0].name)
        checkers = [*checkers, *others]
    asked = None if manifest.finished else manifest.asked
    return with_golds(run.generations(), golds), checkers, asked


def _with_progress(pairs: Pairs) -> Pairs:
    """The rows, with a count on stderr in a terminal: Math-Verify takes its time."""
    if not sys.stderr.isatty():
        yield from pairs
        return
    with click.progressbar(
        pairs,
        label="math-verify",
        file=drawn(sys.stderr),
        show_pos=True,
        show_eta=False,
        show_percent=False,
    ) as bar:
        yield from bar


def lines(path: Path, result: Audit, asked: int | None = None) -> Iterator[str]:
    """The accuracies, the tables of every two checkers, and what they disagree about; `asked`
    are the answers of the whole run, where it is not finished."""
    part = "" if asked is None else f", not finished: {result.rows:,} of {asked:,} answers"
    yield f"{result.rows:,} rows of {path}{part}"
    yield ""
    numbers = (
        [
            name,
            f"{100 * counts.accuracy:.2f} %",
            *(f"{getattr(counts, outcome):,}" for outcome in OUTCOMES),
        ]
        for name, counts in result.counts().items()
    )
    yield from _table(["checker", "accuracy", *OUTCOME_HEADS], numbers)
    for one, other, table in result.tables():
        kappa = f"{table.kappa:.3f}" if table.kappa is not None else "undefined"
        both, _, _, none = table.right_or_rest()
        yield ""
        yield f"{one} and {other}:"
        yield f"  agree on {both + none:,} of {result.rows:,} rows, kappa {kappa}"
        yield from _contingency(one, other, table)
    split = result.disagreements()
    rows = sum(seen.rows for _, seen in split)
    yield ""
    yield (
        f"right for some and not for others: {rows:,} of {result.rows:,} rows, "
        f"{len(split):,} distinct"
    )
    for each in split[:GROUPS]:
        yield from _group_lines(result.columns, *each)
    if len(split) > GROUPS:
        yield f"... and {len(split) - GROUPS:,} more: --export FILE writes all"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    right = [False, *[True] * (len(heads) - 1)]
    return grid_lines(Grid(heads=heads, rows=list(rows), right=right), terminal_width())


def _contingency(one: str, other: str, table: Table) -> Iterator[str]:
    """Rows are the first one's outcomes, columns the second's; those that occur."""
    firsts = [each for each in OUTCOMES if any(a == each for a, _ in table.outcomes)]
    seconds = [each for each in OUTCOMES if any(b == each for _, b in table.outcomes)]
    rows = (
        [f"  {a.replace('_', ' ')}", *(f"{table.outcomes[a, b]:,}" for b in seconds)]
        for a in firsts
    )
    heads = (each.replace("_", " ") for each in seconds)
    return _table([f"  {one} | {other}:", *heads], rows)


def _group_lines(columns: Sequence[str], group: Group, seen: Seen) -> Iterator[str]:
    rows = "1 row" if seen.rows == 1 else f"{seen.rows:,} rows"
    yield _cut(f"{rows}, the first {seen.first[0]}; gold: {group.gold}")
    name_width = max(map(len, columns))
    for name, outcome, answer in zip(columns, group.outcomes, group.answers, strict=True):
        words = outcome.replace("_", " ")
        yield _cut(f"    {name:{name_width}}  {words:9}  {'-' if answer is None else answer}")


def _cut(line: str) -> str:
    """One line of the terminal's width without escape codes: models wrote parts of it."""
    shown = printable(line)
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 3]}..."


def score_lines(scores: labelling.Scores) -> Iterator[str]:
    """How often each checker agrees with the labels, by case and by row."""
    counts = ", ".join(
        f"{scores.labels[name]:,} {name}" for name in (*labelling.LABELS, labelling.BLANK)
    )
    yield ""
    yield f"labels: {counts}" + (f"; {scores.unused:,} unused" if scores.unused else "")
    rows = (
        [
            name,
            *(
                cell
                for each in (by_group, scores.rows[name])
                for cell in (
                    f"{each.agrees:,} of {each.agrees + each.differs:,}",
                    f"{each.undecided:,}",
                )
            ),
        ]
        for name, by_group in scores.groups.items()
    )
    heads = ["checker", "right of\ncases", "undecided", "right of\nrows", "undecided"]
    yield from _table(heads, rows)
