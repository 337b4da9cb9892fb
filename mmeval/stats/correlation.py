"""Pearson's r of a few points: its value, Fisher's interval and the permutation test."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import permutations
from math import atanh, sqrt, tanh
from statistics import NormalDist
from statistics import correlation as _statistics_correlation

EXACT = 7
"""Points up to which every order is tried: 5,040."""
ORDERS = 9_999
"""Orders drawn for more points."""
_CLOSE = 1e-9
"""Relative difference up to which two orders have one r."""


def correlation(pairs: Sequence[tuple[float, float]]) -> float:
    """Pearson's r, in [-1, 1]. Raises ValueError for fewer than two pairs, and where one side
    is constant."""
    return _statistics_correlation([x for x, _ in pairs], [y for _, y in pairs])


def fisher_bounds(r: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """(low, high) of a correlation of n points by Fisher's z; (-1, 1) for fewer than four.

    It supposes that the points are a sample of pairs that are normal together, and says
    nothing of the error of each point. Raises ValueError when r is not in [-1, 1].
    Source: Fisher, Biometrika 10 (1915) 507-521.
    """
    if not -1 <= r <= 1:
        raise ValueError(f"r must be in [-1, 1], got {r}")
    if n < 4 or abs(r) == 1:
        return (-1.0, 1.0) if n < 4 else (r, r)
    half = NormalDist().inv_cdf((1 + level) / 2) / sqrt(n - 3)
    return tanh(atanh(r) - half), tanh(atanh(r) + half)


def permutation_p(points: Sequence[tuple[float, float]], seed: int = 0) -> tuple[float, float]:
    """(p, the smallest p that as many points can show): two-sided, of no relation.

    Twice the smaller of the two shares of all orders of the second values, those whose r is at
    least as high and those whose r is at least as low: of n points never below 2/n!, which is
    1/12 of four. Of more than `EXACT` points 2 (1 + b)/(1 + B) for b of B drawn orders. Raises
    ValueError as `correlation` does.
    """
    xs, ys = [x for x, _ in points], [y for _, y in points]
    correlation(points)  # refuses a constant side
    mean = sum(xs) / len(xs)
    centred = [x - mean for x in xs]

    def product(order: Sequence[float]) -> float:
        return sum(x * y for x, y in zip(centred, order, strict=True))

    exact = len(points) <= EXACT
    draw = random.Random(seed)
    orders = permutations(ys) if exact else (draw.sample(ys, len(ys)) for _ in range(ORDERS))
    seen = product(ys)
    close = _CLOSE * max(1.0, abs(seen))
    apart = [product(order) - seen for order in orders]
    fewer = min(sum(each >= -close for each in apart), sum(each <= close for each in apart))
    added = 0 if exact else 1
    total = len(apart) + added
    return min(1.0, 2 * (fewer + added) / total), min(1.0, 2 / total)
