"""Estimators for claims about data: the ratio of two median perplexities, the difference of two
diversity gains, and the correlation of gains with accuracy."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from mmeval.paper.claims.accuracy import paired
from mmeval.paper.claims.claim import Estimate, Region
from mmeval.paper.from_reports import BARE, WHOLE, Samples, distances, perplexities
from mmeval.paper.measurements import Measurements, report_source
from mmeval.paper.printed import Numbers
from mmeval.paper.roles import Role
from mmeval.results.report_folder import ReportDir
from mmeval.stats.bootstrap import Bootstrap, bootstrap, mean, median
from mmeval.stats.intervals import correlation, fisher_bounds

QUESTIONS = 30
"""With fewer, a set is not compared: a bootstrap's percentiles would be too narrow."""


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
                estimates.append(_of_report(folder, two, drawn))
        return estimates

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


def _of_report(folder: ReportDir, two: tuple[Samples, Samples], drawn: Bootstrap) -> Estimate:
    source = report_source(folder)
    return Estimate(
        on=source.about,
        value=drawn.value,
        bounds=drawn.bounds,
        n=len(two[0].values) + len(two[1].values),
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
        return f"Pearson's r over {len(self.arms)} arms ({self.text}), Fisher's interval"

    @property
    def region(self) -> Region:
        """Above zero."""
        return Region(low=0.0)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For each report with all sets: with accuracies measured here where all arms were
        run, and with the printed ones."""
        estimates = []
        for folder in evidence.reports.get(self.kind, ()):
            series_of = evidence.numbers.series_of
            by_set = {series_of(each.name): each.mean() for each in distances(folder, self.text)}
            gains = [by_set.get(series_of(arm.set)) for arm in self.arms]
            source = report_source(folder)
            for what, accuracies in (
                ("accuracy measured", self._measured_gains(evidence)),
                ("accuracy as printed", self._printed_gains(evidence.numbers)),
            ):
                both_known = zip(gains, accuracies, strict=True)
                pairs = [(x, y) for x, y in both_known if None not in (x, y)]
                if len(pairs) == len(self.arms):
                    estimates.append(_correlated(f"{source.about}; {what}", pairs))
        return estimates

    def _measured_gains(self, evidence: Measurements) -> list[float | None]:
        base = evidence.find(self.benchmark, Role(series=self.reference))
        runs = [evidence.find(self.benchmark, Role(series=arm.series)) for arm in self.arms]
        gains = [None if run is None or base is None else paired(run, base) for run in runs]
        return [None if each is None else each.value for each in gains]

    def _printed_gains(self, numbers: Numbers) -> list[float | None]:
        printed = [numbers.find(self.element, arm.printed_gain) for arm in self.arms]
        return [None if each is None else each.value for each in printed]

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """The printed correlation, and what so few points say."""
        r = numbers.find(self.printed_r[0], metric=self.printed_r[1])
        if r is None:
            return []
        n = len(self.arms)
        bounds = partial(fisher_bounds, r.value, n)
        return [Estimate(on=f"{r.element}, {n} points", value=r.value, bounds=bounds, n=n)]


def _correlated(on: str, pairs: Sequence[tuple[float | None, float | None]]) -> Estimate:
    points = [(float(x or 0.0), float(y or 0.0)) for x, y in pairs]
    r = correlation(points)
    return Estimate(on=on, value=r, bounds=partial(fisher_bounds, r, len(points)), n=len(points))
