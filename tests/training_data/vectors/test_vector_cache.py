"""A place that no text has is refused: it must not become a distance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmeval.training_data.vectors.text_store import TextStore
from mmeval.training_data.vectors.vector_cache import CacheOptions, VectorCache
from tests.builders.tiny_embedder import LetterEmbedder


@pytest.mark.parametrize("place", [-1, 2])
def test_a_text_that_was_never_embedded_has_no_vector(place: int, tmp_path: Path) -> None:
    """-1 was read as the last vector of the cache."""
    embedder = LetterEmbedder()
    with VectorCache(CacheOptions(folder=tmp_path), embedder.info.fingerprint, "l") as cache:
        rows = TextStore(embedder, cache)
        kept = rows.rows([rows.add("a"), rows.add("b")])
        assert cache.vectors(kept).read(0, 2)[:, :2].tolist() == [[1, 0], [0, 1]]
        with pytest.raises(IndexError, match="have no vector"):
            cache.vectors(np.array([0, place]))
