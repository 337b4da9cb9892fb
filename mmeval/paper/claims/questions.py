"""Estimators for claims about kinds of questions, in points: the accuracy that is lost from
forward to backward ones, and from the shortest third to the longest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from statistics import fmean

from mmeval.paper.claims.accuracy import Bounds, in_points, on_run
from mmeval.paper.claims.claim import Estimate, Region
from mmeval.paper.from_runs import decided, ids_by_third, linked_differences
from mmeval.paper.measurements import Measurements
from mmeval.paper.printed import Numbers
from mmeval.paper.runs import Run, matched, same_model
from mmeval.stats.intervals import difference_bounds
from mmeval.stats.paired import Discordance, score_bounds
from mmeval.stats.seeds import Mean, of_problems, of_seeds, over_seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """An arm loses more, or less, than a margin from forward to backward questions."""

    series: tuple[str, ...]
    forward: str
    backward: str
    margin: float
    """Points."""
    more: bool
    """Whether the claim is that it loses more."""

    @property
    def effect(self) -> str:
        """The reversal gap."""
        return (
            "forward minus backward on linked problems in points, Tango's paired interval, of "
            "several seeds Student's"
        )

    @property
    def region(self) -> Region:
        """On one side of the margin."""
        return Region(low=self.margin) if self.more else Region(high=self.margin)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For each model of the series that was run in both directions."""
        names = {evidence.numbers.series_of(each) for each in self.series}
        estimates = []
        for run in _each_model(
            each for each in evidence.on(self.backward) if each.role.series in names
        ):
            first = next(
                (each for each in evidence.on(self.forward) if same_model(each, run)), None
            )
            if first is not None:
                estimates.append(_gap(first, run))
        return [each for each in estimates if each is not None]

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: no backward accuracy was ever printed."""
        return []


def _each_model(runs: Iterable[Run]) -> list[Run]:
    """Of each model once, the first."""
    by_model: dict[str, Run] = {}
    for run in runs:
        by_model.setdefault(run.judged.model, run)
    return list(by_model.values())


def _gap(forward: Run, backward: Run) -> Estimate | None:
    both = matched(forward, backward)
    rows = list(linked_differences(both).values())
    if not rows:
        return None
    table = Discordance.of([row[0] for row in rows])
    if len(both) > 1 and (mean := over_seeds(rows)).error:
        bounds = mean.bounds
    else:
        bounds = partial(score_bounds, table)
    return Estimate(
        on=on_run(backward),
        value=100 * fmean(map(fmean, rows)),
        bounds=in_points(bounds),
        n=len(rows),
        sources=(forward.source, backward.source),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortBeforeLong:
    """Short questions are answered better than long ones, thirds by characters."""

    benchmark: str
    least: int = 90
    """Problems that a run must have: 30 in each third."""

    @property
    def effect(self) -> str:
        """Difference of two thirds."""
        return (
            "shortest minus longest third in points, Newcombe's interval, of several seeds "
            "Student's"
        )

    @property
    def region(self) -> Region:
        """Above zero."""
        return Region(low=0.0)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For every model with one answer per problem."""
        runs = _each_model(evidence.on(self.benchmark))
        return [each for run in runs if (each := self._measured(run)) is not None]

    def _measured(self, run: Run) -> Estimate | None:
        seeds = [decided(each) for each in run.seeds]
        told = [key for key in seeds[0] if all(key in seed for seed in seeds)]
        if len(told) < self.least or any(seed[key].asked > 1 for seed in seeds for key in told):
            return None
        parts = {name: set(ids) for name, ids in ids_by_third(run).items()}
        short, long = (
            [[seed[key].low for seed in seeds] for key in told if key in parts[name]]
            for name in ("short", "long")
        )
        if not short or not long:
            return None
        return Estimate(
            on=on_run(run),
            value=100 * (fmean(map(fmean, short)) - fmean(map(fmean, long))),
            bounds=in_points(_apart(short, long)),
            n=len(told),
            sources=(run.source,),
        )

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: no bar of Figure 7 was ever printed."""
        return []


def _apart(short: list[list[float]], long: list[list[float]]) -> Bounds:
    """The interval of the first mean minus the second, rows of problems with a value a seed."""
    if len(short[0]) == 1:
        ends = [(round(sum(row[0] for row in rows)), len(rows)) for rows in (long, short)]
        return lambda level: difference_bounds(ends[0], ends[1], level)
    by_seed = [
        fmean(one) - fmean(two)
        for one, two in zip(zip(*short, strict=True), zip(*long, strict=True), strict=True)
    ]
    return Mean(fmean(by_seed), (of_problems(short), of_problems(long), *of_seeds(by_seed))).bounds
