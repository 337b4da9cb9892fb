"""Two runs on the same problems: tests, intervals and sample sizes of their difference.

Of n problems, `gained` are right in the second run alone and `lost` in the first alone;
the difference is (gained - lost)/n, second minus first, a fraction in [-1, 1]. Problems
that are right in both or in neither carry no information about it, so a paired comparison has a
half to a third of the noise of two separate accuracies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

POWER = 0.8
"""The share of the time that a difference called detectable is detected."""
_LATTICE = 2.0
"""Problems by which a difference must be greater than the normal formula says: one for
the correction, one because counts are whole."""
_STEPS = 60
"""Halvings of an interval of length 1 that leave nothing a float can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discordance:
    """How many problems two runs disagree about."""

    n: int
    """Problems compared, at least 1."""
    gained: int
    """Right in the second run alone."""
    lost: int
    """Right in the first run alone."""

    def __post_init__(self) -> None:
        if self.n < 1 or min(self.gained, self.lost) < 0 or self.gained + self.lost > self.n:
            raise ValueError(f"needs n >= 1 and gained + lost <= n, none negative, got {self}")

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
    table: Discordance, level: float = 0.95, correction: float = 0.0
) -> tuple[float, float]:
    """(low, high) of Tango's score interval of the difference, two-sided at `level`.

    The values d that the score test of H0: difference = d accepts, its variance estimated
    under H0. One end of it is the one-sided bound at (1 + level)/2. `correction` 0 is
    Tango's own; 1 moves each end out by one problem, with which the chance that the
    interval lies wholly beyond the truth stays below (1 - level)/2 at each end also where
    few problems are discordant (docs/statistics.md).
    Raises ValueError when level is not in (0, 1) or the correction negative.
    Source: Tango, Statistics in Medicine 17 (1998) 891-908, equations 24-26; its d there
    is -margin.
    """
    if not 0 < level < 1 or correction < 0:
        raise ValueError(f"needs 0 < level < 1 and correction >= 0, got {level}, {correction}")
    z = NormalDist().inv_cdf((1 + level) / 2)

    def upper(gained: int, lost: int) -> float:
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


def mean_bounds(differences: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """(low, high) of the mean of one difference per problem, a normal interval in [-1, 1].

    For several answers per problem, where the difference of a problem is one of shares;
    its error is clustered by problem, for answers to one problem are not independent.
    One problem gives no information: (-1, 1). Raises ValueError when there are none.
    """
    mean, error = mean_error(differences)
    if error is None:
        return -1.0, 1.0
    half = NormalDist().inv_cdf((1 + level) / 2) * error
    return max(-1.0, mean - half), min(1.0, mean + half)


def mean_error(differences: Sequence[float]) -> tuple[float, float | None]:
    """The mean and its standard error, None for one problem; ValueError for none."""
    n = len(differences)
    if not n:
        raise ValueError("there are no problems to compare")
    mean = sum(differences) / n
    if n == 1:
        return mean, None
    return mean, sqrt(sum((each - mean) ** 2 for each in differences) / (n - 1) / n)


def mean_p(differences: Sequence[float]) -> float:
    """The two-sided p value of a mean of 0, normal, in [0, 1]; 1 where nothing differs."""
    mean, error = mean_error(differences)
    if not error:
        return 1.0
    return 2 * NormalDist().cdf(-abs(mean) / error)


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
    """The share of problems that two such runs disagree about, in [0, 1]."""
    margin: float = 0.0
    """A fraction, not negative: the drop that is allowed."""
    alpha: float = 0.05
    """One-sided, in (0, 0.5)."""

    def needed(self, drop: float) -> int | None:
        """Problems with which a true drop of that size is told from the margin `POWER` of
        the time: beyond it where the drop is greater, within it where it is smaller. None at
        the margin itself, where no number would do.
        """
        gap = abs(drop - self.margin)
        if gap < 1e-12:
            return None
        noise = self._noise(drop)
        root = (noise + sqrt(noise * noise + 4 * gap * _LATTICE)) / (2 * gap)
        return max(1, int(root * root) + 1)

    def detectable(self, n: int) -> float | None:
        """The smallest drop that n problems show to be beyond the margin, `POWER` of the
        time, a fraction; None where not even a drop to nothing would show."""

        def hidden(drop: float) -> bool:
            return (drop - self.margin) * n < self._noise(drop) * sqrt(n) + _LATTICE

        return None if hidden(1.0) else _last(hidden, self.margin, 1.0)

    def _noise(self, drop: float) -> float:
        """How many standard errors of one problem the two must be apart."""
        share = max(self.discordance, abs(drop), self.margin)  # a drop is discordance
        gained, lost = (share - drop) / 2, (share + drop) / 2
        null = sqrt(null_variance(gained, lost, -self.margin))
        true = sqrt(share - drop * drop)
        quantile = NormalDist().inv_cdf
        return quantile(1 - self.alpha) * null + quantile(POWER) * true


def _last(holds: Callable[[float], bool], low: float, high: float) -> float:
    """The end of what holds, between `low`, where it does, and `high`, where it does not."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return (low + high) / 2
