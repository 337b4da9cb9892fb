"""Intervals for shares; every one is a pure function of counts."""

from __future__ import annotations

from math import sqrt
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
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, spread = right / n, z * z / n
    centre = share + spread / 2
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n))
    low = 0.0 if right == 0 else (centre - half) / (1 + spread)
    high = 1.0 if right == n else (centre + half) / (1 + spread)
    return low, high
