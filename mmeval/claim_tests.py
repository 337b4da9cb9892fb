"""Tests of claims about accuracy: one model, two models, two directions, two lengths.

Effects are in percent or in points. Two models are compared problem by problem where both
were run here; the paper printed no pairs, so its own differences have the wider interval
of two separate samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from mmeval import catalog
from mmeval.claims import Estimate, Region
from mmeval.counted import ids_by_third, pair_counts, right_by_problem
from mmeval.measurements import Measurements, Role, Run
from mmeval.paired import Discordance, mean_bounds, score_bounds
from mmeval.printed import Numbers, Printed
from mmeval.stats import difference_bounds, wilson
from mmeval.summary import clustered

Bounds = Callable[[float], tuple[float, float]]


def problems(benchmark: str) -> int | None:
    """How many test problems a benchmark was published with; None where nobody tells here."""
    if benchmark not in catalog.names("benchmarks"):
        return None
    return int(catalog.load("benchmarks", benchmark).splits["test"].rows)


def in_points(bounds: Bounds) -> Bounds:
    """The same interval in points of 100."""

    def scaled(level: float) -> tuple[float, float]:
        low, high = bounds(level)
        return 100 * low, 100 * high

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

    def measured(self, found: Measurements) -> list[Estimate]:
        """Of the run that plays the model."""
        role = Role(
            series=self.model.partition(" (")[0], size=self.size, base=f"LLaMA-2-{self.size}"
        )
        run = found.find(self.benchmark, role)
        return [] if run is None else [_share(run)]

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """The printed value, with the interval that its number of problems gives."""
        own = numbers.find(self.element, self.model, self.size, self.benchmark)
        return [] if own is None else [_printed_share(own)]


def _share(run: Run) -> Estimate:
    answers = right_by_problem(run).values()
    right, n = sum(each[0] for each in answers), sum(each[1] for each in answers)

    def bounds(level: float) -> tuple[float, float]:
        if n == len(answers):
            return wilson(right, n, level)
        return clustered(list(answers), level)

    return Estimate(
        on=on_run(run),
        value=100 * right / n,
        bounds=in_points(bounds),
        n=len(answers),
        sources=(run.source,),
    )


def _printed_share(own: Printed) -> Estimate:
    n = problems(own.benchmark)
    right = None if n is None else round(own.value / 100 * n)
    return Estimate(
        on=own.source.rpartition(", ")[2],
        value=own.value,
        bounds=None
        if n is None or right is None
        else in_points(lambda level: wilson(right, n, level)),
        n=n,
    )


def on_run(run: Run) -> str:
    """What a run is called, and how much of the problems it was asked."""
    part = f", {run.judged.manifest['data']['problems']:,} problems" if run.partial else ""
    return f"{run.judged.model}{part}"


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
    """Of the benchmark, where mmeval has it not."""

    @property
    def effect(self) -> str:
        """Difference of two accuracies."""
        return "difference in points, Tango's paired interval (printed: Newcombe's, unpaired)"

    @property
    def region(self) -> Region:
        """Above the margin."""
        return Region(low=self.margin)

    def measured(self, found: Measurements) -> list[Estimate]:
        """For each base and size of which both were run on the same problems."""
        return [
            estimate
            for better, worse in self._matches(found)
            if (estimate := paired(better, worse)) is not None
        ]

    def _matches(self, found: Measurements) -> Iterator[tuple[Run, Run]]:
        kinds = dict.fromkeys(
            (each.role.size, each.role.base)
            for each in found.on(self.benchmark)
            if self.size in ("", each.role.size)
        )
        for kind in kinds:
            two = [
                run_of_kind(found, self.benchmark, Role(series=name), kind)
                for name in (self.better, self.worse)
            ]
            if two[0] is not None and two[1] is not None:
                yield two[0], two[1]

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Each printed pair."""
        return [
            estimate
            for element, better, worse, size in self.pairs
            if (estimate := self._printed(numbers, (element, better, worse, size))) is not None
        ]

    def _printed(self, numbers: Numbers, pair: tuple[str, str, str, str]) -> Estimate | None:
        element, better, worse, size = pair
        two = [numbers.find(element, name, size, self.benchmark) for name in (worse, better)]
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
    found: Measurements, benchmark: str, role: Role, kind: tuple[str, str]
) -> Run | None:
    """The run that plays a role and is of just that (size, base): unlike `find`, which lets
    those that do not tell theirs pass."""
    own = tuple(each for each in found.on(benchmark) if (each.role.size, each.role.base) == kind)
    return replace(found, runs=own).find(benchmark, role)


def paired(better: Run, worse: Run) -> Estimate | None:
    """Better minus worse on the problems of both; None where they share none."""
    one, two = right_by_problem(worse), right_by_problem(better)
    shared = [(one[key], two[key]) for key in one if key in two]
    if not shared or better.checker != worse.checker:
        return None
    differences = [b / m - a / n for (a, n), (b, m) in shared]

    def bounds(level: float) -> tuple[float, float]:
        if any(n > 1 for pair in shared for _, n in pair):
            return mean_bounds(differences, level)
        table = Discordance(
            n=len(shared),
            gained=sum(each > 0 for each in differences),
            lost=sum(each < 0 for each in differences),
        )
        return score_bounds(table, level)

    return Estimate(
        on=f"{on_run(better)} - {on_run(worse)}",
        value=100 * sum(differences) / len(shared),
        bounds=in_points(bounds),
        n=len(shared),
        sources=(better.source, worse.source),
    )


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
        for run in _largest(each for each in found.on(self.backward) if each.role.series in names):
            for first in found.on(self.forward):
                same = first.role == run.role and first.judged.model == run.judged.model
                if same and first.checker == run.checker:
                    estimates.append(_gap(first, run))
                    break
        return [each for each in estimates if each is not None]

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: no backward accuracy was ever printed."""
        return []


def _largest(runs: Iterable[Run]) -> list[Run]:
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
        runs = _largest(found.on(self.benchmark))
        return [each for run in runs if (each := self._measured(run)) is not None]

    def _measured(self, run: Run) -> Estimate | None:
        answers, parts = right_by_problem(run), ids_by_third(run)
        if len(answers) < self.least or any(asked > 1 for _, asked in answers.values()):
            return None
        long, short = (
            (sum(answers[key][0] for key in parts[name]), len(parts[name]))
            for name in ("long", "short")
        )
        return Estimate(
            on=on_run(run),
            value=100 * (short[0] / short[1] - long[0] / long[1]),
            bounds=in_points(lambda level: difference_bounds(long, short, level)),
            n=len(answers),
            sources=(run.source,),
        )

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: no bar of Figure 7 was ever printed."""
        return []
