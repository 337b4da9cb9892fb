"""Bootstrap intervals of differences between two sets whose rows share origins.

Rows made from one question are not independent, and two sets made from the same questions
are not independent of each other. So questions are drawn, not rows: a question drawn
twice brings all its rows twice, in both sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LEVEL = 0.95
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Values with the origin of each."""

    values: Sequence[float]
    origins: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference of medians with its percentile interval."""

    value: float
    low: float
    high: float
    shared: int
    """Origins that have rows in both sets: with all of them shared, it is a paired test."""


def median_difference(
    new: Sample, reference: Sample, seed: int = 0, resamples: int = RESAMPLES
) -> Difference:
    """median(new) - median(reference), 95 % interval between percentiles of resamples.

    Origins are drawn with replacement among those that only `new` has, only `reference`
    has, and both have, so many of each as there are: no resample lacks a set. The result
    is a function of the values, their origins and the seed, whatever their order.
    Raises ValueError when a set is empty. Source: Davison and Hinkley, Bootstrap Methods
    (1997), sections 2.2 and 3.8 (resampling clusters).
    """
    import numpy as np

    if not new.values or not reference.values:
        raise ValueError("a difference needs values in both sets")
    mine, theirs = set(new.origins), set(reference.origins)
    strata = [sorted(mine - theirs), sorted(mine & theirs), sorted(theirs - mine)]
    places = {origin: i for i, origin in enumerate([each for s in strata for each in s])}
    sides = [_prepared(side, places) for side in (new, reference)]
    once = np.ones(len(places), dtype=np.int64)
    value = _median(sides[0], once) - _median(sides[1], once)
    random = np.random.default_rng(seed)
    drawn = np.empty(resamples)
    for i in range(resamples):
        counts = np.concatenate(
            [np.bincount(random.integers(0, len(s), len(s)), minlength=len(s)) for s in strata if s]
        )
        drawn[i] = _median(sides[0], counts) - _median(sides[1], counts)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Difference(value=value, low=float(low), high=float(high), shared=len(strata[1]))


def _prepared(sample: Sample, places: dict[str, int]) -> tuple[Any, Any]:
    """(values ascending, the place of each one's origin)."""
    import numpy as np

    pairs = sorted(zip(sample.values, map(places.__getitem__, sample.origins), strict=True))
    values, origins = zip(*pairs, strict=True)
    return np.asarray(values, dtype=np.float64), np.asarray(origins)


def _median(side: tuple[Any, Any], counts: Any) -> float:
    """The median of the values, each repeated as often as its origin was drawn."""
    import numpy as np

    values, origins = side
    upto = np.cumsum(counts[origins])
    total = int(upto[-1])
    lower, upper = np.searchsorted(upto, [(total - 1) // 2, total // 2], side="right")
    return float(values[lower] + values[upper]) / 2
