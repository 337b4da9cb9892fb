"""Estimators of accuracy, in percent or in points: of one model, and of two compared.

Two models are compared problem by problem where both
were run here; the paper printed no pairs, so its own differences have the wider interval
of two separate samples. Of a training with several seeds the effect is the mean over them,
and its interval holds their spread (`mmeval/stats/seeds.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from statistics import fmean

from mmeval import catalog
from mmeval.paper.claims.claim import Estimate, Region
from mmeval.paper.from_runs import gap_bounds, gaps, ids_by_third
from mmeval.paper.measurements import Measurements
from mmeval.paper.printed import Numbers, Printed
from mmeval.paper.roles import Role
from mmeval.paper.runs import Run, matched, on_one_rule
from mmeval.results.verdict_rows import Answers
from mmeval.stats.intervals import clustered, difference_bounds, wilson
from mmeval.stats.seeds import share_bounds

Bounds = Callable[[float], tuple[float, float]]


def problems(benchmark: str) -> int | None:
    """How many test problems a benchmark was published with; None if unknown here."""
    if benchmark not in catalog.names("benchmarks"):
        return None
    return int(catalog.find("benchmarks", benchmark).splits["test"].rows)


def in_points(bounds: Bounds) -> Bounds:
    """The same interval in percentage points, cut to [-100, 100]: that of few seeds can be
    wider."""

    def scaled(level: float) -> tuple[float, float]:
        low, high = bounds(level)
        return max(-100.0, 100 * low), min(100.0, 100 * high)

    return scaled


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduces:
    """A model's accuracy is the printed one, within a margin."""

    element: str
    model: str
    size: str
    benchmark: str
    margin: float
    """Points, positive."""
    value: float
    """The printed value that the claim is about, percent."""

    @property
    def effect(self) -> str:
        """Accuracy of one model."""
        return "accuracy in %, Wilson's interval"

    @property
    def region(self) -> Region:
        """The printed value and the margin around it."""
        return Region(low=self.value - self.margin, high=self.value + self.margin)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """Of the run that plays the model."""
        base = evidence.numbers.own_bases.get(self.size, "")
        role = Role(series=self.model.partition(" (")[0], size=self.size, base=base)
        run = evidence.find(self.benchmark, role)
        return [] if run is None else [_share(run)]

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """The printed value, with the interval that its number of problems gives."""
        number = numbers.find(self.element, self.model, self.size, self.benchmark)
        return [] if number is None else [_printed_share(number)]


def _share(run: Run) -> Estimate:
    """Where answers are undecided, the interval covers every way they could have gone."""
    if run.others:
        return _share_over_seeds(run)
    answers = run.judged.answers(run.checker)
    n = sum(each.asked for each in answers.values())
    least = run.judged.together(answers)
    most = run.judged.together({key: each.at_most for key, each in answers.items()})

    def bounds(level: float) -> tuple[float, float]:
        return clustered(least, level)[0], clustered(most, level)[1]

    return Estimate(
        on=on_run(run),
        value=100 * sum(right for right, _ in least) / n,
        bounds=in_points(bounds),
        n=len(answers),
        clusters=clusters_among(run, answers),
        sources=(run.source,),
    )


def _share_over_seeds(run: Run) -> Estimate:
    seeds = [each.judged.answers(each.checker) for each in run.seeds]
    ids = list(seeds[0])

    def bounds(level: float) -> tuple[float, float]:
        ends = []
        for as_right in (False, True):
            answers = [{k: v.at_most if as_right else v for k, v in s.items()} for s in seeds]
            together = {key: reduce(Answers.plus, (s[key] for s in answers)) for key in ids}
            shares = [fmean(each.low for each in s.values()) for s in answers]
            ends.append(share_bounds(run.judged.together(together), shares, level))
        return ends[0][0], ends[1][1]

    return Estimate(
        on=on_run(run),
        value=100 * fmean(seed[key].low for seed in seeds for key in ids),
        bounds=in_points(bounds),
        n=len(ids),
        clusters=clusters_among(run, ids),
        sources=(run.source,),
    )


def clusters_among(run: Run, ids: Collection[str]) -> int:
    """How many of some of its problems are independent of each other."""
    clusters = run.judged.clusters()
    return len({clusters.of[key] for key in ids}) if clusters else len(ids)


def _printed_share(number: Printed) -> Estimate:
    n = problems(number.benchmark)
    right = None if n is None else round(number.value / 100 * n)
    return Estimate(
        on=number.source.rpartition(", ")[2],
        value=number.value,
        bounds=None
        if n is None or right is None
        else in_points(lambda level: wilson(right, n, level)),
        n=n,
    )


def on_run(run: Run) -> str:
    """What a run is called, of how many seeds it is, and how much of the problems it was asked."""
    part = f", {run.judged.manifest.data.problems:,} problems" if run.partial else ""
    seeds = f", {len(run.seeds)} seeds" if run.others else ""
    return f"{run.judged.model}{seeds}{part}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Better:
    """One arm or model has more right than another, by more than a margin."""

    better: str
    worse: str
    benchmark: str
    pairs: tuple[tuple[str, str, str, str], ...] = ()
    """Printed pairs: (element, better as printed, worse as printed, size)."""
    size: str = ""
    """Only models of that size; empty: any two of one size and one base."""
    margin: float = 0.0
    """Points."""
    problems: int | None = None
    """Number of problems, for a benchmark mmeval does not ship."""
    also_better: tuple[str, ...] = ()
    """Other names of the better one, as the arm of all four kinds is MetaMath's own data."""
    worse_size: str | None = None
    """Of the worse one, empty for any, whose base may be another too; None: as the better one's."""
    third: str = ""
    """`short`, `medium` or `long`: only that third of the problems by length of the question."""

    @property
    def effect(self) -> str:
        """Difference of two accuracies."""
        part = f" on {self.third} questions" if self.third else ""
        return (
            f"difference in points{part}, Tango's paired interval, of several seeds Student's "
            "(printed: Newcombe's, unpaired)"
        )

    @property
    def region(self) -> Region:
        """Above the margin."""
        return Region(low=self.margin)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For each base and size of which both were run on the same problems."""
        return [
            estimate
            for better, worse in self._matches(evidence)
            if (estimate := paired(better, worse, self._ids(worse))) is not None
        ]

    def _ids(self, run: Run) -> set[str] | None:
        return set(ids_by_third(run)[self.third]) if self.third else None

    def _matches(self, evidence: Measurements) -> Iterator[tuple[Run, Run]]:
        kinds = dict.fromkeys(
            (each.role.size, each.role.base)
            for each in evidence.on(self.benchmark)
            if self.size in ("", each.role.size)
        )
        for kind in kinds:
            candidates = [
                run_of_kind(evidence, self.benchmark, Role(series=name), kind)
                for name in (self.better, *self.also_better)
            ]
            other = Role(series=self.worse, size=self.worse_size or "")
            worse = (
                run_of_kind(evidence, self.benchmark, other, kind)
                if self.worse_size is None
                else evidence.find(self.benchmark, other)
            )
            better = next((run for run in candidates if run is not None), None)
            if better is not None and worse is not None:
                yield better, worse

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Each printed pair."""
        return [
            estimate
            for element, better, worse, size in self.pairs
            if (estimate := self._printed(numbers, (element, better, worse, size))) is not None
        ]

    def _printed(self, numbers: Numbers, pair: tuple[str, str, str, str]) -> Estimate | None:
        element, better, worse, size = pair
        sizes = (size if self.worse_size is None else self.worse_size, size)
        two = [
            numbers.find(element, name, each, self.benchmark)
            for name, each in zip((worse, better), sizes, strict=True)
        ]
        if two[0] is None or two[1] is None:
            return None
        first, second = two[0], two[1]
        n = self.problems or problems(self.benchmark)
        bounds = None
        if n is not None:
            counts = [(round(each.value / 100 * n), n) for each in (first, second)]
            bounds = in_points(lambda level: difference_bounds(counts[0], counts[1], level))
        return Estimate(
            on=f"{second.source.rpartition(', ')[2]}, {size}".strip(", "),
            value=second.value - first.value,
            bounds=bounds,
            n=n,
        )


def run_of_kind(
    evidence: Measurements, benchmark: str, role: Role, kind: tuple[str, str]
) -> Run | None:
    """The run that plays a role and has exactly this (size, base); `find` also takes runs whose
    size or base is unknown."""
    alike = tuple(
        each for each in evidence.on(benchmark) if (each.role.size, each.role.base) == kind
    )
    return replace(evidence, runs=alike).find(benchmark, role)


def paired(better: Run, worse: Run, ids: Collection[str] | None = None) -> Estimate | None:
    """Better minus worse on the problems that both were asked, or on some of them, by a rule
    that reads both; None where there is none."""
    if (same := on_one_rule(worse, better)) is None:
        return None
    worse, better = same
    both = matched(worse, better)
    found = {key: row for key, row in gaps(both).items() if ids is None or key in ids}
    if not found:
        return None
    return Estimate(
        on=f"{on_run(better)} - {on_run(worse)}",
        value=100 * fmean(gap.seen for row in found.values() for gap in row),
        bounds=in_points(lambda level: gap_bounds(both, level, ids)),
        n=len(found),
        clusters=clusters_among(worse, found),
        sources=(better.source, worse.source),
    )
