"""Intervals for shares; every one is a pure function of counts. Two runs: `paired.py`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp, fsum, lgamma, log, log1p, sqrt
from statistics import NormalDist


def wilson(right: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """(low, high) of the Wilson score interval of right/n, fractions in [0, 1].

    `low` is exactly 0 when right is 0, `high` exactly 1 when right is n. No continuity
    correction: the same as scipy's `binomtest(right, n).proportion_ci(level, "wilson")`.
    Raises ValueError when n is not positive, right is not in [0, n] or level not in (0, 1).
    Source: Wilson, JASA 22 (1927) 209-212.
    """
    if n < 1 or not 0 <= right <= n:
        raise ValueError(f"needs 0 <= right <= n and n >= 1, got right={right}, n={n}")
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), got {level}")
    return _score(right / n, n, NormalDist().inv_cdf((1 + level) / 2))


def _score(share: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's formula, of a number of answers that need not be whole."""
    spread = z * z / n
    centre = share + spread / 2
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n))
    low = 0.0 if share == 0 else (centre - half) / (1 + spread)
    high = 1.0 if share == 1 else (centre + half) / (1 + spread)
    return low, high


def difference_bounds(
    first: tuple[int, int], second: tuple[int, int], level: float = 0.95
) -> tuple[float, float]:
    """(low, high) of second minus first share, each (right, n), of two separate samples.

    Newcombe's hybrid of the two Wilson intervals, fractions in [-1, 1]; the same as his
    method 10. For answers to the same problems `paired.score_bounds` is narrower. Raises
    ValueError as `wilson` does. Source: Newcombe, Statistics in Medicine 17 (1998) 873-890.
    """
    one, two = (right / n for right, n in (first, second))
    (low_one, high_one), (low_two, high_two) = (
        wilson(right, n, level) for right, n in (first, second)
    )
    difference = two - one
    return (
        difference - sqrt((two - low_two) ** 2 + (high_one - one) ** 2),
        difference + sqrt((high_two - two) ** 2 + (one - low_one) ** 2),
    )


def wilson_coverage(n: int, p: float, level: float = 0.95) -> float:
    """How often the Wilson interval of n answers holds a true share p, in [0, 1].

    Exact: the binomial chances of the counts whose interval holds p, added up. It lies
    around `level`, and far below it for one p near 0 or 1 (docs/statistics.md).
    Raises ValueError when p is not in (0, 1), and as `wilson` does.
    """
    if not 0 < p < 1:
        raise ValueError(f"p must be in (0, 1), got {p}")
    intervals = ((right, *wilson(right, n, level)) for right in range(n + 1))
    return min(1.0, sum(_chance(right, n, p) for right, low, high in intervals if low <= p <= high))


def _chance(right: int, n: int, p: float) -> float:
    """The binomial chance of `right` of n, by logarithms: n may be many thousands."""
    ways = lgamma(n + 1) - lgamma(right + 1) - lgamma(n - right + 1)
    return exp(ways + right * log(p) + (n - right) * log1p(-p))


def clustered(clusters: Sequence[tuple[float, int]], level: float = 0.95) -> tuple[float, float]:
    """(low, high) of total right / total asked, for answers that are not independent.

    Each of C clusters has (right, asked): the answers to one problem, or to the problems of one
    template. With p the share, n all answers and k = n^2 / sum asked^2 (the clusters' worth),

        variance = C/(C-1) * sum_c (right_c - p * asked_c)^2 / n^2
        design   = variance / (p (1 - p) / k)           in [k/n, 1]: 1 where a cluster is all one
        m        = (sum_c rare_c)^2 / sum_c rare_c^2    rare_c: right, or not right if that is rarer
        design   -> design + (1 - design) * (PRIOR / (PRIOR + m))^2

    and Wilson's interval of k / design independent answers, with Student's quantile of C - 1.
    m is how many clusters the rarer kind of answer is spread over. The last step supposes that
    answers of a cluster are alike as far as nothing says that they are not: a variance that
    rests on few clusters is taken for too small. With one answer a cluster it is Wilson's own; a
    single cluster tells nothing. `right` may be a sum of values in [0, 1]. Chosen by coverage:
    docs/statistics.md.
    """
    c, n = len(clusters), sum(asked for _, asked in clusters)
    right = fsum(each for each, _ in clusters)  # exact: in any order the same
    if n == c and all(each in (0, 1) for each, _ in clusters):
        return wilson(round(right), n, level)
    if c < 2:
        return 0.0, 1.0
    share = min(1.0, right / n)
    worth = n * n / sum(asked * asked for _, asked in clusters)
    spread = fsum((each - share * asked) ** 2 for each, asked in clusters)
    variance = c / (c - 1) * spread / (n * n)
    alone = share * (1 - share) / worth
    design = min(1.0, max(variance / alone, worth / n)) if alone > 0 else 1.0
    rare = [each if share <= 0.5 else asked - each for each, asked in clusters]
    square = fsum(each * each for each in rare)
    spread_over = fsum(rare) ** 2 / square if square else 0.0
    design += (1 - design) * (PRIOR / (PRIOR + spread_over)) ** 2
    return _score(share, worth / design, quantile((1 + level) / 2, c - 1))


PRIOR = 3.0
"""Clusters' worth of belief that all answers of a cluster are alike, in `clustered`."""


@lru_cache(maxsize=4096)
def quantile(share: float, freedom: int | None) -> float:
    """Student's quantile with that many degrees of freedom, at least 1; None: the normal one.

    Without scipy, which judging a run does not need otherwise: the value of which `student_tail`
    is 1 - share, by halving; the same as `scipy.special.stdtrit` to 1e-9 relative.
    """
    if freedom is None:
        return NormalDist().inv_cdf(share)
    if share < 0.5:
        return -quantile(1 - share, freedom)
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > 1 - share:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, freedom) > 1 - share else (low, middle)
    return (low + high) / 2


def student_tail(t: float, freedom: int) -> float:
    """P(T > t) of Student's T, t >= 0: half the incomplete beta function I_x(freedom/2, 1/2) at
    x = freedom/(freedom + t^2), by its continued fraction (Abramowitz and Stegun 26.5.8)."""
    a, b, x = freedom / 2, 0.5, freedom / (freedom + t * t)
    if x >= 1:
        return 0.5
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):  # where the fraction converges fast
        return front * _beta_fraction(x, a, b) / a / 2
    return (1 - front * _beta_fraction(1 - x, b, a) / b) / 2


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
    value = d
    for m in range(1, 10_000):
        step = 1.0
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + numerator * d) or tiny)
            c = (1 + numerator / c) or tiny
            step = c * d
            value *= step
        if abs(step - 1) < 1e-15:
            break
    return value
