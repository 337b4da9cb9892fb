"""Exact nearest neighbours by squared Euclidean distance, in memory that does not grow.

The work is one matrix product of blocks at float32, at the speed of the matrix library.
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
FOLD = 64
"""Scores that are first compared by their least alone."""
PAIRS_BYTES = 1 << 21
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

    new_rows: int = 4096
    """New points at a time, at least 1."""
    base_rows: int = 16384
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
    neighbours = Nearest(index=np.full(rows, -1), distance=np.full(rows, np.inf))
    shifted = _ShiftedBase(base, search)
    for start in range(0, rows, search.new_rows):
        stop = min(rows, start + search.new_rows)
        block = _NewBlock(_checked(new, start, stop), shifted)
        if apart is not None:
            block.groups = apart.new[start:stop]
        for first in range(0, base_rows, search.base_rows):
            last = min(base_rows, first + search.base_rows)
            groups = None if apart is None else apart.base[first:last]
            block.against(first, last, groups)
        neighbours.index[start:stop], neighbours.distance[start:stop] = block.index, block.distance
        search.advance(stop - start)
    return neighbours


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


class _ShiftedBase:
    """The base, shifted by one point to make its numbers small, and the blocks to work in.

    The matrix product gives half the squared distance but for the new point's own norm,
    |b|^2/2 - n.b, both shifted: one column more holds |b|^2/2, so that nothing has to be
    added afterwards.
    """

    def __init__(self, base: Vectors, search: Search) -> None:
        import numpy as np

        (rows, size), step = base.shape, search.base_rows
        first = _checked(base, 0, min(rows, step))
        self.shift: NDArray[np.float32] = first.mean(axis=0, dtype=np.float64).astype(np.float32)
        self.longest = 0.0
        """The greatest norm of a shifted base point."""
        self._base = base
        self._halves = np.empty(rows, dtype=np.float32)
        for start in range(0, rows, step):
            norm = _norms(_checked(base, start, min(rows, start + step)) - self.shift)
            self._halves[start : start + step] = norm * norm / 2
            self.longest = max(self.longest, float(norm.max()))
        # Made once: memory that is given back and taken anew has to be zeroed each time.
        width = min(step, rows)
        self.left = np.ones((search.new_rows, size + 1), dtype=np.float32)
        self._right = np.empty((width, size + 1), dtype=np.float32)
        self._scores = np.empty(search.new_rows * width, dtype=np.float32)
        self._held: tuple[tuple[int, int], NDArray[np.float32]] | None = None
        """The place and the points of what `_right` was made from."""

    def scores(
        self, left: NDArray[np.float32], start: int, stop: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(base points, scores of each new point with each of them), until the next call."""
        import numpy as np

        right = self._right[: stop - start]
        if self._held is None or self._held[0] != (start, stop):  # one block may be the base
            self._held = ((start, stop), self._base.read(start, stop))
            np.subtract(self.shift, self._held[1], out=right[:, :-1])
            right[:, -1] = self._halves[start:stop]
        base = self._held[1]
        scores = self._scores[: len(left) * len(base)].reshape(len(left), len(base))
        np.matmul(left, right.T, out=scores)
        return base, scores


class _NewBlock:
    """Some new points, and the nearest base point of each so far."""

    def __init__(self, points: NDArray[np.float32], base: _ShiftedBase) -> None:
        import numpy as np

        rows = len(points)
        self.points = points
        self.groups: NDArray[np.int64] | None = None
        self.index = np.full(rows, -1)
        self.distance = np.full(rows, np.inf)
        self._base = base
        self._left = base.left[:rows]
        np.subtract(points, base.shift, out=self._left[:, :-1])
        self._best = np.full(rows, np.inf, dtype=np.float32)
        self._apart = self._margin()

    def against(self, first: int, last: int, groups: NDArray[np.int64] | None) -> None:
        """Takes the base points [first, last) into account."""
        import numpy as np

        base, scores = self._base.scores(self._left, first, last)
        if groups is not None and self.groups is not None:
            scores[self.groups[:, None] == groups[None, :]] = np.inf
        folded, rest = _folded(scores)
        least = folded.min(axis=1)  # of FOLD columns each: the one pass over all scores
        ends = rest.min(axis=1, initial=np.inf)
        self._best = np.minimum(self._best, np.minimum(least.min(axis=1, initial=np.inf), ends))
        bar = self._best + self._apart
        width = folded.shape[2]
        at, column = _within(rest, bar)
        self._measure(base, at, FOLD * width + column, first)
        at, column = _within(least, bar)
        step = max(1, PAIRS_BYTES // (16 * FOLD))
        for start in range(0, len(at), step):
            rows, columns = at[start : start + step], column[start : start + step]
            hit, place = _within(folded[rows, :, columns], bar[rows])
            self._measure(base, rows[hit], place * width + columns[hit], first)

    def _margin(self) -> NDArray[np.float32]:
        """By how much two scores may be apart and the other point still be the nearer.

        Twice the greatest error of one score: that of a float32 dot product of K terms in
        any order is below K u/(1 - K u) times the sum of their sizes (Higham 2002, 3.1),
        and the shift has rounded both points.
        """
        import numpy as np

        terms = (self._left.shape[1] + 2) * UNIT
        terms /= 1 - terms
        norm, longest = _norms(self._left[:, :-1]), self._base.longest
        error = terms * (norm * longest + longest**2) + 2 * UNIT * (norm + longest) ** 2
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
            points, near = self.points.take(at, axis=0), base.take(column, axis=0)
            apart = np.subtract(points, near, dtype=np.float64)
            distance = np.einsum("ij,ij->i", apart, apart)
            order = np.lexsort((column, distance, at))
            at, head = np.unique(at[order], return_index=True)
            distance, index = distance[order][head], column[order][head] + first
            better = (distance < self.distance[at]) | (
                (distance == self.distance[at]) & (index < self.index[at])
            )
            self.distance[at[better]] = distance[better]
            self.index[at[better]] = index[better]


def _folded(
    scores: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The scores as [row, i, j] for column `i * width + j`, and the columns left over; both
    are views. Taking the least over i reads every score once, in long runs of memory."""
    from numpy.lib.stride_tricks import as_strided

    rows, columns = scores.shape
    width = columns // FOLD
    step = scores.strides[0]
    folded = as_strided(scores, (rows, FOLD, width), (step, 4 * width, 4), writeable=False)
    return folded, scores[:, width * FOLD :]


def _within(
    scores: NDArray[np.float32], bar: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(rows, columns) of what is not above the row's bar; infinite is a point passed over."""
    import numpy as np

    rows, columns = np.nonzero((scores <= bar[:, None]) & np.isfinite(scores))
    return rows, columns


def _norms(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Lengths of the rows, rounded once."""
    import numpy as np

    squares: NDArray[np.float64] = np.einsum("ij,ij->i", points, points, dtype=np.float64)
    return np.sqrt(squares)
