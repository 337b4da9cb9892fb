"""`mmeval compare`: two runs problem by problem; opens no model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mmeval.jsonl import read_structs
from mmeval.records import to_row
from mmeval.results.compare import PairedResult, compare
from mmeval.results.pairing import Terms
from mmeval.results.report_words import task_line
from mmeval.results.verdict_rows import VerdictRow
from mmeval.run_folder import RunDir
from mmeval.text import percent, points, quoted, shown
from mmeval.verbs.shared.options import PATH, TERMS
from mmeval.verbs.shared.terminal import echo

HELP = """Compare two runs on the same problems: how far they differ, and how sure that is.

\b
mmeval compare runs/old/gsm8k-1a2b3c4d runs/new/gsm8k-5e6f7a8b
mmeval compare runs/old runs/new --checker mmeval/1 --show 20

A and B are run folders, or folders of them; runs of the same benchmark and split are
paired. The difference is B minus A. No problem is left out for an answer that could not
be told: the interval holds both what B would have with all of them wrong, and with all right.

--json prints a list with one object per benchmark, differences as fractions.
"""


@click.command(help=HELP)
@click.argument("a", type=PATH)
@click.argument("b", type=PATH)
@TERMS
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of the bootstrap.")
@click.option("--show", type=int, default=3, show_default=True, help="Lost problems to print.")
@click.option("--json", "as_json", is_flag=True, help="The results as one line of JSON.")
def command(a: Path, b: Path, **options: Any) -> None:
    """Prints the comparison."""
    terms = Terms(
        checkers=options["checkers"], common=options["common"], partial=options["partial"]
    )
    results = compare(a, b, terms, options["seed"])
    if options["as_json"]:
        click.echo(json.dumps([to_row(each) for each in results], ensure_ascii=False))
        return
    for number, result in enumerate(results):
        if number:
            click.echo()
        echo(lines(result, len(results)))
        echo(lost_lines(result, options["show"]))


def lines(result: PairedResult, tasks: int) -> Iterator[str]:
    """One task's comparison."""
    yield shown(task_line(result))
    if result.unread:
        yield "  not decided: the rule reads another form of answer than these texts have"
    yield f"  A  {shown(result.model_a)}: {percent(result.accuracy_a)}"
    yield f"  B  {shown(result.model_b)}: {percent(result.accuracy_b)}"
    yield (
        f"  B - A: {points(result.difference)} points, 95 % {points(result.low)} to "
        f"{points(result.high)} ({result.interval})"
    )
    yield (
        f"         bootstrap {points(result.bootstrap_low)} to {points(result.bootstrap_high)}; "
        f"p = {result.p:.2g} ({result.test})"
        + (f"; over {tasks} tasks p = {result.p_holm:.2g} (Holm)" if tasks > 1 else "")
    )
    same = result.n - len(result.gained) - len(result.lost)
    yield (
        f"  {result.n:,} problems compared: {len(result.gained):,} gained, "
        f"{len(result.lost):,} lost, {same:,} alike"
    )
    if result.part:
        yield f"  not the whole split: {result.part}"
    yield from _left_out(result)
    if result.detectable is None:
        yield "  so few problems show no difference at all"
    else:
        yield f"  a difference of {100 * result.detectable:.1f} points would show 80 % of the time"
    if result.revisions:
        yield f"  {shown(result.revisions)}"
    if result.settings:
        yield f"  asked otherwise: {shown('; '.join(result.settings))}"


def _left_out(result: PairedResult) -> Iterator[str]:
    if result.undecided or result.failed:
        yield (
            f"  {result.undecided:,} undecided, {result.failed:,} failed: the difference is "
            f"between {points(result.worst)} and {points(result.best)} points"
        )
    if result.only_a or result.only_b:
        yield f"  not compared: {result.only_a:,} problems of A alone, {result.only_b:,} of B alone"


def lost_lines(result: PairedResult, count: int) -> Iterator[str]:
    """The first problems that B lost: the gold, and the answer of each run."""
    ids = result.lost[: max(0, count)]
    if not ids:
        return
    golds = {each.id: each.gold for each in RunDir(Path(result.path_a)).problems()}
    answers_a, answers_b = (
        _answers(Path(path), result.checker) for path in (result.path_a, result.path_b)
    )
    yield f"  lost ({len(ids)} of {len(result.lost):,}; --show N for more):"
    for key in ids:
        yield f"    {key}  gold {quoted(golds.get(key))}  A {answers_a[key]}  B {answers_b[key]}"


def _answers(path: Path, checker: str) -> dict[str, str]:
    """Problem id -> the answer that was extracted, and what became of it; of several, how many
    are right."""
    by_problem: dict[str, list[VerdictRow]] = {}
    for row in read_structs(RunDir(path).verdicts_file(checker), VerdictRow):
        by_problem.setdefault(row.problem_id, []).append(row)
    return {
        key: f"{quoted(rows[0].extracted)} ({rows[0].outcome})"
        if len(rows) == 1
        else f"{sum(row.outcome == 'right' for row in rows)} of {len(rows)} right"
        for key, rows in by_problem.items()
    }
