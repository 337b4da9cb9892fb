"""Exact nearest neighbours by squared Euclidean distance, in memory that does not grow.

The work is one matrix product of blocks at float32, at the speed of the machine's own.
It only proposes: every base point that its rounding error leaves in the race is measured
again at float64 from the given numbers, so that neither the order of the points nor the
size of the blocks nor the machine's matrix library can change who wins, and a distance is
what two nested loops give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mmeval.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNIT = 2.0**-24
"""The relative rounding error of float32."""
LARGEST = 1e15
"""Numbers beyond it would overflow when they are squared and added up at float32."""
PAIRS_BYTES = 1 << 25
"""What the float64 measuring of proposed pairs may take at a time."""


class Vectors(Protocol):
    """Points in a space, read piece by piece; an array, a file, a cache."""

    @property
    def shape(self) -> tuple[int, int]:
        """(points, numbers of each)."""
        ...

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """The points [start, stop) as an array of its own."""
        ...


@dataclass(frozen=True, slots=True)
class ArrayVectors:
    """Points that are in memory."""

    array: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """(points, numbers of each)."""
        return (int(self.array.shape[0]), int(self.array.shape[1]))

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """The points [start, stop), the array's own memory."""
        return self.array[start:stop]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The nearest base point of every new one."""

    index: NDArray[np.int64]
    """Its position in the base, the lowest of equally near ones; -1 where every base
    point was excluded."""
    distance: NDArray[np.float64]
    """Squared Euclidean distance, at least 0; infinite where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How a search goes about it; nothing here changes what is found."""

    new_rows: int = 2048
    """New points at a time, at least 1."""
    base_rows: int = 8192
    """Base points at a time, at least 1. Both together: new_rows x base_rows x 4 bytes."""
    advance: Callable[[int], None] = lambda done: None
    """Called with the number of new points that a finished block had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Base points that do not count for some new ones: those of the same group."""

    new: NDArray[np.int64]
    base: NDArray[np.int64]


def nearest(
    new: Vectors, base: Vectors, search: Search | None = None, apart: Groups | None = None
) -> Nearest:
    """The nearest base point of every new point.

    With `apart`, base points of a new point's own group are passed over. Memory is a few
    blocks and 16 bytes a new point. Raises ValueError for an empty set or sets of other
    dimensions, DataError for a number that is not finite or beyond `LARGEST`.
    """
    import numpy as np

    search = search or Search()
    (rows, size), (base_rows, base_size) = new.shape, base.shape
    if not rows or not base_rows:
        raise ValueError(f"needs points on both sides, got {rows} new and {base_rows} base")
    if size != base_size:
        raise ValueError(f"new points have {size} numbers, base points {base_size}")
    found = Nearest(index=np.full(rows, -1), distance=np.full(rows, np.inf))
    shift = _checked(base, 0, min(base_rows, search.base_rows)).mean(axis=0, dtype=np.float64)
    shift = shift.astype(np.float32)
    for start in range(0, rows, search.new_rows):
        stop = min(rows, start + search.new_rows)
        block = _NewBlock(_checked(new, start, stop), shift, search.base_rows)
        if apart is not None:
            block.groups = apart.new[start:stop]
        for first in range(0, base_rows, search.base_rows):
            last = min(base_rows, first + search.base_rows)
            groups = None if apart is None else apart.base[first:last]
            block.against(_checked(base, first, last), first, groups)
        found.index[start:stop], found.distance[start:stop] = block.index, block.distance
        search.advance(stop - start)
    return found


def _checked(vectors: Vectors, start: int, stop: int) -> NDArray[np.float32]:
    import numpy as np

    block = vectors.read(start, stop)
    largest = max(float(block.max()), -float(block.min()))
    if not largest <= LARGEST:  # NaN compares false
        rows = np.flatnonzero(~(np.abs(block) <= LARGEST).all(axis=1))
        raise DataError(
            f"point {start + int(rows[0])} holds a number that is not finite or beyond "
            f"{LARGEST:g}: {block[rows[0]].min()} to {block[rows[0]].max()}"
        )
    return block


class _NewBlock:
    """Some new points, and the nearest base point of each so far.

    The matrix product gives half the squared distance but for the new point's own norm,
    |b|^2/2 - n.b, both shifted by the same point to make the numbers small: one column
    more holds |b|^2/2, so that nothing has to be added afterwards.
    """

    def __init__(
        self, points: NDArray[np.float32], shift: NDArray[np.float32], base_rows: int
    ) -> None:
        import numpy as np

        rows, size = points.shape
        self.points = points
        self.groups: NDArray[np.int64] | None = None
        self.index = np.full(rows, -1)
        self.distance = np.full(rows, np.inf)
        self._shift = shift
        self._left = np.ones((rows, size + 1), dtype=np.float32)
        np.subtract(points, shift, out=self._left[:, :size])
        self._norm = _norms(self._left[:, :size])
        self._best = np.full(rows, np.inf, dtype=np.float32)
        self._longest = 0.0
        # Made once: memory that is given back and taken anew has to be zeroed each time.
        self._right = np.empty((base_rows, size + 1), dtype=np.float32)
        self._scores = np.empty((rows, base_rows), dtype=np.float32)

    def against(
        self, base: NDArray[np.float32], first: int, groups: NDArray[np.int64] | None
    ) -> None:
        """Takes the base points at `first`, `first + 1`, ... into account."""
        import numpy as np

        size = base.shape[1]
        right, scores = self._right[: len(base)], self._scores[:, : len(base)]
        np.subtract(self._shift, base, out=right[:, :size])
        norm = _norms(right[:, :size])
        right[:, size] = norm * norm / 2
        self._longest = max(self._longest, float(norm.max()))
        np.matmul(self._left, right.T, out=scores)
        if groups is not None and self.groups is not None:
            scores[self.groups[:, None] == groups[None, :]] = np.inf
        least = scores.min(axis=1)
        self._best = np.minimum(self._best, least)
        bar = self._best + self._margin()
        rows = np.flatnonzero((least <= bar) & np.isfinite(least))
        at, columns = np.nonzero(scores[rows] <= bar[rows, None])
        self._measure(base, rows[at], columns, first)

    def _margin(self) -> NDArray[np.float32]:
        """By how much two scores may be apart and the other point still be the nearer.

        Twice the greatest error of one score: that of a float32 dot product of K terms in
        any order is below K u/(1 - K u) times the sum of their sizes (Higham 2002, 3.1),
        and the shift has rounded both points.
        """
        import numpy as np

        terms = (self._left.shape[1] + 2) * UNIT
        terms /= 1 - terms
        both = self._norm + self._longest
        error = terms * (self._norm * self._longest + self._longest**2) + 2 * UNIT * both**2
        margin: NDArray[np.float32] = (2 * error).astype(np.float32)
        return margin

    def _measure(
        self,
        base: NDArray[np.float32],
        rows: NDArray[np.intp],
        columns: NDArray[np.intp],
        first: int,
    ) -> None:
        """Measures proposed pairs at float64 and keeps what is nearer, or as near and of a
        lower position."""
        import numpy as np

        step = max(1, PAIRS_BYTES // (8 * base.shape[1]))
        for start in range(0, len(rows), step):
            at, column = rows[start : start + step], columns[start : start + step]
            apart = self.points[at].astype(np.float64) - base[column]
            distance = np.einsum("ij,ij->i", apart, apart)
            order = np.lexsort((column, distance, at))
            at, head = np.unique(at[order], return_index=True)
            distance, index = distance[order][head], column[order][head] + first
            better = (distance < self.distance[at]) | (
                (distance == self.distance[at]) & (index < self.index[at])
            )
            self.distance[at[better]] = distance[better]
            self.index[at[better]] = index[better]


def _norms(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Lengths of the rows, rounded once."""
    import numpy as np

    squares: NDArray[np.float64] = np.einsum("ij,ij->i", points, points, dtype=np.float64)
    return np.sqrt(squares)
