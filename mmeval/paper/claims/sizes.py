"""Estimators for claims about the size of training data, in points: what one arm is ahead of
another at each size, and what the last step of size brings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mmeval.paper.claims.accuracy import in_points, on_run, paired, run_of_kind
from mmeval.paper.claims.claim import Estimate, Region
from mmeval.paper.measurements import Measurements
from mmeval.paper.printed import Numbers
from mmeval.paper.roles import Role
from mmeval.paper.runs import Run
from mmeval.paper.sizes import in_thousands
from mmeval.stats.intervals import difference_bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class AtEachSize:
    """One arm beats another at every size of data at which both were trained."""

    better: str
    worse: str
    benchmark: str

    @property
    def effect(self) -> str:
        """Difference of two accuracies."""
        return "difference in points at equal rows, Tango's paired interval"

    @property
    def region(self) -> Region:
        """Above zero."""
        return Region(low=0.0)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For each base and size."""
        estimates = []
        for run in _sized(evidence, self.benchmark, self.worse):
            role = Role(series=self.better, rows=run.role.rows)
            other = run_of_kind(evidence, self.benchmark, role, (run.role.size, run.role.base))
            if other is not None and (one := paired(other, run)) is not None:
                estimates.append(one)
        return estimates

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: these curves were never printed."""
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturates:
    """The last step of an arm's size brings less than a margin."""

    series: str
    benchmark: str
    margin: float
    """Points."""
    pair: tuple[tuple[str, str], tuple[str, str]]
    """Printed: (element, model) of the last size but one, and of the last."""
    problems: int

    @property
    def effect(self) -> str:
        """Difference of two accuracies."""
        return "last size minus the one before in points, Tango's (printed: Newcombe's) interval"

    @property
    def region(self) -> Region:
        """Below the margin."""
        return Region(high=self.margin)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For each base with two sizes or more."""
        by_base: dict[tuple[str, str], list[Run]] = {}
        for run in _sized(evidence, self.benchmark, self.series):
            by_base.setdefault((run.role.size, run.role.base), []).append(run)
        estimates = []
        for runs in by_base.values():
            if len(runs) > 1 and (one := paired(runs[-1], runs[-2])) is not None:
                sizes = [in_thousands(run.role.rows) for run in runs[-2:]]
                on = f"{on_run(runs[-1])} ({sizes[0]} to {sizes[1]})"
                estimates.append(replace(one, on=on))
        return estimates

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """The two printed sizes."""
        two = [numbers.find(element, model) for element, model in self.pair]
        if two[0] is None or two[1] is None:
            return []
        n = self.problems
        counts = [(round(each.value / 100 * n), n) for each in (two[0], two[1])]
        return [
            Estimate(
                on="section 4.5, 80K to 100K",
                value=two[1].value - two[0].value,
                bounds=in_points(lambda level: difference_bounds(counts[0], counts[1], level)),
                n=n,
            )
        ]


def _sized(evidence: Measurements, benchmark: str, series: str) -> list[Run]:
    """The runs of an arm whose rows are known, smallest first, each size of a base once."""
    wanted = evidence.numbers.series_of(series)
    runs: dict[tuple[int, str, str], Run] = {}
    for run in evidence.on(benchmark):
        if run.role.series == wanted and run.role.rows is not None:
            runs.setdefault((run.role.rows, run.role.size, run.role.base), run)
    return [runs[key] for key in sorted(runs)]
