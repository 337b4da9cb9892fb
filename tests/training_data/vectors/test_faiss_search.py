"""The approximate search: never nearer than the exact one, and it tells its recall."""

from __future__ import annotations

import numpy as np
import pytest

from mmeval.errors import MissingPackage
from mmeval.training_data.vectors.exact_search import ArrayVectors, nearest
from mmeval.training_data.vectors.faiss_search import Approximation, nearest_approximately


def test_the_approximate_search_is_never_nearer_and_tells_its_recall() -> None:
    pytest.importorskip("faiss", reason="approximate search: faiss is not installed")
    rng = np.random.default_rng(0)
    base = rng.standard_normal((3000, 8)).astype(np.float32)
    new = rng.standard_normal((500, 8)).astype(np.float32)
    how = Approximation(probes=4, sample=200)
    found, recall = nearest_approximately(ArrayVectors(new), ArrayVectors(base), how)
    exact = nearest(ArrayVectors(new), ArrayVectors(base))
    assert (found.distance >= exact.distance).all()
    assert recall.sample == 200
    assert recall.gain >= recall.exact_gain
    share = float((found.index == exact.index).mean())
    assert 0.3 < share < 1
    assert recall.recall == pytest.approx(share, abs=0.1)
    everywhere = Approximation(probes=10_000)
    found, recall = nearest_approximately(ArrayVectors(new), ArrayVectors(base), everywhere)
    assert found.index.tolist() == exact.index.tolist()
    assert recall.recall == 1.0


def test_the_sample_is_drawn_by_the_seed() -> None:
    pytest.importorskip("faiss", reason="approximate search: faiss is not installed")
    rng = np.random.default_rng(1)
    base, new = (ArrayVectors(rng.random((n, 4), dtype=np.float32)) for n in (800, 300))
    one, two, other = (
        nearest_approximately(new, base, Approximation(probes=2, sample=50, seed=seed))
        for seed in (0, 0, 1)
    )
    assert one[1].exact_gain == two[1].exact_gain != other[1].exact_gain


def test_without_faiss_the_install_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    points = ArrayVectors(np.ones((2, 2), dtype=np.float32))
    with pytest.raises(MissingPackage, match=r"pip install 'mmeval\[faiss\]'"):
        nearest_approximately(points, points, Approximation())
