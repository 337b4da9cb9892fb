r"""The bootstrap of rows that share origins: one for every command that draws an interval.

Rows made from one question are not independent, and two sets made from the same questions
are not independent of each other. So questions are drawn, not rows: a question drawn twice
brings all its rows twice, in both sets. For resamples b = 1 ... B

    t_b = contrast(statistic(first set of b), statistic(second set of b))
    interval of level L = the (1 - L)/2 and (1 + L)/2 quantiles of t_1 ... t_B

The draws are stratified: the questions that only the first set has, that only the second
has and that both have are drawn apart, so many of each as there are. How many questions
each set has was fixed when the sets were made and is no part of the error, as in any problem
of two samples; and no resample lacks a set, so that none has to be left out. Where both
sets have the same questions there is one stratum, and it is the paired bootstrap.

Questions with equal values are alike, so a stratum is one multinomial draw over the
distinct ones: as exact as drawing each question, and for whole values of few kinds a
hundred times as fast. The distinct ones are sorted, so the result is a function of the
values, of which share an origin, and of the seed: neither the order of rows nor the names
of origins matter, and the difference of two sets taken the other way round has the ends of
the same interval with the other sign.

Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), sections 2.2
(percentiles: 5.3), 3.2 (several samples) and 3.8 (clusters).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVEL = 0.95
RESAMPLES = 10_000
"""So many that a family of 40 claims has draws beyond the ends that Holm's levels ask for."""
FEWEST = 6
"""Questions from which a 95 % interval can tell anything: of five, all on one side of a value
are so by chance in 2 / 2^5 = 6 % of draws, of six in 3 %."""
_CELLS = 1 << 21
"""Weights that are held at a time."""

_Kind = tuple[tuple[float, ...], ...]
"""What a question brings: its values in each set, in rising order."""


class Clustered(Protocol):
    """Values, each with the origin of its row; rows of one origin are drawn together."""

    @property
    def values(self) -> Sequence[float]: ...

    @property
    def origins(self) -> Sequence[Hashable]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Values with the origin of each."""

    values: Sequence[float]
    origins: Sequence[Hashable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Resamples of one set."""

    values: NDArray[np.float64]
    """In rising order, the rows of questions that are alike once."""
    places: NDArray[np.int64]
    """Of each value, the column of `counts`."""
    counts: NDArray[np.int64]
    """How often each distinct question was drawn; a row for each resample."""


Statistic = Callable[[Drawn], "NDArray[np.float64]"]
"""One number for each resample."""


def mean(drawn: Drawn) -> NDArray[np.float64]:
    """The mean of the rows drawn."""
    import numpy as np

    width = drawn.counts.shape[1]
    sums = np.bincount(drawn.places, weights=drawn.values, minlength=width)
    rows = np.bincount(drawn.places, minlength=width)
    means: NDArray[np.float64] = (drawn.counts @ sums) / (drawn.counts @ rows)
    return means


def median(drawn: Drawn) -> NDArray[np.float64]:
    """The mean of the middle two of the rows drawn, as for any median of a list."""
    import numpy as np

    reached = np.cumsum(drawn.counts[:, drawn.places], axis=1)
    total = reached[:, -1]
    lower, upper = (
        drawn.values[(reached < rank[:, None]).sum(axis=1)]
        for rank in ((total + 1) // 2, total // 2 + 1)
    )
    medians: NDArray[np.float64] = (lower + upper) / 2
    return medians


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """A number of one or two sets, and what it is in resamples of their questions."""

    value: float
    resampled: NDArray[np.float64]
    questions: int
    """Of the set that has the fewest."""

    @property
    def enough(self) -> bool:
        """Whether there are questions enough for an interval to mean anything."""
        return self.questions >= FEWEST

    def bounds(self, level: float = LEVEL) -> tuple[float, float]:
        """(low, high): percentiles of the resamples, between two by their distance."""
        import numpy as np

        low, high = np.quantile(self.resampled, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)


def bootstrap(
    sets: Sequence[Clustered],
    statistic: Statistic,
    contrast: Callable[[Any, Any], Any] | None = None,
    *,
    seed: int | np.random.Generator = 0,
    resamples: int = RESAMPLES,
) -> Bootstrap:
    """The statistic of one set, or the contrast of those of two, with its resamples.

    `contrast` is what is asked of two numbers, as `operator.sub` or `operator.truediv`.
    Raises ValueError when a set has no values.
    """
    import numpy as np

    if not all(len(each.values) for each in sets):
        raise ValueError("a bootstrap needs values in every set")
    kinds = _kinds(sets)
    sides = [_prepared([kind[i] for kind, _ in kinds]) for i in range(len(sets))]

    def of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        each = [statistic(Drawn(values=v, places=p, counts=counts)) for v, p in sides]
        contrasted: NDArray[np.float64] = each[0] if contrast is None else contrast(*each)
        return contrasted

    rng = np.random.default_rng(seed)
    strata = [
        np.array([times for _, times in some])
        for _, some in groupby(kinds, key=lambda each: _presence(each[0]))
    ]
    step = max(1, _CELLS // max(len(kinds), *(len(values) for values, _ in sides)))
    resampled = []
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        drawn = [rng.multinomial(each.sum(), each / each.sum(), size=size) for each in strata]
        resampled.append(of(np.concatenate(drawn, axis=1)))
    return Bootstrap(
        value=float(of(np.concatenate(strata)[None, :])[0]),
        resampled=np.concatenate(resampled),
        questions=min(len(set(each.origins)) for each in sets),
    )


def _kinds(sets: Sequence[Clustered]) -> list[tuple[_Kind, int]]:
    """The distinct questions and how many there are of each, stratum by stratum, in an order
    that is the same whichever set comes first."""
    rows: dict[Hashable, tuple[list[float], ...]] = {}
    for i, each in enumerate(sets):
        for value, origin in zip(each.values, each.origins, strict=True):
            rows.setdefault(origin, tuple([] for _ in sets))[i].append(value)
    kinds = Counter(tuple(tuple(sorted(values)) for values in each) for each in rows.values())
    order = sorted(range(len(sets)), key=lambda i: sorted(sets[i].values))

    def rank(each: tuple[_Kind, int]) -> tuple[tuple[bool, ...], _Kind]:
        turned = tuple(each[0][i] for i in order)
        return _presence(turned), turned

    return sorted(kinds.items(), key=rank)


def _presence(kind: _Kind) -> tuple[bool, ...]:
    """In which sets a question has rows."""
    return tuple(map(bool, kind))


def _prepared(
    kinds: Sequence[tuple[float, ...]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The values of one set in rising order, and whose each is."""
    import numpy as np

    values = np.array([value for kind in kinds for value in kind], dtype=np.float64)
    places = np.repeat(np.arange(len(kinds)), [len(kind) for kind in kinds])
    order = np.argsort(values, kind="stable")
    return values[order], places[order]
