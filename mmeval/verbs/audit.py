"""`mmeval audit`: where checkers disagree, on a run or a file; opens no model."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mmeval.answers.checker import Checker
from mmeval.errors import ConfigError
from mmeval.judging import labels as labelling
from mmeval.judging.audit import Audit, Column, Group, Pairs, RuleColumn, Seen, Table, audit
from mmeval.judging.judge import with_golds
from mmeval.judging.judge_run import asked_problems
from mmeval.judging.mathverify import MathVerify
from mmeval.judging.output_files import OutputFile, load_checkers
from mmeval.records import OUTCOMES
from mmeval.run_folder import RunDir, find_runs
from mmeval.text import printable
from mmeval.verbs.shared.terminal import WIDTH

if TYPE_CHECKING:
    from rich.table import Table as Shown

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
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--text", metavar="FIELD", help="Field with the model's text; a path: output.0.")
@click.option("--gold", metavar="FIELD", help="Field with the gold answer, text or number.")
@click.option(
    "--gold-after", metavar="MARK", help="The gold is what follows the last MARK in its field."
)
@click.option(
    "--gold-boxed", is_flag=True, help=r"The gold is the last \boxed{} in its field (MATH)."
)
@click.option("--checker", "names", metavar="NAME", multiple=True, help="Repeat for several.")
@click.option("--math-verify", is_flag=True, help="Math-Verify too, where it is installed.")
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    help="Write the disagreements here, to be labelled.",
)
@click.option("--labels", type=click.Path(path_type=Path), help="Read labels, score the checkers.")
@click.option("--json", "as_json", is_flag=True, help="Everything as one line of JSON.")
def command(path: Path, names: tuple[str, ...], **options: Any) -> None:
    """Audits, exports, scores and prints."""
    export, labels = options["export"], options["labels"]
    if export is not None and (export.is_dir() or export.resolve() in _kept(path, labels)):
        raise ConfigError(f"--export {export} would replace what is read; name another file")
    asked = labelling.read_labels(labels) if labels is not None else None
    pairs, checkers = _source(path, names, options)
    with ExitStack() as stack:
        columns: list[Column] = [RuleColumn(each) for each in checkers]
        if options["math_verify"]:
            columns.append(stack.enter_context(MathVerify()))
            pairs = _told(pairs)
        found = audit(pairs, columns)
    scores = labelling.score(found, asked) if asked is not None else None
    exported = labelling.export(found, export) if export is not None else None
    if options["as_json"]:
        row = found.to_row() | ({"labels": scores.to_row()} if scores is not None else {})
        click.echo(json.dumps(row))
        return
    _print_audit(path, found)
    if scores is not None:
        _print_scores(scores)
    if exported is not None:
        click.echo(f"\n{exported:,} lines to be labelled are in {export}")


def _kept(path: Path, labels: Path | None) -> list[Path]:
    return [each.resolve() for each in (path, labels) if each is not None]


def _source(
    path: Path, names: tuple[str, ...], options: dict[str, Any]
) -> tuple[Pairs, Sequence[Checker]]:
    """The rows, and the checkers that are to judge them."""
    text, gold, after = options["text"], options["gold"], options["gold_after"]
    if not path.is_dir():
        if text is None or gold is None:
            raise ConfigError(f"{path} is a file, so --text FIELD and --gold FIELD are needed")
        if after == "":
            raise ConfigError("--gold-after needs a string that is not empty, such as '#### '")
        boxed = options["gold_boxed"]
        source = OutputFile(path=path, text=text, gold=gold, gold_after=after, gold_boxed=boxed)
        return source.pairs(), load_checkers(names)
    if text or gold or after or options["gold_boxed"]:
        raise ConfigError(f"{path} is a run folder: it knows its texts and golds")
    runs = find_runs(path)
    if len(runs) > 1:
        listed = ", ".join(str(each.path) for each in runs)
        raise ConfigError(f"an audit is of one run, and {path} holds {len(runs)}: {listed}")
    return _run_pairs(runs[0]), load_checkers(names) if names else _own_checkers(runs[0])


def _run_pairs(run: RunDir) -> Pairs:
    golds = {problem.id: problem.gold for problem in asked_problems(run)}
    return with_golds(run.generations(), golds)


def _own_checkers(run: RunDir) -> Sequence[Checker]:
    """Those of a run; where it has only one, all others that there are beside it."""
    own = load_checkers(run.read_manifest().checkers)
    others = [each for each in load_checkers(()) if each.name != own[0].name]
    return own if len(own) > 1 else [*own, *others]


def _told(pairs: Pairs) -> Pairs:
    """The rows, with a count on stderr in a terminal: Math-Verify takes its time."""
    if not sys.stderr.isatty():
        yield from pairs
        return
    with click.progressbar(
        pairs,
        label="math-verify",
        file=sys.stderr,
        show_pos=True,
        show_eta=False,
        show_percent=False,
    ) as bar:
        yield from bar


def _print_audit(path: Path, found: Audit) -> None:
    split = found.disagreements()
    rows = sum(seen.rows for _, seen in split)
    click.echo(f"{found.rows:,} rows of {path}\n")
    _print_table(_accuracies(found))
    for one, other, table in found.tables():
        kappa = f"{table.kappa:.3f}" if table.kappa is not None else "undefined"
        both, _, _, none = table.right_or_rest()
        click.echo(
            f"\n{one} and {other}:\n"
            f"  agree on {both + none:,} of {found.rows:,} rows, kappa {kappa}"
        )
        _print_table(_contingency(one, other, table))
    click.echo(
        f"\nright for some and not for others: {rows:,} of {found.rows:,} rows, "
        f"{len(split):,} distinct"
    )
    for each in split[:GROUPS]:
        for line in _group_lines(found.columns, *each):
            click.echo(line)
    if len(split) > GROUPS:
        click.echo(f"... and {len(split) - GROUPS:,} more: --export FILE writes all")


def _print_table(table: Shown) -> None:
    from rich.console import Console

    width = None if sys.stdout.isatty() else WIDTH
    Console(width=width, markup=False, highlight=False).print(table)


def _new_table(first: str, *others: str) -> Shown:
    from rich.table import Table as Shown

    table = Shown(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _accuracies(found: Audit) -> Shown:
    table = _new_table("checker", "accuracy", *_HEADS)
    for name, counts in found.counts().items():
        numbers = (f"{getattr(counts, outcome):,}" for outcome in OUTCOMES)
        table.add_row(name, f"{100 * counts.accuracy:.2f} %", *numbers)
    return table


_HEADS = ("right", "wrong", "no\nanswer", "un-\ndecided", "failed")


def _contingency(one: str, other: str, table: Table) -> Shown:
    """Rows are the first one's outcomes, columns the second's; those that occur."""
    firsts = [each for each in OUTCOMES if any(a == each for a, _ in table.outcomes)]
    seconds = [each for each in OUTCOMES if any(b == each for _, b in table.outcomes)]
    shown = _new_table(f"  {one} | {other}:", *(each.replace("_", " ") for each in seconds))
    for a in firsts:
        label = f"  {a.replace('_', ' ')}"
        shown.add_row(label, *(f"{table.outcomes[a, b]:,}" for b in seconds))
    return shown


def _group_lines(columns: Sequence[str], group: Group, seen: Seen) -> Iterator[str]:
    rows = "1 row" if seen.rows == 1 else f"{seen.rows:,} rows"
    yield _cut(f"{rows}, the first {seen.first[0]}; gold: {group.gold}")
    name_width = max(map(len, columns))
    for name, outcome, answer in zip(columns, group.outcomes, group.answers, strict=True):
        said = outcome.replace("_", " ")
        yield _cut(f"    {name:{name_width}}  {said:9}  {'-' if answer is None else answer}")


def _cut(line: str) -> str:
    """One line of the terminal's width without what would steer it: models wrote parts of it."""
    shown = printable(line)
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 3]}..."


def _print_scores(scores: labelling.Scores) -> None:
    counts = ", ".join(
        f"{scores.labels[name]:,} {name}" for name in (*labelling.LABELS, labelling.BLANK)
    )
    click.echo(f"\nlabels: {counts}" + (f"; {scores.unused:,} unused" if scores.unused else ""))
    table = _new_table("checker", "right of\ncases", "undecided", "right of\nrows", "undecided ")
    for name, by_group in scores.groups.items():
        cells = (
            cell
            for each in (by_group, scores.rows[name])
            for cell in (
                f"{each.agrees:,} of {each.agrees + each.differs:,}",
                f"{each.undecided:,}",
            )
        )
        table.add_row(name, *cells)
    _print_table(table)
