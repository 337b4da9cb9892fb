"""Two sets of rows compared by a bootstrap that draws original questions, not rows.

Rows made from one question are alike, in one set and across both, so a draw takes all rows
of a question or none: the sets stay as paired as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from mmeval.data_reports import Samples

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS = 10_000
SEED = 0
_CELLS = 1 << 22
"""Weights that are held at a time."""

Statistic = Literal["mean", "median"]


def interval_of(
    two: tuple[Samples, Samples], statistic: Statistic, ratio: bool, seed: int = SEED
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
    two: tuple[Samples, Samples], statistic: Statistic, ratio: bool, seed: int
) -> NDArray[np.float64]:
    """The bootstrap's values, `DRAWS` of them or fewer."""
    import numpy as np

    names = {name: i for i, name in enumerate(dict.fromkeys(two[0].originals + two[1].originals))}
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
    samples: Samples, names: dict[str, int]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The values in rising order, and the place of each one's question among all."""
    import numpy as np

    values = np.asarray(samples.values, dtype=float)
    order = np.argsort(values, kind="stable")
    places = np.array([names[each] for each in samples.originals], dtype=np.int64)
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
