"""Tests of claims about kinds of questions: backward ones, and long ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mmeval.claim_tests import in_points, on_run
from mmeval.claims import Estimate, Region
from mmeval.counted import ids_by_third, pair_counts, told_by_problem
from mmeval.measurements import Measurements, Run
from mmeval.paired import score_bounds
from mmeval.printed import Numbers
from mmeval.stats import difference_bounds


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
        return "forward minus backward on linked problems in points, Tango's paired interval"

    @property
    def region(self) -> Region:
        """On one side of the margin."""
        return Region(low=self.margin) if self.more else Region(high=self.margin)

    def measured(self, found: Measurements) -> list[Estimate]:
        """For each model of the series that was run in both directions."""
        names = {found.numbers.series_of(each) for each in self.series}
        estimates = []
        for run in _each_model(
            each for each in found.on(self.backward) if each.role.series in names
        ):
            for first in found.on(self.forward):
                same = first.role == run.role and first.judged.model == run.judged.model
                if same and first.checker == run.checker:
                    estimates.append(_gap(first, run))
                    break
        return [each for each in estimates if each is not None]

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: no backward accuracy was ever printed."""
        return []


def _each_model(runs: Iterable[Run]) -> list[Run]:
    """Of each model once, the first."""
    found: dict[str, Run] = {}
    for run in runs:
        found.setdefault(run.judged.model, run)
    return list(found.values())


def _gap(forward: Run, backward: Run) -> Estimate | None:
    try:
        table = pair_counts(forward, backward)
    except ValueError:  # no pair is left
        return None
    return Estimate(
        on=on_run(backward),
        value=100 * table.difference,
        bounds=in_points(lambda level: score_bounds(table, level)),
        n=table.n,
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
        return "shortest minus longest third in points, Newcombe's interval"

    @property
    def region(self) -> Region:
        """Above nothing."""
        return Region(low=0.0)

    def measured(self, found: Measurements) -> list[Estimate]:
        """For every model with one answer per problem."""
        runs = _each_model(found.on(self.benchmark))
        return [each for run in runs if (each := self._measured(run)) is not None]

    def _measured(self, run: Run) -> Estimate | None:
        answers, parts = told_by_problem(run), ids_by_third(run)
        if len(answers) < self.least or any(asked > 1 for _, asked in answers.values()):
            return None
        long, short = (
            [answers[key][0] for key in parts[name] if key in answers] for name in ("long", "short")
        )
        if not long or not short:
            return None
        ends = (sum(long), len(long)), (sum(short), len(short))
        return Estimate(
            on=on_run(run),
            value=100 * (sum(short) / len(short) - sum(long) / len(long)),
            bounds=in_points(lambda level: difference_bounds(*ends, level)),
            n=len(answers),
            sources=(run.source,),
        )

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: no bar of Figure 7 was ever printed."""
        return []
