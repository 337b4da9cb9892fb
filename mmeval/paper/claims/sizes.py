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


STEP = 1.25
"""A size is a step above another from here on, as the paper's 80K to 100K is: 1 % more data that
brings nothing says nothing of saturation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturates:
    """The last step of an arm's size brings less than a margin, or, where it keeps rising, more."""

    series: str
    benchmark: str
    margin: float
    """Points."""
    pair: tuple[tuple[str, str], tuple[str, str]] | None = None
    """Printed: (element, model) of the last size but one, and of the last."""
    problems: int = 0
    """Of the printed pair."""
    rises: bool = False
    """Whether the claim is that the step brings more."""
    also: tuple[str, ...] = ()
    """Other names of the arm, where the first was not run."""

    @property
    def effect(self) -> str:
        """Difference of two accuracies."""
        return (
            f"last size minus the last that is {STEP:g} times smaller in points, Tango's (printed: "
            "Newcombe's) interval"
        )

    @property
    def region(self) -> Region:
        """On one side of the margin."""
        return Region(low=self.margin) if self.rises else Region(high=self.margin)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For each base with two sizes or more that are a step apart."""
        by_base: dict[tuple[str, str], list[Run]] = {}
        sized = (_sized(evidence, self.benchmark, name) for name in (self.series, *self.also))
        for run in next((runs for runs in sized if runs), []):
            by_base.setdefault((run.role.size, run.role.base), []).append(run)
        estimates = []
        for runs in by_base.values():
            last = runs[-1]
            before = [
                each for each in runs if STEP * (each.role.rows or 0) <= (last.role.rows or 0)
            ]
            if before and (one := paired(last, before[-1])) is not None:
                sizes = [in_thousands(run.role.rows) for run in (before[-1], last)]
                on = f"{on_run(last)} ({sizes[0]} to {sizes[1]})"
                estimates.append(replace(one, on=on))
        return estimates

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """The two printed sizes."""
        if self.pair is None:
            return []
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
