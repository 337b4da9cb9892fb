"""Nearest neighbours by an inverted file of faiss: faster on a large base, and not exact.

Only cells near a new point are searched, so a neighbour may be missed: a distance, and a
gain made of distances, can come out too great and never too small. The recall on a sample
is measured against the exact search each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, sqrt
from typing import TYPE_CHECKING, Any

from mmeval.errors import MissingPackage
from mmeval.training_data.vectors.exact_search import ArrayVectors, Nearest, Vectors, nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 4096
TRAINED_ON = 50
"""At most so many base points per cell train its centre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approximation:
    """How far to look, and how to check it."""

    probes: int = 16
    """Cells searched for each new point, at least 1; of about 4 sqrt(base) in all."""
    sample: int = 1000
    """New points that are searched exactly too."""
    seed: int = 0
    """Draws the sample and the points that cells are learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What the approximation cost, on the sample."""

    sample: int
    recall: float
    """The share whose nearest was found, or one as near; in [0, 1]."""
    gain: float
    """Mean squared distance as the approximation has it."""
    exact_gain: float
    """The same by exact search: not greater."""


def nearest_approximately(
    new: Vectors, base: Vectors, how: Approximation
) -> tuple[Nearest, Recall]:
    """The neighbours that faiss finds, at exact distances, and the recall.

    The whole base is held in memory. Raises MissingPackage without faiss.
    """
    import numpy as np

    index = _filled(base, how)
    neighbours = Nearest(
        index=np.full(new.shape[0], -1), distance=np.full(new.shape[0], np.inf, dtype=np.float64)
    )
    for start in range(0, new.shape[0], BLOCK):
        block = new.read(start, min(new.shape[0], start + BLOCK))
        places = index.search(np.ascontiguousarray(block), 1)[1][:, 0].astype(np.int64)
        neighbours.index[start : start + len(block)] = places
        apart = block.astype(np.float64) - _at(index, places)
        neighbours.distance[start : start + len(block)] = np.einsum("ij,ij->i", apart, apart)
    return neighbours, _recall(new, base, neighbours, how)


def _filled(base: Vectors, how: Approximation) -> Any:
    try:
        import faiss
    except ImportError as error:
        raise MissingPackage(
            "--approximate searches with faiss, which is not installed; pip install 'mmeval[faiss]'"
        ) from error
    import numpy as np

    rows, size = base.shape
    cells = max(1, min(rows // TRAINED_ON, int(4 * sqrt(rows))))
    index: Any = faiss.index_factory(size, f"IVF{cells},Flat")
    index.cp.seed, index.cp.max_points_per_centroid = how.seed + 1, TRAINED_ON
    index.cp.min_points_per_centroid = 1
    index.nprobe = min(how.probes, cells)
    drawn = np.random.default_rng(how.seed).choice(rows, min(rows, cells * TRAINED_ON), False)
    index.train(np.concatenate([base.read(i, i + 1) for i in np.sort(drawn).tolist()]))
    for start in range(0, rows, BLOCK):
        index.add(np.ascontiguousarray(base.read(start, min(rows, start + BLOCK))))
    index.make_direct_map()
    return index


def _at(index: Any, places: NDArray[np.int64]) -> NDArray[np.float32]:
    """The base points at these places; a point of nothing but infinity for none."""
    import numpy as np

    points: NDArray[np.float32] = index.reconstruct_batch(np.maximum(places, 0))
    points[places < 0] = np.inf
    return points


def _recall(new: Vectors, base: Vectors, neighbours: Nearest, how: Approximation) -> Recall:
    import numpy as np

    rng = np.random.default_rng(how.seed)
    drawn = np.sort(rng.choice(new.shape[0], min(how.sample, new.shape[0]), False))
    points = np.concatenate([new.read(i, i + 1) for i in drawn.tolist()])
    exact = nearest(ArrayVectors(points), base).distance
    near = neighbours.distance[drawn]
    return Recall(
        sample=len(drawn),
        recall=float(np.mean(near <= exact)),
        gain=fsum(near) / len(drawn),
        exact_gain=fsum(exact) / len(drawn),
    )
