"""Judged runs -> models x tasks: accuracies with intervals, ranks, and what was published.

A column is a benchmark, a split and a checker, so that no number stands without the rule
it was judged by. A rank is a range: those that are left open when every two models of a column
are compared, at a level for all pairs together, with the undecided answers either way. A cell
whose checker did not read its run has none, and neither has a column whose runs were asked
different problems. Quoted numbers
stand in columns of their own and in rows of their own, never among the measured ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from mmeval.errors import DataError
from mmeval.records import Fact
from mmeval.results.judged import UNREAD, JudgedRun, earlier_revision, labels, part_of_split
from mmeval.results.published import about
from mmeval.stats.intervals import clustered

PUBLISHED = "published"
"""The checker of a column of quoted numbers: whatever its publisher used."""
LEVEL = 0.95


class Head(NamedTuple):
    """What a column is about."""

    benchmark: str
    split: str
    checker: str
    part: str = ""
    """Which part of the split, where that was no fair draw: then only runs on the very same
    problems share a column. Empty for the whole split and for draws from it."""

    @property
    def task(self) -> tuple[str, str, str]:
        """Benchmark, split and part: what its numbers are about."""
        return self.benchmark, self.split, self.part


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One accuracy, a fraction."""

    accuracy: float
    low: float | None = None
    """95 % interval: Wilson's for one answer per problem, else clustered by problem; None
    for a quoted number with unknown n."""
    high: float | None = None
    accuracy_high: float | None = None
    """What it would be if every undecided answer were right."""
    n: int | None = None
    """Answers."""
    no_answer: float | None = None
    """The share of answers in which the checker found none to compare."""
    revision: str | None = None
    """A sentence where its verdicts are of an earlier revision of the checker than another's of
    its column, or than is installed; None where they are of the newest."""
    problems: int | None = None
    total: int | None = None
    """Problems of the split; more than `problems` where a part was asked."""
    ranks: tuple[int, int] | None = None
    """The best and the worst rank in its column that are left open; None where it has none."""
    clustered: str | None = None
    """By what its interval is clustered, in words; None where problems are independent."""
    finished: bool = True
    as_published: bool = True
    """Whether the problems were the published ones."""
    source: str | None = None
    """Where it was printed, for a quoted number."""

    @property
    def unread(self) -> bool:
        """Whether the checker found no answer in most texts; see `UNREAD`."""
        return self.no_answer is not None and self.no_answer > UNREAD

    @property
    def whole(self) -> bool:
        """Whether it is of all problems of the published split."""
        return self.finished and self.as_published and self.problems == self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One model's row."""

    model: str
    measured: bool
    """False for a row of quoted numbers alone."""
    group: str
    """What its table groups it under; empty for a measured row."""
    cells: Mapping[Head, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """The whole table: measured rows first, best first by the first column."""

    heads: tuple[Head, ...]
    entries: tuple[Entry, ...]
    runs: tuple[JudgedRun, ...]


def make_leaderboard(
    runs: Sequence[JudgedRun], checkers: Sequence[str] = (), known: Sequence[Fact] = ()
) -> Leaderboard:
    """The leaderboard of some runs; `known` are quoted beside, where their benchmark is in it.

    Raises DataError for no runs, when none was judged by one of `checkers`, and for files
    that were edited.
    """
    measured: dict[str, dict[Head, Cell]] = {}
    columns: dict[Head, dict[str, JudgedRun]] = {}
    for run, label, part in zip(runs, labels(runs), _parts(runs), strict=True):
        for checker in run.checkers:
            if not checkers or checker in checkers:
                head = Head(*run.task, checker, part)
                measured.setdefault(label, {})[head] = measure(run, checker)
                columns.setdefault(head, {})[label] = run
    heads = list(dict.fromkeys(head for cells in measured.values() for head in cells))
    if not heads:
        raise DataError(
            f"no run was judged by {', '.join(checkers)}" if checkers else "there are no runs"
        )
    heads.sort(key=lambda head: head.task)
    for head, by_label in columns.items():
        for label, ranks in ranked(by_label, head.checker).items():
            measured[label][head] = replace(measured[label][head], ranks=ranks)
    best = sorted(measured, key=lambda label: _order(measured[label], heads))
    entries = [Entry(model=label, measured=True, group="", cells=measured[label]) for label in best]
    quoted = _quoted_heads(heads, known)
    return Leaderboard(
        heads=_with_quoted(heads, quoted),
        entries=(*(_beside(each, quoted, known) for each in entries), *_quoted(known, quoted)),
        runs=tuple(runs),
    )


def _parts(runs: Sequence[JudgedRun]) -> list[str]:
    """`Head.part` of each run: with a hash, where two choices of as many problems differ."""
    data_of = [run.manifest.data for run in runs]
    parts = [
        part_of_split(data.problems, run) or "" if run.subset else ""
        for run, data in zip(runs, data_of, strict=True)
    ]
    kinds: dict[tuple[tuple[str, str], str], set[str]] = {}
    for run, part, data in zip(runs, parts, data_of, strict=True):
        kinds.setdefault((run.task, part), set()).add(data.asked_sha256)
    return [
        f"{part} ({data.asked_sha256[:8]})" if part and len(kinds[run.task, part]) > 1 else part
        for run, part, data in zip(runs, parts, data_of, strict=True)
    ]


def measure(run: JudgedRun, checker: str) -> Cell:
    """A run's accuracy by a checker, counted from its verdicts."""
    answers = run.answers(checker)
    n = sum(each.asked for each in answers.values())
    right = sum(each.right for each in answers.values())
    untold = sum(each.undecided + each.failed for each in answers.values())
    low, high = clustered(run.together(answers), LEVEL)
    data, clusters = run.manifest.data, run.clusters()
    return Cell(
        accuracy=right / n,
        low=low,
        high=high,
        accuracy_high=(right + untold) / n,
        no_answer=run.unanswered(checker),
        revision=earlier_revision(checker, run),
        n=n,
        problems=len(answers),
        total=data.total,
        clustered=clusters.words if clusters else None,
        finished=run.manifest.finished,
        as_published=data.as_published is not False,
    )


def ranked(runs: Mapping[str, JudgedRun], checker: str) -> dict[str, tuple[int, int]]:
    """Label -> the best and the worst rank in a column: how many are surely above, and surely
    below. Surely: at the level 1 - 0.05/pairs, so that with any number of equal models no rank
    is wrongly denied 95 % of the time. Empty where the runs were asked different problems; a
    run that the checker did not read has none."""
    if len({run.manifest.data.asked_sha256 for run in runs.values()}) > 1:
        return {}
    read = {label: run for label, run in runs.items() if run.reads(checker)}
    level = 1 - (1 - LEVEL) / max(1, len(read) * (len(read) - 1) // 2)
    bounds: dict[str, tuple[float, float]] = {}
    for label, run in read.items():
        least = run.answers(checker)
        most = {key: each.at_most for key, each in least.items()}
        bounds[label] = (
            clustered(run.together(least), level)[0],
            clustered(run.together(most), level)[1],
        )
    return {
        label: (
            1 + sum(other > high for other, _ in bounds.values()),
            len(bounds) - sum(other < low for _, other in bounds.values()),
        )
        for label, (low, high) in bounds.items()
    }


def _order(cells: Mapping[Head, Cell], heads: Sequence[Head]) -> tuple[float, ...]:
    """Best first by the first column, then by the next; without a number last."""
    return tuple(-cells[head].accuracy if head in cells else 1.0 for head in heads)


def _quoted_heads(heads: Sequence[Head], known: Sequence[Fact]) -> list[Head]:
    named = {fact.benchmark for fact in known}
    tasks = dict.fromkeys((head.benchmark, head.split) for head in heads)
    return [Head(*task, PUBLISHED) for task in tasks if task[0] in named and task[1] == "test"]


def _with_quoted(heads: Sequence[Head], quoted: Sequence[Head]) -> tuple[Head, ...]:
    """Each column of quoted numbers after the measured ones of its task."""
    return tuple(sorted([*heads, *quoted], key=lambda head: head.task))


def _beside(entry: Entry, quoted: Sequence[Head], known: Sequence[Fact]) -> Entry:
    """A measured row with what was published of its model."""
    cells = dict(entry.cells)
    for head in quoted:
        fact = about(entry.model, head.benchmark, known)
        if fact:
            cells[head] = Cell(accuracy=fact.value, source=fact.source)
    return Entry(model=entry.model, measured=True, group="", cells=cells)


def _quoted(known: Sequence[Fact], quoted: Sequence[Head]) -> list[Entry]:
    """A row for every model that a table prints, in the table's order."""
    heads = {head.benchmark: head for head in quoted}
    rows: dict[tuple[str, str, str], dict[Head, Cell]] = {}
    for fact in known:
        if fact.benchmark in heads:
            name = f"{fact.model} {fact.size}".strip()
            cells = rows.setdefault((name, fact.group, fact.source), {})
            cells[heads[fact.benchmark]] = Cell(accuracy=fact.value, source=fact.source)
    return [
        Entry(model=name, measured=False, group=group, cells=cells)
        for (name, group, _), cells in rows.items()
    ]
