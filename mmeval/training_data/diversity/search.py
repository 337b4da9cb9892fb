"""The nearest base item of every new item, through the cache: copies are searched once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmeval.training_data.diversity.items import Base
from mmeval.training_data.vectors.exact_search import Groups, Nearest, nearest
from mmeval.training_data.vectors.faiss_search import Approximation, Recall, nearest_approximately
from mmeval.training_data.vectors.vector_cache import VectorCache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What was found for the items of one set, in their order."""

    place: NDArray[np.int64]
    """Position of the neighbour in the base; -1 for none."""
    distance: NDArray[np.float64]
    """Squared; infinite for none."""


def search_base(
    rows: NDArray[np.int64], base: Base, cache: VectorCache, taken: NDArray[np.int64]
) -> Neighbours:
    """The nearest of the base items at the positions `taken`, for items whose embeddings
    are at these rows of the cache."""
    import numpy as np

    each, back = np.unique(rows, return_inverse=True)
    kept = base.distinct(taken)
    neighbours = nearest(cache.vectors(each), cache.vectors(base.rows[kept]))
    return Neighbours(place=kept[neighbours.index][back], distance=neighbours.distance[back])


def search_approximately(
    rows: NDArray[np.int64], base: Base, cache: VectorCache, how: Approximation
) -> tuple[Neighbours, Recall]:
    """The neighbours that faiss finds in the whole base, and its recall on a sample of
    the distinct items."""
    import numpy as np

    each, back = np.unique(rows, return_inverse=True)
    kept = base.distinct(base.ranks)
    neighbours, recall = nearest_approximately(
        cache.vectors(each), cache.vectors(base.rows[kept]), how
    )
    place = np.where(neighbours.index < 0, -1, kept[neighbours.index])
    return Neighbours(place=place[back], distance=neighbours.distance[back]), recall


def nearer(one: Neighbours, other: Neighbours) -> Neighbours:
    """Of two searches of different parts of the base the nearer; of equals the lower id."""
    import numpy as np

    better = (other.distance < one.distance) | (
        (other.distance == one.distance) & (other.place < one.place)
    )
    return Neighbours(
        place=np.where(better, other.place, one.place),
        distance=np.where(better, other.distance, one.distance),
    )


def grow_base(
    rows: NDArray[np.int64], base: Base, cache: VectorCache, sizes: Sequence[int]
) -> list[Neighbours]:
    """The neighbours in the first so many base items by rank, for each ascending size.

    Each part of the base is searched once: growing costs nothing.
    """
    grown: list[Neighbours] = []
    before = 0
    for size in sizes:
        part = search_base(rows, base, cache, base.ranks[before:size])
        grown.append(nearer(grown[-1], part) if grown else part)
        before = size
    return grown


def without_own(
    rows: NDArray[np.int64], questions: NDArray[np.str_], base: Base, cache: VectorCache
) -> Neighbours:
    """The nearest base item that is not, and was not made from, the item's own original
    question; none where the whole base was."""
    import numpy as np

    _, numbers = np.unique(np.concatenate([questions, base.questions]), return_inverse=True)
    new_of, base_of = numbers[: len(rows)], numbers[len(rows) :]
    pairs, back = np.unique(np.stack([rows, new_of]), axis=1, return_inverse=True)
    _, firsts = np.unique(np.stack([base.rows, base_of]), axis=1, return_index=True)
    kept = np.sort(firsts)
    neighbours: Nearest = nearest(
        cache.vectors(pairs[0]),
        cache.vectors(base.rows[kept]),
        apart=Groups(new=pairs[1], base=base_of[kept]),
    )
    back = back.reshape(-1)
    place = np.where(neighbours.index < 0, -1, kept[neighbours.index])
    return Neighbours(place=place[back], distance=neighbours.distance[back])
