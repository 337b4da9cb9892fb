"""Two runs on the same problems: tests, intervals and sample sizes of their difference.

Of n problems, `gained` are right in the second run alone and `lost` in the first alone;
the difference is (gained - lost)/n, second minus first, a fraction in [-1, 1]. Problems
that are right in both or in neither carry no information about it, so a paired comparison has a
half to a third of the noise of two separate accuracies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import fmean
from typing import NamedTuple

from mmeval.stats.intervals import quantile, student_tail

POWER = 0.8
"""The share of the time that a difference called detectable is detected."""
_LATTICE = 1.0
"""Problems (clusters, of a table of those) by which a difference must be greater than the normal
formula says beside the correction, because counts are whole."""
_STEPS = 60
"""Halvings of an interval of length 1 that leave nothing a float can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discordance:
    """How many problems two runs disagree about."""

    n: float
    """Problems compared, above 0; a whole number, or for answers that are not independent of
    each other how many independent ones they are worth."""
    gained: float
    """Right in the second run alone."""
    lost: float
    """Right in the first run alone."""

    def __post_init__(self) -> None:
        more = self.gained + self.lost - self.n
        if self.n <= 0 or min(self.gained, self.lost) < 0 or more > 1e-9 * self.n:
            raise ValueError(f"needs n > 0 and gained + lost <= n, none negative, got {self}")

    @classmethod
    def of(cls, differences: Collection[float]) -> Discordance:
        """Of each problem's second minus first; of several answers each, the problems that
        differ at all."""
        gained = sum(each > 0 for each in differences)
        return cls(n=len(differences), gained=gained, lost=sum(each < 0 for each in differences))

    @property
    def difference(self) -> float:
        """Second minus first, a fraction in [-1, 1]."""
        return (self.gained - self.lost) / self.n

    @property
    def share(self) -> float:
        """The problems they disagree about, a fraction in [0, 1]."""
        return (self.gained + self.lost) / self.n


def mcnemar(gained: int, lost: int) -> float:
    """The two-sided p value of the exact McNemar test, in (0, 1]; 1 without discordance.

    Twice the smaller tail of the binomial with share 1/2, at most 1: the same as
    statsmodels' `mcnemar(table, exact=True)`. Whole numbers until the last division.
    """
    n, fewer = gained + lost, min(gained, lost)
    if fewer < 0:
        raise ValueError(f"counts must not be negative, got {gained} and {lost}")
    term = tail = 1
    for k in range(1, fewer + 1):
        term = term * (n - k + 1) // k
        tail += term
    return min(1.0, tail / 2 ** (n - 1)) if n else 1.0


def score_bounds(
    table: Discordance, level: float = 0.95, correction: float = 0.0, freedom: int | None = None
) -> tuple[float, float]:
    """(low, high) of Tango's score interval of the difference, two-sided at `level`.

    The values d that the score test of H0: difference = d accepts, its variance estimated
    under H0. One end of it is the one-sided bound at (1 + level)/2. `correction` 0 is
    Tango's own; 1 moves each end out by one problem, with which the chance that the
    interval lies wholly beyond the truth stays below (1 - level)/2 at each end also where
    few problems are discordant (docs/statistics.md). `freedom` takes Student's quantile with
    as many degrees for the normal one.
    Raises ValueError when level is not in (0, 1) or the correction negative.
    Source: Tango, Statistics in Medicine 17 (1998) 891-908, equations 24-26; its d there
    is -margin.
    """
    if not 0 < level < 1 or correction < 0:
        raise ValueError(f"needs 0 < level < 1 and correction >= 0, got {level}, {correction}")
    z = quantile((1 + level) / 2, freedom)

    def upper(gained: float, lost: float) -> float:
        def accepted(d: float) -> bool:
            excess = gained - lost - table.n * d + correction
            return excess >= -z * sqrt(table.n * null_variance(gained / table.n, lost / table.n, d))

        return 1.0 if accepted(1.0) else _last(accepted, (gained - lost) / table.n, 1.0)

    return -upper(table.lost, table.gained), upper(table.gained, table.lost)


def null_variance(gained: float, lost: float, d: float) -> float:
    """n times the variance of the difference where it is d, at least 0.

    `gained` and `lost` are shares of the problems; the likelihood is maximised over what
    the hypothesis leaves free, the share lost. Source: Tango 1998, equations 25 and 26.
    """
    b = -gained - lost + (2 - gained + lost) * d
    c = -lost * d * (1 - d)
    share_lost = (sqrt(max(0.0, b * b - 8 * c)) - b) / 4
    return max(0.0, 2 * share_lost + d * (1 - d))


class Flip(NamedTuple):
    """One problem in two runs: the chances, of one answer drawn from each, that only the second
    is right and that only the first is. Their difference is that of the shares of right answers."""

    gained: float
    lost: float

    @classmethod
    def of(cls, first: float, second: float) -> Flip:
        """Of the shares of right answers, in [0, 1]."""
        return cls(second * (1 - first), first * (1 - second))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """Two runs on the same problems, whatever their answers depend on.

    Answers to one problem depend on each other, and so may problems (of one template, of one
    original question): what hangs together is a cluster. Two tables of independent problems
    are made of them, and what holds for both is said.

        mean_c = sum of gained - lost in cluster c / problems in c       d = mean over problems
        k      = n^2 / sum_c n_c^2                                       clusters' worth
        var    = C/(C-1) sum_c n_c^2 (mean_c - d)^2 / n^2                of d, C clusters

    The first is of answers: g and l are the mean chances of a Flip, its number of problems such
    that the variance of d is `var`, (g + l - d^2)/n' = var. The second is of clusters, each
    an observation: n' = k, g + l = sum_c n_c mean_c^2 / n, g - l = d; it knows what the first
    does not, that as many clusters may all be alike by luck. Quantiles are Student's, C - 1.
    Chosen by coverage: docs/statistics.md.
    """

    flips: Sequence[Flip]
    """One for each problem, at least one."""
    clusters: Sequence[Hashable] = ()
    """Which cluster each problem is in; empty: each is its own."""
    answers: int = 1
    """The most answers to a problem in either run. With one, and without clusters, there is one
    table, of whole problems, and nothing is estimated."""

    def __post_init__(self) -> None:
        if not self.flips or (self.clusters and len(self.clusters) != len(self.flips)):
            raise ValueError("needs at least one problem, and a cluster for each or for none")

    @property
    def difference(self) -> float:
        """Second minus first, in [-1, 1]."""
        return fmean(each.gained - each.lost for each in self.flips)

    def tables(self) -> tuple[list[Discordance], int | None]:
        """The tables, and the degrees of freedom; None where nothing is estimated."""
        n, d = len(self.flips), self.difference
        gained, lost = (fmean(each[side] for each in self.flips) for side in (0, 1))
        if self.answers == 1 and len(set(self.clusters)) in (0, n):
            return [Discordance(n=n, gained=gained * n, lost=lost * n)], None
        sums: dict[Hashable, list[float]] = {}
        for each, cluster in zip(self.flips, self.clusters or range(n), strict=True):
            total = sums.setdefault(cluster, [0.0, 0.0])
            total[0] += 1
            total[1] += each.gained - each.lost
        worth = n * n / sum(size * size for size, _ in sums.values())
        freedom = len(sums) - 1
        if not freedom:
            return [], 0
        spread = sum((total - d * size) ** 2 for size, total in sums.values())
        variance = len(sums) / freedom * spread / (n * n)
        alone = gained + lost - d * d
        effective = worth  # where no answer differs, or every one alike
        if alone > 0:
            effective = min(alone / variance, self.answers * n) if variance else self.answers * n
        answers = Discordance(n=effective, gained=gained * effective, lost=lost * effective)
        square = sum(total * total / size for size, total in sums.values()) / n
        square = max(square, abs(d))  # of small differences all one way: the table has d as well
        of_clusters = Discordance(
            n=worth, gained=(square + d) / 2 * worth, lost=(square - d) / 2 * worth
        )
        return [answers, of_clusters], freedom

    def bounds(self, level: float = 0.95, correction: float = 0.0) -> tuple[float, float]:
        """(low, high) of the difference: the wider of the tables' score intervals; `correction`
        is in problems. One cluster tells nothing: (-1, 1)."""
        tables, freedom = self.tables()
        n = len(self.flips)
        each = [score_bounds(t, level, correction * t.n / n, freedom) for t in tables]
        return (min(low for low, _ in each), max(high for _, high in each)) if each else (-1.0, 1.0)

    def p(self) -> float:
        """The two-sided p value of no difference: McNemar's exact one of whole problems, else
        the larger of the tables' score tests, (g - l)/sqrt(g + l); 1 for one cluster."""
        tables, freedom = self.tables()
        if freedom is None:
            return mcnemar(round(tables[0].gained), round(tables[0].lost))
        return max((_score_p(each, freedom) for each in tables), default=1.0)

    def designs(self, alpha: float, margin: float = 0.0) -> list[tuple[Design, float]]:
        """What each table promises for more problems: its design at `alpha`, one-sided, and how
        many problems one of it is worth."""
        tables, freedom = self.tables()
        n = len(self.flips)
        return [
            (
                Design(
                    discordance=max(0.0, t.share - abs(t.difference)),
                    margin=margin,
                    alpha=alpha,
                    freedom=freedom,
                ),
                n / t.n,
            )
            for t in tables
        ]

    def detectable(self, alpha: float, margin: float = 0.0) -> float | None:
        """The smallest drop that is told from the margin `POWER` of the time, as `Design`."""
        n = len(self.flips)
        drops = [
            design.detectable(n / worth, 1 / worth) for design, worth in self.designs(alpha, margin)
        ]
        return None if not drops or None in drops else max(each for each in drops if each)

    def needed(self, drop: float, alpha: float, margin: float = 0.0) -> int | None:
        """Problems that tell a true drop of that size from the margin, as `Design.needed`."""
        counts = [
            (design.needed(drop, 1 / worth), worth) for design, worth in self.designs(alpha, margin)
        ]
        whole = [ceil(count * worth) for count, worth in counts if count is not None]
        return max(whole) if whole and len(whole) == len(counts) else None


def _score_p(table: Discordance, freedom: int) -> float:
    discordant = table.gained + table.lost
    if discordant <= 0:
        return 1.0
    t = abs(table.gained - table.lost) / sqrt(discordant)
    return min(1.0, 2 * student_tail(t, freedom))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values adjusted for being that many, in their order, each in [0, 1].

    Calling those below alpha different is wrong for one or more of them at most alpha of
    the time, whatever hangs together. Source: Holm, Scand. J. Statistics 6 (1979) 65-70.
    """
    adjusted = [0.0] * len(p_values)
    so_far = 0.0
    ordered = sorted(range(len(p_values)), key=lambda index: p_values[index])
    for rank, index in enumerate(ordered):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = so_far
    return adjusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A one-sided score test that the difference lies below -margin, with correction 1."""

    discordance: float
    """The share of problems that two such runs would disagree about if neither were better, in
    [0, 1]: a drop comes on top of it."""
    margin: float = 0.0
    """A fraction, not negative: the drop that is allowed."""
    alpha: float = 0.05
    """One-sided, in (0, 0.5)."""
    freedom: int | None = None
    """Student's degrees of freedom; None: the normal quantile."""

    def needed(self, drop: float, correction: float = 1.0) -> int | None:
        """Problems with which a true drop of that size is told from the margin `POWER` of
        the time: beyond it where the drop is greater, within it where it is smaller. None at
        the margin itself, where no number would do.
        """
        gap = abs(drop - self.margin)
        if gap < 1e-12:
            return None
        noise = self._noise(drop)
        lattice = _LATTICE + correction
        root = (noise + sqrt(noise * noise + 4 * gap * lattice)) / (2 * gap)
        return max(1, int(root * root) + 1)

    def detectable(self, n: float, correction: float = 1.0) -> float | None:
        """The smallest drop that n problems show to be beyond the margin, `POWER` of the
        time, a fraction; None where not even a drop to nothing would show."""

        def hidden(drop: float) -> bool:
            noise = self._noise(drop) * sqrt(n)
            return (drop - self.margin) * n < noise + _LATTICE + correction

        return None if hidden(1.0) else _last(hidden, self.margin, 1.0)

    def _noise(self, drop: float) -> float:
        """How many standard errors of one problem the two must be apart."""
        share = max(min(1.0, self.discordance + abs(drop)), self.margin)
        gained, lost = (share - drop) / 2, (share + drop) / 2
        null = sqrt(null_variance(gained, lost, -self.margin))
        true = sqrt(share - drop * drop)
        if self.freedom is not None:  # what clusters show of the variance knows no hypothesis
            null = max(null, true)
        return quantile(1 - self.alpha, self.freedom) * null + quantile(POWER, None) * true


def _last(holds: Callable[[float], bool], low: float, high: float) -> float:
    """The end of what holds, between `low`, where it does, and `high`, where it does not."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return (low + high) / 2
