"""Vectors on disk: found again by their text, whole, and in the order they are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmeval.errors import ConfigError, DataError
from mmeval.training_data.vectors.vector_cache import CacheOptions, VectorCache, text_key


def opened(folder: Path, name: str = "e", most_bytes: int = 1 << 20) -> VectorCache:
    return VectorCache(CacheOptions(folder=folder, most_bytes=most_bytes), name * 64, name)


def fill(cache: VectorCache, *texts: str, size: int = 3) -> None:
    """A vector of the text's length for each."""
    vectors = np.array([[len(text)] * size for text in texts], dtype=np.float32)
    cut = np.array([len(text) > 2 for text in texts])
    cache.append([text_key(text) for text in texts], vectors, cut)


def test_a_text_has_the_key_of_its_exact_characters() -> None:
    assert len(text_key("a")) == 16
    assert len({text_key(text) for text in ("a", "a ", "A", "", "\ud83d")}) == 5


def test_vectors_are_found_again_in_another_process_and_in_any_order(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        fill(cache, "a", "bb")
        fill(cache, "ccc")
    with opened(tmp_path) as cache:
        rows = np.array([cache.row(text_key(text)) for text in ("ccc", "a", "ccc")])
        assert rows.tolist() == [2, 0, 2]
        assert cache.row(text_key("other")) is None
        found = cache.vectors(rows)
        assert found.shape == (3, 3)
        assert found.read(0, 3)[:, 0].tolist() == [3.0, 1.0, 3.0]
        assert found.read(1, 2).tolist() == [[1.0] * 3]
        assert cache.was_cut(np.array([0, 2])).tolist() == [False, True]
        assert len(cache) == 3


@pytest.mark.parametrize(("file", "lost"), [("keys.bin", 1), ("vectors.f32", 1)])
def test_a_torn_record_is_cut_off_and_can_be_written_again(
    tmp_path: Path, file: str, lost: int
) -> None:
    with opened(tmp_path) as cache:
        fill(cache, "a", "bb")
        torn = cache.folder / file
    torn.write_bytes(torn.read_bytes()[:-lost])
    with opened(tmp_path) as cache:
        assert (len(cache), cache.row(text_key("bb"))) == (1, None)
        fill(cache, "bb")
        assert cache.vectors(np.array([0, 1])).read(0, 2)[:, 0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("file", ["keys.bin", "vectors.f32"])
def test_vectors_are_not_written_through_a_link(tmp_path: Path, file: str) -> None:
    with opened(tmp_path / "cache") as cache:
        fill(cache, "a", "bb")
    outside, link = tmp_path / "outside", cache.folder / file
    outside.write_bytes(link.read_bytes() + b"x")
    link.unlink()
    link.symlink_to(outside)
    before = outside.read_bytes()
    with pytest.raises(ConfigError, match="is a link"), opened(tmp_path / "cache"):
        pass
    assert outside.read_bytes() == before


def test_two_embedders_have_a_folder_each(tmp_path: Path) -> None:
    with opened(tmp_path, "e") as one, opened(tmp_path, "f") as two:
        fill(one, "a")
        assert len(two) == 0
        assert one.folder.name == "e" * 16


def test_another_size_and_too_much_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path, most_bytes=100) as cache:
        fill(cache, "a")  # 12 bytes and 17 of the key
        with pytest.raises(DataError, match="vectors of 4 numbers, and the cache"):
            fill(cache, "bb", size=4)
        fill(cache, "bb", "ccc")  # 87
        with pytest.raises(ConfigError, match="outgrow the cache"):
            fill(cache, "dddd")
        assert len(cache) == 3


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    import os

    for age, name in ((9, "a"), (99, "b"), (0, "c")):
        with opened(tmp_path, name) as cache:
            fill(cache, "text")
        keys = cache.folder / "keys.bin"
        os.utime(keys, (keys.stat().st_mtime - age,) * 2)
    folder_bytes = sum(each.stat().st_size for each in cache.folder.iterdir())
    with opened(tmp_path, "c", most_bytes=2 * folder_bytes):
        left = {each.name[0] for each in tmp_path.iterdir() if each.is_dir()}
    assert left == {"a", "c"}


@pytest.mark.parametrize("place", [-1, 2])
def test_a_text_that_was_never_embedded_has_no_vector(place: int, tmp_path: Path) -> None:
    """-1 was read as the last vector of the cache."""
    with opened(tmp_path) as cache:
        fill(cache, "a", "bb")
        with pytest.raises(IndexError, match="have no vector"):
            cache.vectors(np.array([0, place]))


def test_a_vector_of_zeros_that_an_earlier_version_kept_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        fill(cache, "a", "", "bb")
        assert cache.vectors(np.array([0, 2])).read(0, 2).any()
        with pytest.raises(DataError, match=r"nothing but zeros.*remove the folder"):
            cache.vectors(np.array([0, 1])).read(0, 2)
