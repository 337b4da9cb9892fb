"""Two runs brought together problem by problem, and what may not be brought together.

No problem is left out for an answer that could not be told: which answers cannot be read is
up to the model, so they are not missing by chance. An undecided or failed answer counts as not
right in an accuracy, and a difference has two ends: all of them against the second run, and
all of them for it. Runs on other problems are refused with what differs and how much is
common, unless the caller takes the common part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from mmeval.errors import ConfigError, DataError, UnknownName
from mmeval.problems.clusters import Clusters
from mmeval.results.judged import JudgedRun, by_task, load_all_judged, part_of_split
from mmeval.results.verdict_rows import Answers
from mmeval.stats.paired import Discordance, Flip, Flips


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms runs are compared."""

    checkers: tuple[str, ...] = ()
    """Of each task the first of these that judged it; empty: its first one."""
    common: bool = False
    """Whether runs on different problems are compared on those that both have."""
    partial: bool = False
    """Whether a run that is not finished will do."""
    drop_failed: bool = False
    """Whether problems with a failed answer are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Two runs brought together problem by problem."""

    a: JudgedRun
    b: JudgedRun
    checker: str
    passed_over: tuple[str, ...]
    """Checkers that come before it and did not read one of the runs, a sentence each."""
    ids: tuple[str, ...]
    """The problems, in the order of the first run."""
    seen: Flips
    """Undecided and failed answers counted as not right in both."""
    worst: Flips
    """As right in the first run, as not right in the second."""
    best: Flips
    """As not right in the first run, as right in the second."""
    accuracy_a: float
    accuracy_b: float
    undecided: int
    """Problems with an answer that the checker could not tell, and none that failed."""
    failed: int
    """Problems with an answer that failed."""
    clusters: Clusters | None
    """Which of the problems hang together; None where all are independent."""
    only_a: int = 0
    """Problems answered in the first run that the second has no answer to."""
    only_b: int = 0

    @property
    def n(self) -> int:
        """Problems that are compared."""
        return len(self.ids)

    @property
    def differences(self) -> tuple[float, ...]:
        """Second minus first share of right answers of each problem, in [-1, 1]."""
        return tuple(each.gained - each.lost for each in self.seen.flips)

    @property
    def undecidable(self) -> int:
        """Problems with an answer that is neither right nor not."""
        return self.undecided + self.failed

    @property
    def unread(self) -> str | None:
        """A sentence where the checker found no answer in most texts of a run: then nothing is
        decided, for the rule read another form of answer. None where it did."""
        return unread(self.checker, self.a, self.b)

    @property
    def part(self) -> str | None:
        """Which part of the split was compared, in words; None for all of it."""
        run = self.b if self.b.subset else self.a
        return part_of_split(self.n, run)

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
    checker, passed_over = reading_checker(a, b, terms.checkers)
    one, two = a.answers(checker), b.answers(checker)
    ids = [key for key in one if key in two]
    if len(ids) < max(len(one), len(two)):
        _require_common(a, b, (len(one), len(two), len(ids)), terms)
    if a.manifest.data.asked_sha256 != b.manifest.data.asked_sha256:
        _require_same_golds(a, b, ids)
    both = {key: (one[key], two[key]) for key in ids}
    failed = {key for key, (x, y) in both.items() if x.failed or y.failed}
    if terms.drop_failed:
        both = {key: each for key, each in both.items() if key not in failed}
    if not both:
        raise DataError(f"{a.path} and {b.path}: no problem is left to compare")
    pairs, clusters = list(both.values()), a.clusters()
    most = max(answers.asked for each in pairs for answers in each)
    hang = [clusters.of[key] for key in both] if clusters else []
    return Pairing(
        a=a,
        b=b,
        checker=checker,
        passed_over=tuple(passed_over),
        ids=tuple(both),
        seen=Flips(flips=[Flip.of(x.low, y.low) for x, y in pairs], clusters=hang, answers=most),
        worst=Flips(flips=[Flip.of(x.high, y.low) for x, y in pairs], clusters=hang, answers=most),
        best=Flips(flips=[Flip.of(x.low, y.high) for x, y in pairs], clusters=hang, answers=most),
        accuracy_a=sum(x.low for x, _ in pairs) / len(pairs),
        accuracy_b=sum(y.low for _, y in pairs) / len(pairs),
        undecided=sum(
            not (x.decided and y.decided) for key, (x, y) in both.items() if key not in failed
        ),
        failed=len(failed),
        only_a=len(one) - len(ids),
        only_b=len(two) - len(ids),
        clusters=clusters if clusters and len(set(hang)) < len(hang) else None,
    )


class Gap(NamedTuple):
    """Second minus first share of right answers to one problem, in [-1, 1]."""

    low: float
    """Undecided answers as right in the first, as not right in the second."""
    seen: float
    """As not right in both."""
    high: float

    @classmethod
    def of(cls, first: Answers, second: Answers) -> Gap:
        """Of the answers of two runs."""
        return cls(second.low - first.high, second.low - first.low, second.high - first.low)


def paired_gaps(
    runs: Sequence[tuple[Mapping[str, Answers], Mapping[str, Answers]]],
) -> dict[str, list[Gap]]:
    """Problem id -> the gap of each (first, second), of the problems that are in all of them."""
    sides = [answers for pair in runs for answers in pair]
    ids = [key for key in sides[0] if all(key in each for each in sides)]
    return {key: [Gap.of(first[key], second[key]) for first, second in runs] for key in ids}


def reading_checker(
    a: JudgedRun, b: JudgedRun, wanted: Sequence[str] = ()
) -> tuple[str, list[str]]:
    """The checker by which two runs are compared, and what is said of those passed over: of the
    wanted ones, else of all that judged both, the first that read both; where none did, the
    first. UnknownName when no checker judged both."""
    shared = [name for name in wanted or a.checkers if name in a.checkers and name in b.checkers]
    if not shared:
        missing = f"none of {', '.join(wanted)} judged both" if wanted else "no checker judged both"
        raise UnknownName(
            f"{missing}: {a.path} has {', '.join(a.checkers)}; {b.path} has "
            f"{', '.join(b.checkers)}; mmeval judge FOLDER --checker ... judges again"
        )
    passed_over: list[str] = []
    for name in shared:
        mute = unread(name, a, b)
        if mute is None:
            return name, passed_over
        passed_over.append(mute)
    return shared[0], []


def unread(checker: str, *runs: JudgedRun) -> str | None:
    """A sentence where a checker found no answer in most texts of a run; None where it did."""
    mute = [
        f"{100 * run.unanswered(checker):.0f} % of {run.model}'s texts"
        for run in runs
        if not run.reads(checker)
    ]
    return f"{checker} found no answer in {' and '.join(mute)}" if mute else None


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


def bounds(pairing: Pairing, level: float, correction: float = 0.0) -> tuple[float, float]:
    """(low, high) of the difference, two-sided: the low end with every undecided answer against
    the second run, the high end with every one for it."""
    return (
        pairing.worst.bounds(level, correction)[0],
        pairing.best.bounds(level, correction)[1],
    )


def of_some(pairing: Pairing, ids: Collection[str]) -> Pairing:
    """The same of some of its problems, at least one. Accuracies and counts stay those of all."""
    kept = [place for place, key in enumerate(pairing.ids) if key in ids]
    seen, worst, best = (
        replace(
            flips,
            flips=[flips.flips[place] for place in kept],
            clusters=[flips.clusters[place] for place in kept] if flips.clusters else [],
        )
        for flips in (pairing.seen, pairing.worst, pairing.best)
    )
    some = tuple(pairing.ids[place] for place in kept)
    return replace(pairing, ids=some, seen=seen, worst=worst, best=best)


def p_value(pairing: Pairing) -> float:
    """Two-sided, of no difference: the larger of those with every undecided answer against the
    second run and for it; 1 where those differ in sign."""
    ends = (pairing.worst, pairing.best)
    if pairing.worst.difference * pairing.best.difference < 0:
        return 1.0
    return max(each.p() for each in ends)


def method(pairing: Pairing) -> tuple[str, str]:
    """How the interval and the test were made, in words."""
    if pairing.clusters:
        clustered = f"clustered {pairing.clusters.words} ({pairing.clusters.count:,})"
    elif pairing.seen.answers > 1:
        clustered = "clustered by problem"
    else:
        return "Tango's score interval", "exact McNemar"
    return f"score interval, {clustered}", f"score test, {clustered}"


def _named(tasks: Iterable[tuple[str, str]]) -> str:
    return ", ".join(" ".join(task) for task in tasks)
