r"""Diversity gain: how far new data lie from what there is.

    gain(new | base) = 1/M  sum over x_i in new of  min over x_j in base of |f(x_i) - f(x_j)|^2

with f an embedder and M the number of new items, copies included (MetaMath section 4.1,
after Bilmes 2022). It is a squared distance: 0 for data that are in the base already, at
most 4 for vectors of length 1, for which it is 2 - 2 cos. Greater is more diverse. It is
undefined, and an error, without new items or without a base.

Its interval draws original questions, not rows: rows made from one question are alike.
The base is taken as it is: the interval says how the gain would vary with other new data
of the same kind, not with another base.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, isfinite
from typing import TYPE_CHECKING

from mmeval.stats.bootstrap import Sample, bootstrap, mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS = 2000
"""Bootstrap samples: an end of the interval is then known to about 3 % of its width, and
a curve has many intervals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """The diversity gain of some items, with its 95 % interval."""

    n: int
    """Items, at least 1."""
    questions: int
    """Distinct original questions among them: what the interval was drawn from."""
    gain: float
    """Mean squared distance, at least 0."""
    low: float | None
    """The 2.5th percentile of the bootstrap, by original question; None of fewer questions
    than `FEWEST`, which cannot show anything."""
    high: float | None
    """The 97.5th."""


def measure_gain(
    distances: Sequence[float] | NDArray[np.float64],
    questions: Sequence[int] | NDArray[np.int64],
    seed: int,
    draws: int = DRAWS,
) -> Gain:
    """The gain of items at these squared distances, and made from these questions.

    `questions` numbers the original question of each item; equal numbers, equal question.
    Neither the order of the items nor how the questions are numbered matters. Raises
    ValueError when there is no item or a distance is not finite.
    """
    values = [float(each) for each in distances]
    if not values:
        raise ValueError("there are no new items")
    if not all(isfinite(each) for each in values):
        raise ValueError("a distance is not finite")
    sample = Sample(values=values, origins=[int(each) for each in questions])
    drawn = bootstrap((sample,), mean, seed=seed, resamples=draws)
    low, high = drawn.bounds() if drawn.enough else (None, None)
    return Gain(
        n=len(values),
        questions=len(set(sample.origins)),
        gain=fsum(values) / len(values),  # exact, so the order cannot matter
        low=low,
        high=high,
    )


def sizes_up_to(total: int, steps: int) -> list[int]:
    """Sizes for a curve: `steps` doublings that end at the total, each at least 1."""
    if total < 1 or steps < 1:
        raise ValueError(f"needs a total and steps of at least 1, got {total} and {steps}")
    return sorted({max(1, total >> halvings) for halvings in range(steps)})
