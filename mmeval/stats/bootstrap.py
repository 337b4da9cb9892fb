"""Bootstrap intervals of differences between two sets whose rows share origins.

Rows made from one question are not independent, and two sets made from the same questions
are not independent of each other. So questions are drawn, not rows: a question drawn
twice brings all its rows twice, in both sets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVEL = 0.95
RESAMPLES = 2_000


class Clustered(Protocol):
    """Values, each with the origin of its row; rows of one origin are drawn together."""

    @property
    def values(self) -> Sequence[float]: ...

    @property
    def origins(self) -> Sequence[str]: ...


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


DRAWS = 10_000
SEED = 0
_CELLS = 1 << 22
"""Weights that are held at a time."""

Statistic = Literal["mean", "median"]


def interval_of(
    two: tuple[Clustered, Clustered], statistic: Statistic, ratio: bool, seed: int = SEED
) -> Callable[[float], tuple[float, float]]:
    """Level -> percentiles of the first minus, or over, the second statistic.

    The draws are made once, at the first call. A draw in which a set has no row is left out.
    """
    drawn: list[NDArray[np.float64]] = []

    def bounds(level: float) -> tuple[float, float]:
        import numpy as np

        if not drawn:
            drawn.append(draws_of(two, statistic, ratio, seed))
        low, high = np.quantile(drawn[0], [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    return bounds


def draws_of(
    two: tuple[Clustered, Clustered], statistic: Statistic, ratio: bool, seed: int
) -> NDArray[np.float64]:
    """The bootstrap's values, `DRAWS` of them or fewer."""
    import numpy as np

    names = {name: i for i, name in enumerate(dict.fromkeys((*two[0].origins, *two[1].origins)))}
    sets = [_placed(each, names) for each in two]
    rng = np.random.default_rng(seed)
    step = max(1, _CELLS // max(len(names), *(len(values) for values, _ in sets)))
    parts = []
    for start in range(0, DRAWS, step):
        size = min(step, DRAWS - start)
        counts = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=size)
        one, other = (_statistic(counts, each, statistic) for each in sets)
        parts.append(one / other if ratio else one - other)
    values: NDArray[np.float64] = np.concatenate(parts)
    finite: NDArray[np.float64] = values[np.isfinite(values)]
    return finite


def _placed(
    samples: Clustered, names: dict[str, int]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The values in rising order, and the place of each one's question among all."""
    import numpy as np

    values = np.asarray(samples.values, dtype=float)
    order = np.argsort(values, kind="stable")
    places = np.array([names[each] for each in samples.origins], dtype=np.int64)
    return values[order], places[order]


def _statistic(
    counts: NDArray[np.int64],
    placed: tuple[NDArray[np.float64], NDArray[np.int64]],
    statistic: Statistic,
) -> NDArray[np.float64]:
    """Of each draw; NaN where it has no row of the set."""
    import numpy as np

    values, places = placed
    weights = counts[:, places]
    total = weights.sum(axis=1)
    if statistic == "mean":
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: NDArray[np.float64] = (weights @ values) / total
        return mean
    # The middle two of the rows drawn, in rising order, as for any median of a list.
    reached = np.cumsum(weights, axis=1)
    middle = np.zeros(len(counts))
    for rank in ((total + 1) // 2, total // 2 + 1):
        place = np.minimum((reached < rank[:, None]).sum(axis=1), len(values) - 1)
        middle += values[place] / 2
    return np.where(total > 0, middle, np.nan)


def bootstrap_bounds(
    differences: Sequence[float],
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 10_000,
) -> tuple[float, float]:
    """(low, high) of the mean difference: percentiles of means of problems drawn anew.

    Problems with the same difference are alike, so a draw is one of a multinomial: as
    exact as drawing each problem, and 100 times as fast. Raises ValueError when there is
    no problem.
    """
    import numpy as np

    if not differences:
        raise ValueError("there are no problems to compare")
    counts = sorted(Counter(differences).items())
    values = np.array([value for value, _ in counts], dtype=float)
    shares = np.array([count for _, count in counts], dtype=float) / len(differences)
    means = rng.multinomial(len(differences), shares, size=draws) @ values / len(differences)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


_CELLS = 1 << 20
"""Drawn questions that are held at a time."""


def _bootstrap(
    sums: NDArray[np.float64], counts: NDArray[np.int64], seed: int, draws: int
) -> tuple[float, float]:
    """Percentiles of the mean over as many questions as there are, drawn with return."""
    import numpy as np

    rng = np.random.default_rng(seed)
    size, means = len(sums), []
    step = max(1, _CELLS // size)
    for start in range(0, draws, step):
        drawn = rng.integers(size, size=(min(step, draws - start), size), dtype=np.int32)
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return float(low), float(high)
