"""Estimators for claims about kinds of questions, in points: the accuracy that is lost from
forward to backward ones, and from the shortest third to the longest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from mmeval.paper.claims.accuracy import clusters_among, in_points, on_run
from mmeval.paper.claims.claim import Estimate, Region
from mmeval.paper.from_runs import ids_by_third, linked, linked_bounds, linked_gaps
from mmeval.paper.measurements import Measurements
from mmeval.paper.printed import Numbers
from mmeval.paper.runs import Run, matched, same_model
from mmeval.results.linked import Linked, kept, kept_bounds
from mmeval.results.verdict_rows import Answers
from mmeval.stats.seeds import difference_of_shares, share_bounds

ENDS = ("short", "long")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """An arm loses more, or less, than a margin from forward to backward questions, in points:
    of a model with little to lose that is little (`Keeps` asks what share it loses)."""

    series: tuple[str, ...]
    """Empty: any model."""
    forward: str
    backward: str
    margin: float
    """Points."""
    more: bool
    """Whether the claim is that it loses more."""
    pair: tuple[str, str, str] | None = None
    """Printed: (element, forward, backward as printed)."""

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
        pairs = _both_ways(evidence, self.series, self.forward, self.backward)
        return [each for each in (_gap(*pair) for pair in pairs) if each is not None]

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """The printed pair."""
        if self.pair is None:
            return []
        element, *names = self.pair
        forward, backward = (numbers.find(element, benchmark=name) for name in names)
        if forward is None or backward is None:
            return []
        difference = round(forward.value - backward.value, 9)
        return [Estimate(on=forward.source.rpartition(", ")[2], value=difference, bounds=None)]


def _each_model(runs: Iterable[Run]) -> list[Run]:
    """Of each model once, the first."""
    by_model: dict[str, Run] = {}
    for run in runs:
        by_model.setdefault(run.judged.model, run)
    return list(by_model.values())


def _gap(forward: Run, backward: Run) -> Estimate | None:
    both = matched(forward, backward)
    rows = linked_gaps(both)
    if not rows:
        return None
    return Estimate(
        on=on_run(backward),
        value=100 * fmean(gap.seen for row in rows.values() for gap in row),
        bounds=in_points(lambda level: linked_bounds(both, level)),
        n=len(rows),
        clusters=clusters_among(backward, rows),
        sources=(forward.source, backward.source),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeps:
    """What an arm has right forward it has right backward too, for more, or less, than a share.

    Points would call it a small loss where a model has little to lose, so the share is of what
    is right forward. It decides nothing of a model whose forward answers could be guesses: one
    that is not surely above `least_forward`, and above what one answer to all has right.
    """

    series: tuple[str, ...]
    forward: str
    backward: str
    share: float
    """Percent of the linked problems that are right forward."""
    more: bool
    """Whether the claim is that it keeps more."""
    least_forward: float = 10.0
    """Percent right forward that a model must surely have for anything to be said of its loss."""

    @property
    def effect(self) -> str:
        """Backward given forward right."""
        return (
            "% right backward of what is right forward, linked problems, Wilson's interval, of "
            f"several seeds with their spread; surely more than {self.least_forward:g} % (and "
            "than one answer to all) must be right forward"
        )

    @property
    def region(self) -> Region:
        """On one side of the share."""
        return Region(low=self.share) if self.more else Region(high=self.share)

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """For each model of the series that was run in both directions."""
        pairs = _both_ways(evidence, self.series, self.forward, self.backward)
        return [each for each in (self._kept(*pair) for pair in pairs) if each is not None]

    def _kept(self, forward: Run, backward: Run) -> Estimate | None:
        both = matched(forward, backward)
        links = linked(both)
        value = kept(links) if links else None
        if value is None:
            return None
        floor = max(self.least_forward / 100, _most_frequent(forward))

        def bounds(level: float) -> tuple[float, float]:
            if _right_forward(links, level) <= floor:
                return 0.0, 1.0
            return kept_bounds(links, level)

        few = _right_forward(links, 0.95) <= floor
        return Estimate(
            on=on_run(backward),
            value=100 * value,
            bounds=in_points(bounds),
            n=len(links[0].pairs),
            clusters=len(set(links[0].clusters)),
            remark=f"not surely more than {100 * floor:.1f} % are right forward, as guesses may be"
            if few
            else "",
            sources=(forward.source, backward.source),
        )

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: no backward accuracy was ever printed."""
        return []


def _right_forward(links: Sequence[Linked], level: float) -> float:
    """The low end of forward accuracy on the linked problems, undecided answers as not right."""
    sums: dict[Hashable, tuple[int, int]] = {}
    shares = []
    for each in links:
        rights = [forth.right for forth, _ in each.pairs]
        shares.append(fmean(rights))
        for cluster, right in zip(each.clusters, rights, strict=True):
            before = sums.get(cluster, (0, 0))
            sums[cluster] = before[0] + right, before[1] + 1
    return share_bounds(list(sums.values()), shares, level)[0]


def _most_frequent(forward: Run) -> float:
    """The share of the problems that one answer to all of them would have right."""
    golds = Counter(each.gold for each in forward.judged.run.problems())
    most = max(golds.values())
    return most / sum(golds.values()) if most > 1 else 0.0


def _both_ways(
    evidence: Measurements, series: Sequence[str], forward: str, backward: str
) -> Iterator[tuple[Run, Run]]:
    """(forward, backward) of each model that was run in both directions; of an empty series, of
    any."""
    names = {evidence.numbers.series_of(each) for each in series}
    for run in _each_model(
        each for each in evidence.on(backward) if not names or each.role.series in names
    ):
        first = next((each for each in evidence.on(forward) if same_model(each, run)), None)
        if first is not None:
            yield first, run


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
        seeds = [each.judged.answers(each.checker) for each in run.seeds]
        asked = [key for key in seeds[0] if all(key in seed for seed in seeds)]
        if len(asked) < self.least or any(seed[key].asked > 1 for seed in seeds for key in asked):
            return None
        parts = ids_by_third(run)
        short, long = ([key for key in parts[name] if key in seeds[0]] for name in ENDS)
        if not short or not long:
            return None

        def bounds(level: float) -> tuple[float, float]:
            return (
                _apart(run, (short, long), (False, True), level)[0],
                _apart(run, (short, long), (True, False), level)[1],
            )

        return Estimate(
            on=on_run(run),
            value=100 * fmean(_difference(seed, short, long) for seed in seeds),
            bounds=in_points(bounds),
            n=len(asked),
            clusters=min(clusters_among(run, ids) for ids in (short, long)),
            sources=(run.source,),
        )

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """Nothing: no bar of Figure 7 was ever printed."""
        return []


def _difference(seed: Mapping[str, Answers], short: Sequence[str], long: Sequence[str]) -> float:
    return fmean(seed[key].low for key in short) - fmean(seed[key].low for key in long)


def _apart(
    run: Run, parts: tuple[Sequence[str], Sequence[str]], as_right: tuple[bool, bool], level: float
) -> tuple[float, float]:
    """The interval of the first part's accuracy minus the second's, over the seeds; `as_right`
    says of each part whether its undecided answers count as right."""
    groups, by_seed = [], []
    for ids, right in zip(parts, as_right, strict=True):
        answers: dict[str, Answers] = {}
        shares = []
        for seed in run.seeds:
            own = seed.judged.answers(seed.checker)
            some = {key: own[key].at_most if right else own[key] for key in ids}
            shares.append(fmean(each.low for each in some.values()))
            answers = {k: answers[k].plus(v) if k in answers else v for k, v in some.items()}
        groups.append(run.judged.together(answers))
        by_seed.append(shares)
    apart = [one - two for one, two in zip(*by_seed, strict=True)]
    return difference_of_shares(groups, apart, level)
