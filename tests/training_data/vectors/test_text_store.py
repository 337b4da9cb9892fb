"""Texts in, places of their vectors out: once each, in windows, and none that is not finite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmeval.engines.embedder import Embedded, EmbedderInfo
from mmeval.errors import EngineError
from mmeval.training_data.vectors import text_store
from mmeval.training_data.vectors.text_store import TextStore
from mmeval.training_data.vectors.vector_cache import CacheOptions, VectorCache, text_key
from tests.builders.tiny_embedder import LetterEmbedder


@pytest.fixture
def embedder() -> LetterEmbedder:
    return LetterEmbedder()


@pytest.fixture
def cache(embedder: LetterEmbedder, tmp_path: Path) -> Iterator[VectorCache]:
    """An empty one."""
    with VectorCache(CacheOptions(folder=tmp_path), embedder.info.fingerprint, "l") as opened:
        yield opened


def test_nothing_is_embedded_before_it_is_needed(
    embedder: LetterEmbedder, cache: VectorCache
) -> None:
    told: list[int] = []
    store = TextStore(embedder, cache, told.append)
    keys = [store.add(text) for text in ("b", "aa", "b")]
    assert keys == [text_key("b"), text_key("aa"), text_key("b")]
    assert embedder.asked == []
    assert store.rows(keys).tolist() == [0, 1, 0]
    assert (embedder.asked, told) == (["b", "aa"], [2])
    store.flush()
    assert told == [2], "nothing waits"


def test_a_full_window_is_embedded(
    embedder: LetterEmbedder, cache: VectorCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_store, "WINDOW", 2)
    store = TextStore(embedder, cache)
    for text in ("a", "a", "b", "c"):
        store.add(text)
    assert embedder.asked == ["a", "b"], "the third waits"
    assert store.rows([text_key("c"), text_key("nothing")]).tolist() == [2, -1]


def test_what_the_cache_holds_is_not_embedded_again(
    embedder: LetterEmbedder, cache: VectorCache
) -> None:
    first = TextStore(embedder, cache)
    first.rows([first.add("a")])
    told: list[int] = []
    second = TextStore(embedder, cache, told.append)
    assert second.rows([second.add("a"), second.add("b")]).tolist() == [0, 1]
    assert (embedder.asked, told) == (["a", "b"], [1])


def test_texts_may_be_added_while_their_places_are_asked_for(
    embedder: LetterEmbedder, cache: VectorCache
) -> None:
    """They were flushed before the generator was read, and had no place: -1, the last vector."""
    store = TextStore(embedder, cache)
    assert store.rows(store.add(text) for text in ("a", "b", "a")).tolist() == [0, 1, 0]


def test_a_vector_that_is_not_finite_keeps_none_of_its_window(
    embedder: LetterEmbedder, cache: VectorCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = embedder.embed

    def broken(texts: Any) -> Any:
        made = whole(texts)
        made.vectors[1, 3] = np.inf
        return made

    monkeypatch.setattr(embedder, "embed", broken)
    store = TextStore(embedder, cache)
    keys = [store.add(text) for text in ("good", "bad" * 40)]
    with pytest.raises(EngineError, match="not finite for a text that begins 'badbad") as caught:
        store.rows(keys)
    assert len(str(caught.value)) < 200
    assert len(cache) == 0


class Served(LetterEmbedder):
    """Answers by a name; the model behind it may have been changed for another."""

    by: str = "openai"
    changed: bool = False

    @property
    def info(self) -> EmbedderInfo:
        return replace(super().info, settings={"by": self.by})

    def embed(self, texts: Sequence[str]) -> Embedded:
        made = super().embed(texts)
        return replace(made, vectors=np.flip(made.vectors, axis=1)) if self.changed else made


@pytest.mark.parametrize("by", ["openai", "hf"])
def test_another_model_behind_a_served_name_is_not_mixed_with_the_first(
    by: str, tmp_path: Path
) -> None:
    """A server is known by its address and a name; what it answers tells whether it is the same."""

    def embed(text: str, changed: bool = False) -> None:
        embedder = Served()
        embedder.by, embedder.changed = by, changed
        with VectorCache(CacheOptions(folder=tmp_path), embedder.info.fingerprint, "l") as cache:
            store = TextStore(embedder, cache)
            store.rows([store.add(text)])

    embed("a")
    embed("b")
    if by == "hf":  # known by its files, and asked nothing more
        embed("c", changed=True)
        return
    with pytest.raises(EngineError, match="another model answers under that name now"):
        embed("c", changed=True)
    embed("c")
