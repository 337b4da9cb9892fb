"""The nearest base item through the cache, against two nested loops over the texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mmeval.training_data.diversity.items import Base, gather, make_base
from mmeval.training_data.diversity.search import (
    Neighbours,
    grow_base,
    nearer,
    search_approximately,
    search_base,
    without_own,
)
from mmeval.training_data.rows import TrainingRow
from mmeval.training_data.vectors.exact_search import Nearest, Vectors, nearest
from mmeval.training_data.vectors.faiss_search import Approximation
from mmeval.training_data.vectors.text_store import TextStore
from mmeval.training_data.vectors.vector_cache import CacheOptions, VectorCache
from tests.builders.tiny_embedder import LetterEmbedder

BASE = ("aaa", "bbb", "bbb", "ab", "cd")
NEW = ("aab", "bbb", "ccc", "aab")


@dataclass(frozen=True)
class Placed:
    """Texts as embeddings in a cache; the ids of the base are its positions."""

    base: Base
    rows: NDArray[np.int64]
    cache: VectorCache
    store: TextStore


@pytest.fixture
def placed(tmp_path: Path) -> Iterator[Placed]:
    """NEW before BASE."""
    embedder = LetterEmbedder()
    with VectorCache(CacheOptions(folder=tmp_path), embedder.info.fingerprint, "l") as cache:
        store = TextStore(embedder, cache)
        rows = [TrainingRow(id=f"{i}", query=t, response="") for i, t in enumerate(BASE)]
        base = make_base(gather("base", rows, ["question"], store), "question", store, seed=0)
        yield Placed(base, store.rows([store.add(text) for text in NEW]), cache, store)


def by_loops(new: Sequence[str], base: Sequence[str], taken: Sequence[int]) -> list[list[float]]:
    """For each new text (squared distance, position) of the nearest; of equals the first."""
    return [
        list(
            min(
                (sum((x.count(c) - base[j].count(c)) ** 2 for c in set(x + base[j])), j)
                for j in taken
            )
        )
        for x in new
    ]


def pairs(found: Neighbours) -> list[list[float]]:
    return [list(each) for each in zip(found.distance.tolist(), found.place.tolist(), strict=True)]


@pytest.mark.parametrize("taken", [[0, 1, 2, 3, 4], [2, 4], [3]])
def test_the_nearest_of_a_part_of_the_base(
    placed: Placed, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[int] = []

    def counted(new: Vectors, base: Vectors) -> Nearest:
        searched.append(new.shape[0])
        return nearest(new, base)

    monkeypatch.setattr("mmeval.training_data.diversity.search.nearest", counted)
    found = search_base(placed.rows, placed.base, placed.cache, np.array(taken))
    assert pairs(found) == by_loops(NEW, BASE, taken)
    assert searched == [3], "three distinct texts: copies are searched once"


def test_of_two_searches_the_nearer_and_of_equals_the_lower_id() -> None:
    one = Neighbours(place=np.array([4, 4, 1, -1]), distance=np.array([2.0, 1.0, 3.0, np.inf]))
    two = Neighbours(place=np.array([2, 5, 2, 3]), distance=np.array([2.0, 0.5, 4.0, 9.0]))
    assert pairs(nearer(one, two)) == [[2.0, 2], [0.5, 5], [3.0, 1], [9.0, 3]]
    assert pairs(nearer(two, one)) == pairs(nearer(one, two))


def test_a_base_that_grows_is_searched_as_if_from_the_start(placed: Placed) -> None:
    grown = grow_base(placed.rows, placed.base, placed.cache, [1, 2, 5])
    assert len(grown) == 3
    for size, found in zip((1, 2, 5), grown, strict=True):
        assert pairs(found) == by_loops(NEW, BASE, placed.base.ranks[:size].tolist())


def test_what_is_of_the_items_own_question_does_not_count(placed: Placed) -> None:
    base_questions = placed.base.questions
    own = np.array([base_questions[0], base_questions[1], "other", base_questions[3]])
    found = without_own(placed.rows, own, placed.base, placed.cache)
    apart = [[1, 2, 3, 4], [0, 3, 4], [0, 1, 2, 3, 4], [0, 1, 2, 4]]  # `bbb` is there twice
    expected = [by_loops([x], BASE, taken)[0] for x, taken in zip(NEW, apart, strict=True)]
    assert pairs(found) == expected


def test_without_any_other_question_there_is_no_neighbour(placed: Placed) -> None:
    whole = np.array(["q"] * len(NEW))
    base = Base(
        ids=placed.base.ids,
        questions=np.array(["q"] * len(BASE)),
        rows=placed.base.rows,
        ranks=placed.base.ranks,
    )
    found = without_own(placed.rows, whole, base, placed.cache)
    assert found.place.tolist() == [-1] * 4
    assert np.isinf(found.distance).all()


def test_an_approximate_search_of_all_cells_is_the_exact_one(placed: Placed) -> None:
    pytest.importorskip("faiss", reason="approximate search: faiss is not installed")
    found, recall = search_approximately(
        placed.rows, placed.base, placed.cache, Approximation(probes=99)
    )
    exact = by_loops(NEW, BASE, range(5))
    assert found.distance.tolist() == [distance for distance, _ in exact]
    assert (recall.recall, recall.sample) == (1.0, 3)
