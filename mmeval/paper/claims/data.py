"""Estimators for claims about data: the ratio of two median perplexities, the difference of two
diversity gains, and the correlation of gains with accuracy."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Literal

from mmeval.paper.claims.claim import Estimate, Region
from mmeval.paper.from_reports import BARE, WHOLE, Samples, distances, perplexities
from mmeval.paper.from_runs import mean_gap
from mmeval.paper.measured import Source
from mmeval.paper.measurements import Measurements, report_source
from mmeval.paper.printed import Numbers
from mmeval.paper.roles import Role
from mmeval.results.pairing import Gap
from mmeval.results.report_folder import ReportDir
from mmeval.stats.bootstrap import Bootstrap, bootstrap, mean, median
from mmeval.stats.correlation import correlation, fisher_bounds, permutation_p

QUESTIONS = 30
"""With fewer, a set is not compared: a bootstrap's percentiles would be too narrow."""
HOLDS = 50
"""Original questions from which a bootstrap's 95 % interval of skewed values holds about as often
as it says; with n of them the smallest alpha that it may decide at is 0.05 (50/n)^3, so that 99 %
takes 86 and 99.9 % 185 (docs/statistics.md)."""
WAYS = 1000
"""So many ways that undecided answers could have gone are tried; with more, r is left open."""
ZERO = 1e-6
"""Squared distances up to here are none: a question and itself, embedded twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lower:
    """A set of data has a lower median perplexity than another."""

    lower: str
    higher: str
    forms: tuple[str, ...] = (WHOLE, BARE)
    """The forms of a set that are meant: as it stands, and of answers alone the bare ones."""
    kind: str = "perplexity"

    @property
    def effect(self) -> str:
        """Difference of medians, the number that the report itself has of two sets."""
        return "difference of median perplexities, bootstrap by original question"

    @property
    def region(self) -> Region:
        """Below zero."""
        return Region(high=0.0)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For each report that has both sets."""
        estimates = []
        for folder in evidence.reports.get(self.kind, ()):
            sets = [each for each in perplexities(folder) if each.form in self.forms]
            two = both(evidence, sets, (self.lower, self.higher))
            if two is not None:
                drawn = bootstrap(two, median, operator.sub)
                estimates.append(_of_report(folder, two, drawn))
        return estimates

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: no perplexity was ever printed."""
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreDiverse:
    """A set of data adds more diversity than another."""

    more: str
    less: str
    text: Literal["question", "question_answer"]
    """What was embedded; the paper leaves it open."""
    kind: str = "diversity"

    @property
    def effect(self) -> str:
        """Difference of gains."""
        return f"difference of diversity gains ({self.text}), bootstrap by original question"

    @property
    def region(self) -> Region:
        """Above zero."""
        return Region(low=0.0)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For each report that has both sets."""
        estimates = []
        for folder in evidence.reports.get(self.kind, ()):
            two = both(evidence, distances(folder, self.text), (self.more, self.less))
            if two is not None:
                drawn = bootstrap(two, mean, operator.sub)
                estimates.append(_of_report(folder, two, drawn, self._constructed(two[1])))
        return estimates

    def _constructed(self, less: Samples) -> str:
        """Where most rows of the lesser set are at no distance, the base holds what they are."""
        if less.at(0.5) > ZERO:
            return ""
        at_zero = sum(each <= ZERO for each in less.values)
        return (
            f"{at_zero:,} of {len(less.values):,} rows of {self.less} have their own "
            f"{self.text.replace('_', ' and ')} in the base: their gain is 0 whatever they hold"
        )

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: three of the four gains were never printed."""
        return []


def both(
    evidence: Measurements, sets: Sequence[Samples], names: tuple[str, str]
) -> tuple[Samples, Samples] | None:
    """Two sets by the names that figures give them; None where one is missing, or has too few
    questions for a bootstrap to mean anything."""
    by_name = {
        evidence.numbers.series_of(each.name): each
        for each in sets
        if len(set(each.origins)) >= QUESTIONS
    }
    one, two = (by_name.get(evidence.numbers.series_of(name)) for name in names)
    return None if one is None or two is None else (one, two)


def _of_report(
    folder: ReportDir, two: tuple[Samples, Samples], drawn: Bootstrap, constructed: str = ""
) -> Estimate:
    source = report_source(folder)
    draws = 2 / (len(drawn.resampled) + 1)  # two sides; a draw is at least as extreme as itself
    few = min(1.0, 0.05 * (HOLDS / drawn.questions) ** 3)
    return Estimate(
        on=source.about,
        value=drawn.value,
        bounds=drawn.bounds,
        n=len(two[0].values) + len(two[1].values),
        clusters=drawn.questions,
        least_p=max(draws, few),
        too_few=f"{len(drawn.resampled):,} draws"
        if draws >= few
        else f"{drawn.questions:,} original questions",
        by_construction=constructed,
        sources=(source,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """An arm of the study of diversity: what was added, and to what."""

    set: str
    """The set whose diversity gain counts."""
    series: str
    """The arm that was trained on it."""
    printed_gain: str
    """How the printed gain in accuracy calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follows:
    """Gain in accuracy follows diversity gain over some arms."""

    arms: tuple[Arm, ...]
    reference: str
    """The arm that accuracies are gains over."""
    benchmark: str
    element: str
    """Where gains in accuracy were printed."""
    text: str
    printed_r: tuple[str, str]
    """(element, metric) of the printed correlation."""
    kind: str = "diversity"

    @property
    def effect(self) -> str:
        """The correlation."""
        return (
            f"Pearson's r over {len(self.arms)} arms ({self.text}), permutation test, Fisher's "
            "interval"
        )

    @property
    def region(self) -> Region:
        """Above zero."""
        return Region(low=0.0)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For each report with all sets, where all arms were run. Printed gains are no
        measurement: a correlation of measured with printed ones is none either."""
        estimates = []
        gained = self._gains(evidence)
        for folder in evidence.reports.get(self.kind, ()):
            series_of = evidence.numbers.series_of
            by_set = {series_of(each.name): each.mean() for each in distances(folder, self.text)}
            diverse = [by_set.get(series_of(arm.set)) for arm in self.arms]
            points = [(x, y) for x, y in zip(diverse, gained, strict=True) if x is not None and y]
            if len(points) == len(self.arms):
                estimates.append(_correlated(report_source(folder), points))
        return estimates

    def _gains(self, evidence: Measurements) -> list[Gap | None]:
        base = evidence.find(self.benchmark, Role(series=self.reference))
        runs = [evidence.find(self.benchmark, Role(series=arm.series)) for arm in self.arms]
        return [None if run is None or base is None else mean_gap(base, run) for run in runs]

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """The printed correlation, and what so few points say."""
        r = numbers.find(self.printed_r[0], metric=self.printed_r[1])
        if r is None:
            return []
        n = len(self.arms)
        bounds = partial(fisher_bounds, r.value, n)
        return [Estimate(on=f"{r.element}, {n} points", value=r.value, bounds=bounds, n=n)]


def _correlated(source: Source, points: Sequence[tuple[float, Gap]]) -> Estimate:
    """Of each arm's diversity gain with its gain in accuracy. The unit is the arm: r is told from
    0 only where the permutation test tells it too, with the undecided answers of each arm either
    way."""
    xs = [x for x, _ in points]
    ways = list(product(*({gap.low, gap.seen, gap.high} for _, gap in points)))[:WAYS]
    found = [r for way in ways if (r := _r(xs, way)) is not None]
    seen = _r(xs, [gap.seen for _, gap in points])
    p, least_p, orders = 1.0, 1.0, ""
    if seen is not None and len(found) == len(ways) < WAYS:
        tested = [permutation_p(list(zip(xs, way, strict=True))) for way in ways]
        p, least_p, orders = max(p for p, _ in tested), tested[0][1], f"orders of {len(xs)} arms"

    def bounds(level: float) -> tuple[float, float]:
        if not orders:
            return -1.0, 1.0
        each = [fisher_bounds(r, len(xs), level) for r in found]
        low, high = min(low for low, _ in each), max(high for _, high in each)
        return (low, high) if p <= 1 - level else (min(low, 0.0), max(high, 0.0))

    return Estimate(
        on=f"{source.about}; {len(xs)} arms",
        value=0.0 if seen is None else seen,
        bounds=bounds,
        n=len(xs),
        least_p=least_p,
        too_few=orders or "gains that are all alike, or not told,",
        remark="" if seen is not None else "all gains are alike: there is no r",
        sources=(source,),
    )


def _r(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """None where one side is constant."""
    return correlation(list(zip(xs, ys, strict=True))) if len({*xs}) > 1 < len({*ys}) else None
