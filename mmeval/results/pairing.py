"""Two runs brought together problem by problem, and what may not be brought together.

A problem with an undecided answer (`undecided`, `failed`) in either run is
left out and counted. Runs on other problems are refused with what differs and how much is
common, unless the caller takes the common part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmeval.errors import ConfigError, DataError, UnknownName
from mmeval.results.judged import UNREAD, JudgedRun, by_task, load_all_judged, part_of_split
from mmeval.results.verdict_rows import Answers
from mmeval.stats.paired import Discordance, mean_bounds, mean_error, score_bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms runs are compared."""

    checkers: tuple[str, ...] = ()
    """Of each task the first of these that judged it; empty: its first one."""
    common: bool = False
    """Whether runs on different problems are compared on those that both have."""
    partial: bool = False
    """Whether a run that is not finished will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Two runs brought together problem by problem; what is kept was decided in both."""

    a: JudgedRun
    b: JudgedRun
    checker: str
    ids: tuple[str, ...]
    """The problems that are kept, in the order of the first run."""
    differences: tuple[float, ...]
    """Second minus first of each, in [-1, 1]."""
    accuracy_a: float
    """On the problems that are kept."""
    accuracy_b: float
    undecided: int
    """Problems left out because a checker could not tell, and none of theirs failed."""
    failed: int
    """Problems left out because an answer failed."""
    worst: float
    """The difference with those left out, all gone against the second run."""
    best: float
    """The same, all gone for it."""
    only_a: int = 0
    """Problems answered in the first run that the second has no answer to."""
    only_b: int = 0
    single: bool
    """Whether both runs have one answer per problem."""

    @property
    def n(self) -> int:
        """Problems that are kept."""
        return len(self.ids)

    @property
    def unread(self) -> str | None:
        """A sentence where the checker found no answer in most texts of a run: then little is
        compared but forms. None where it did."""
        shares = [(run.model, run.unanswered(self.checker)) for run in (self.a, self.b)]
        mute = [f"{100 * x:.0f} % of {model}'s texts" for model, x in shares if x > UNREAD]
        return f"{self.checker} found no answer in {' and '.join(mute)}" if mute else None

    @property
    def part(self) -> str | None:
        """Which part of the split was compared, in words; None for all of it."""
        run = self.b if self.b.subset else self.a
        return part_of_split(self.n + self.undecided + self.failed, run)

    @property
    def table(self) -> Discordance:
        """The discordant problems; of several answers each, those that differ at all."""
        return Discordance.of(self.differences)


def pair_folders(a: Path, b: Path, terms: Terms) -> list[Pairing]:
    """The pairs of runs with the same task in two folders, by task; errors as `compare`."""
    if a.resolve() == b.resolve():
        raise ConfigError(f"{a} and {b} are the same folder; a comparison needs two runs")
    first = by_task(load_all_judged(a, terms.partial), a)
    second = by_task(load_all_judged(b, terms.partial), b)
    shared = [task for task in first if task in second]
    if not shared:
        raise DataError(
            f"{a} and {b} have no task in common: {_named(first)} there, {_named(second)} here"
        )
    unpaired = [task for task in (*first, *second) if task not in shared]
    if unpaired and not terms.common:
        raise DataError(
            f"only one of {a} and {b} has {_named(unpaired)}; both have {_named(shared)}, "
            "which --common compares"
        )
    return [pair(first[task], second[task], terms) for task in shared]


def pair(a: JudgedRun, b: JudgedRun, terms: Terms) -> Pairing:
    """Two runs of a task, problem by problem. Raises as `compare` does."""
    checker = shared_checker(a, b, terms.checkers)
    one, two = a.answers(checker), b.answers(checker)
    ids = [key for key in one if key in two]
    if len(ids) < max(len(one), len(two)):
        _require_common(a, b, (len(one), len(two), len(ids)), terms)
    if a.manifest.data.asked_sha256 != b.manifest.data.asked_sha256:
        _require_same_golds(a, b, ids)
    differences = paired_differences([(one, two)])
    if not differences:
        raise DataError(
            f"{a.path} and {b.path}: not one of {len(ids):,} problems was decided in both by "
            f"{checker}; there is nothing to compare"
        )
    both = [(one[key], two[key]) for key in ids]
    failed = sum(bool(x.failed or y.failed) for x, y in both)
    return Pairing(
        a=a,
        b=b,
        checker=checker,
        ids=tuple(differences),
        differences=tuple(each for (each,) in differences.values()),
        accuracy_a=sum(one[key].low for key in differences) / len(differences),
        accuracy_b=sum(two[key].low for key in differences) / len(differences),
        undecided=len(ids) - len(differences) - failed,
        failed=failed,
        worst=sum(y.low - x.high for x, y in both) / len(both),
        best=sum(y.high - x.low for x, y in both) / len(both),
        only_a=len(one) - len(ids),
        only_b=len(two) - len(ids),
        single=all(x.asked == y.asked == 1 for x, y in both),
    )


def paired_differences(
    runs: Sequence[tuple[Mapping[str, Answers], Mapping[str, Answers]]],
) -> dict[str, list[float]]:
    """Problem id -> second minus first share of right answers, for each (first, second); of the
    problems that are in all of them, with every answer decided."""
    sides = [answers for pair in runs for answers in pair]
    kept = [key for key in sides[0] if all(key in each and each[key].decided for each in sides)]
    return {key: [second[key].low - first[key].low for first, second in runs] for key in kept}


def shared_checker(a: JudgedRun, b: JudgedRun, wanted: Sequence[str]) -> str:
    """The checker by which two runs are compared; UnknownName when they share none."""
    shared = [name for name in a.checkers if name in b.checkers]
    for name in wanted or shared:
        if name in shared:
            return name
    missing = f"none of {', '.join(wanted)} judged both" if wanted else "no checker judged both"
    raise UnknownName(
        f"{missing}: {a.path} has {', '.join(a.checkers)}; {b.path} has {', '.join(b.checkers)}; "
        "mmeval judge FOLDER --checker ... judges again"
    )


def _require_common(a: JudgedRun, b: JudgedRun, sizes: tuple[int, int, int], terms: Terms) -> None:
    one, two, both = sizes
    sizes_are = (
        f"{a.path} has {one:,} problems of {' '.join(a.task)}, {b.path} {two:,}; {both:,} in both"
    )
    if not both:
        raise DataError(f"{sizes_are}: there is nothing to compare")
    if not terms.common:
        raise DataError(f"{sizes_are}; --common compares those")


def _require_same_golds(a: JudgedRun, b: JudgedRun, ids: Sequence[str]) -> None:
    one, two = ({each.id: each.gold for each in run.run.problems()} for run in (a, b))
    try:
        other = [key for key in ids if one[key] != two[key]]
    except KeyError as error:
        raise DataError(
            f"{a.path} or {b.path} has a verdict on {error}, which is not one of its problems: "
            "it was edited"
        ) from None
    if other:
        raise DataError(
            f"{a.path} and {b.path} have different gold answers to {len(other):,} problems, such "
            f"as {other[0]}: they were judged on other data"
        )


def difference(pairing: Pairing) -> float:
    """Second minus first on the problems kept."""
    if pairing.single:
        return pairing.table.difference
    return mean_error(pairing.differences)[0]


def bounds(pairing: Pairing, level: float, correction: float = 0.0) -> tuple[float, float]:
    """(low, high) of the difference, two-sided; Tango's for one answer per problem."""
    if pairing.single:
        return score_bounds(pairing.table, level, correction)
    return mean_bounds(pairing.differences, level)


def spread(pairing: Pairing) -> float:
    """The mean square of the differences: for one answer each, the discordant share."""
    return sum(each * each for each in pairing.differences) / pairing.n


def _named(tasks: Iterable[tuple[str, str]]) -> str:
    return ", ".join(" ".join(task) for task in tasks)
