"""Nearest neighbours against two nested loops, in any order and with any blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from mmeval.errors import DataError
from mmeval.training_data.vectors.exact_search import ArrayVectors, Groups, Nearest, Search, nearest

Points = NDArray[np.float32]


def by_hand(new: Points, base: Points) -> tuple[list[int], list[float]]:
    """The definition, spelled out at Python's own float64."""
    index, distance = [], []
    for x in new:
        best = (float("inf"), -1)
        for j, y in enumerate(base):
            total = 0.0
            for a, b in zip(x.tolist(), y.tolist(), strict=True):
                total += (a - b) ** 2
            best = min(best, (total, j))
        distance.append(best[0])
        index.append(best[1])
    return index, distance


def found(new: Points, base: Points, **how: Any) -> Nearest:
    return nearest(ArrayVectors(new), ArrayVectors(base), Search(**how))


def unit(rng: np.random.Generator, rows: int, size: int) -> Points:
    made = rng.standard_normal((rows, size)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


@pytest.mark.parametrize(("size", "base_rows"), [(150, 150), (64, 64), (63, 63), (300, 137)])
def test_blocks_of_many_points_and_their_odd_ends_agree_with_a_double_loop(
    size: int, base_rows: int
) -> None:
    """Scores are looked at 64 at a time; what is left over, and copies, must not be lost."""
    rng = np.random.default_rng(size)
    base = unit(rng, size, 5)
    base[size // 2] = base[1]
    new = np.concatenate([unit(rng, 30, 5), base[[0, 1, size // 2, size - 1]]])
    result = found(new, base, new_rows=11, base_rows=base_rows)
    apart = ((new[:, None].astype(np.float64) - base[None]) ** 2).sum(axis=2)
    assert result.index.tolist() == apart.argmin(axis=1).tolist()
    assert np.allclose(result.distance, apart.min(axis=1), atol=1e-12)
    assert result.index[-4:].tolist() == [0, 1, 1, size - 1]


@pytest.mark.parametrize(("rows", "base_rows", "size"), [(1, 1, 1), (7, 5, 3), (23, 40, 17)])
def test_it_agrees_with_a_hand_written_double_loop(rows: int, base_rows: int, size: int) -> None:
    rng = np.random.default_rng(0)
    new, base = unit(rng, rows, size), unit(rng, base_rows, size)
    index, distance = by_hand(new, base)
    result = found(new, base, new_rows=4, base_rows=3)
    assert result.index.tolist() == index
    assert result.distance.tolist() == pytest.approx(distance, rel=1e-12, abs=1e-14)


VALUES = st.floats(-1e3, 1e3, width=32)


@settings(deadline=None)
@given(
    both=st.integers(1, 4).flatmap(
        lambda size: st.tuples(
            arrays.arrays(np.float32, st.tuples(st.integers(1, 6), st.just(size)), elements=VALUES),
            arrays.arrays(np.float32, st.tuples(st.integers(1, 9), st.just(size)), elements=VALUES),
        )
    ),
    blocks=st.tuples(st.integers(1, 7), st.integers(1, 10)),
)
def test_any_points_in_any_blocks(both: tuple[Points, Points], blocks: tuple[int, int]) -> None:
    new, base = both
    _, distance = by_hand(new, base)
    result = found(new, base, new_rows=blocks[0], base_rows=blocks[1])
    assert result.distance.tolist() == pytest.approx(distance, rel=1e-12, abs=1e-300)
    # The loop adds up in another order, so equally near points may differ by a rounding.
    for i, j in enumerate(result.index.tolist()):
        apart = new[i].astype(float) - base[j].astype(float)
        assert apart @ apart == pytest.approx(distance[i], rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("offset", [0.0, 1.0, 1000.0], ids=["centred", "off", "far off"])
def test_points_closer_than_float32_can_tell_by_a_product_are_told_apart(offset: float) -> None:
    # Base points 1e-4 apart, far from the origin: |n|^2 - 2 n.b + |b|^2 is all rounding there.
    rng = np.random.default_rng(1)
    centre = np.full((1, 8), offset, dtype=np.float32)
    base = (centre + rng.standard_normal((300, 8)) * 1e-3).astype(np.float32)
    new = (base[rng.permutation(300)[:50]] + np.float32(1e-5)).astype(np.float32)
    index, distance = by_hand(new, base)
    result = found(new, base, new_rows=16, base_rows=64)
    assert result.index.tolist() == index
    assert result.distance.tolist() == pytest.approx(distance, rel=1e-9, abs=1e-20)


def test_of_equally_near_points_the_first_wins_wherever_blocks_end() -> None:
    base = np.repeat(np.eye(4, dtype=np.float32), 5, axis=0)
    for base_rows in range(1, 21):
        result = found(np.eye(4, dtype=np.float32), base, base_rows=base_rows)
        assert result.index.tolist() == [0, 5, 10, 15]
        assert result.distance.tolist() == [0.0] * 4


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000))
def test_the_order_of_the_points_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    new, base = unit(rng, 30, 12), unit(rng, 50, 12)
    straight = found(new, base, new_rows=8, base_rows=16)
    rows, columns = rng.permutation(30), rng.permutation(50)
    mixed = found(new[rows], base[columns], new_rows=8, base_rows=16)
    assert mixed.distance.tolist() == straight.distance[rows].tolist()
    assert columns[mixed.index].tolist() == straight.index[rows].tolist()


def test_a_group_of_its_own_does_not_count() -> None:
    base = np.array([[0.0], [1.0], [5.0]], dtype=np.float32)
    new = np.array([[0.1], [0.1], [0.1]], dtype=np.float32)
    groups = Groups(new=np.array([7, 8, 9]), base=np.array([7, 7, 8]))
    for base_rows in (1, 2, 3):
        search = Search(base_rows=base_rows)
        result = nearest(ArrayVectors(new), ArrayVectors(base), search, groups)
        assert result.index.tolist() == [2, 0, 0]
    alone = Groups(new=np.array([7, 7, 7]), base=np.array([7, 7, 7]))
    result = nearest(ArrayVectors(new), ArrayVectors(base), apart=alone)
    assert result.index.tolist() == [-1, -1, -1]
    assert np.isinf(result.distance).all()


def test_a_base_of_copies_is_measured_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    # Every pair is proposed: what float64 needs at a time must not grow with them.
    monkeypatch.setattr("mmeval.training_data.vectors.exact_search.PAIRS_BYTES", 256)
    points = np.ones((40, 16), dtype=np.float32)
    result = found(points, points)
    assert result.index.tolist() == [0] * 40
    assert result.distance.tolist() == [0.0] * 40


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("side", ["new", "base"])
def test_a_number_that_is_none_is_named(wrong: float, side: str) -> None:
    good, bad = np.zeros((9, 2), dtype=np.float32), np.zeros((9, 2), dtype=np.float32)
    bad[5, 1] = wrong
    pair = (bad, good) if side == "new" else (good, bad)
    with pytest.raises(DataError, match="point 5 holds a number"):
        found(*pair, new_rows=2, base_rows=2)


def test_empty_sets_and_other_dimensions_are_refused() -> None:
    points = np.zeros((2, 3), dtype=np.float32)
    with pytest.raises(ValueError, match="0 new and 2 base"):
        found(points[:0], points)
    with pytest.raises(ValueError, match="2 new and 0 base"):
        found(points, points[:0])
    with pytest.raises(ValueError, match="3 numbers, base points 2"):
        found(points, points[:, :2])


def test_progress_counts_every_new_point_once() -> None:
    steps: list[int] = []
    points = np.zeros((10, 2), dtype=np.float32)
    found(points, points, new_rows=4, advance=steps.append)
    assert steps == [4, 4, 2]
