"""Embeddings on disk: a text's hash -> its vector, for one embedder in one folder.

    embedder.json   who made them, how many numbers each
    vectors.f32     the vectors, one after the other, float32, little-endian
    keys.bin        17 bytes a vector: half a SHA-256 of the text, and whether it was cut

A vector counts when its key is whole on the disk, and the vectors are flushed before the
keys: what a killed process leaves behind is cut off at the next start. One process at a
time uses a folder. Vectors are read through a memory map whose pages are given back.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mmeval import jsonl
from mmeval.environment import cache_folder
from mmeval.errors import ConfigError, DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEY_BYTES = 16
_RECORD = KEY_BYTES + 1
GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheOptions:
    """Where embeddings are kept and how many."""

    folder: Path | None = None
    """None: `embeddings` in mmeval's cache folder."""
    most_bytes: int = 16 * GIB
    """For all embedders together; the least recently used goes first."""

    @property
    def root(self) -> Path:
        """The folder with one folder per embedder."""
        return self.folder or cache_folder() / "embeddings"


def text_key(text: str) -> bytes:
    """The key of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES]


class VectorCache:
    """The vectors of one embedder; a context that holds the folder's lock."""

    def __init__(
        self,
        options: CacheOptions,
        fingerprint: str,
        name: str,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._options = options
        self._fingerprint = fingerprint
        self._name = name
        self._say = say
        self.folder = options.root / fingerprint[:16]
        self.size: int | None = None
        """Numbers of a vector; None until the first one came."""
        self._rows: dict[bytes, int] = {}
        self._cut = bytearray()
        self._files = ExitStack()

    def __enter__(self) -> Self:
        from filelock import FileLock, Timeout

        self._options.root.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(_lock_file(self.folder))
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            self._say(f"waiting for another process that embeds into {self.folder}")
            self._lock.acquire()
        try:
            self._make_room()
            self._open()
        except BaseException:
            self._files.close()
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()
        self._lock.release()

    def __len__(self) -> int:
        return len(self._cut)

    def row(self, key: bytes) -> int | None:
        """Where the vector of a text is; None: it has to be made."""
        return self._rows.get(key)

    def was_cut(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the texts of these rows were longer than the embedder reads."""
        import numpy as np

        return np.frombuffer(bytes(self._cut), dtype=np.bool_)[rows]

    def append(
        self, keys: Sequence[bytes], vectors: NDArray[np.float32], cut: NDArray[np.bool_]
    ) -> None:
        """Keeps new vectors, on the disk when it returns.

        Raises DataError when their size is another than that of those here, ConfigError
        when they would outgrow the cache.
        """
        self._require_size(int(vectors.shape[1]))
        grown = (len(self) + len(keys)) * (4 * vectors.shape[1] + _RECORD)
        if grown > self._options.most_bytes:
            raise ConfigError(
                f"the embeddings of {self._name} outgrow the cache in {self.folder}: more than "
                f"{self._options.most_bytes / GIB:g} GiB; give --cache-gib more, or remove that "
                "folder where it holds other data"
            )
        self._vectors.write(vectors.astype("<f4").tobytes())
        _flush(self._vectors)
        for key, was_cut in zip(keys, cut.tolist(), strict=True):
            self._keys.write(key + bytes([was_cut]))
            self._rows[key] = len(self._cut)
            self._cut.append(was_cut)
        _flush(self._keys)

    def vectors(self, rows: NDArray[np.int64]) -> CachedVectors:
        """The vectors of these rows, in their order, read when they are asked for.

        Raises IndexError for a row that is not here; -1 is not the last one, but a text that
        was never embedded.
        """
        assert self.size is not None, "no vector was ever kept"
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"some of these {len(rows):,} texts have no vector here")
        return CachedVectors(self.folder / "vectors.f32", len(self), self.size, rows)

    def _require_size(self, size: int) -> None:
        if self.size is None:
            self.size = size
            facts = {"name": self._name, "fingerprint": self._fingerprint, "size": size}
            jsonl.write_text(self.folder / "embedder.json", json.dumps(facts, indent=1) + "\n")
        if size != self.size:
            raise DataError(
                f"{self._name} gives vectors of {size} numbers, and the cache in {self.folder} "
                f"holds vectors of {self.size}: another model answers under that name now; "
                "remove that folder, or give --cache another"
            )

    def _open(self) -> None:
        self.folder.mkdir(exist_ok=True)
        described = self.folder / "embedder.json"
        if described.is_file():
            self.size = _size_in(described)
        keys, vectors = self.folder / "keys.bin", self.folder / "vectors.f32"
        self._keys, self._vectors = (
            self._files.enter_context(open(each, "a+b", opener=jsonl.plain))  # noqa: SIM115
            for each in (keys, vectors)
        )
        whole = keys.stat().st_size // _RECORD
        whole = 0 if self.size is None else min(whole, vectors.stat().st_size // (4 * self.size))
        self._keys.truncate(whole * _RECORD)
        self._vectors.truncate(whole * 4 * (self.size or 0))
        self._keys.seek(0)
        while record := self._keys.read(_RECORD):
            self._rows.setdefault(record[:KEY_BYTES], len(self._cut))
            self._cut.append(record[KEY_BYTES] & 1)
        os.utime(keys)  # used now

    def _make_room(self) -> None:
        """Removes the least recently used folders until the rest are few enough."""
        from filelock import FileLock, Timeout

        folders = [each for each in self._options.root.iterdir() if each.is_dir()]
        sizes = {each: sum(file.stat().st_size for file in each.iterdir()) for each in folders}
        for folder in sorted(sizes, key=_last_used):
            if sum(sizes.values()) <= self._options.most_bytes:
                return
            if folder == self.folder:  # this process has its lock
                shutil.rmtree(folder)
                del sizes[folder]
                continue
            try:
                with FileLock(_lock_file(folder), timeout=0):
                    shutil.rmtree(folder)
                    del sizes[folder]
            except Timeout:
                continue


class CachedVectors:
    """Some vectors of a cache; `read` makes copies and leaves nothing in memory."""

    def __init__(self, path: Path, count: int, size: int, rows: NDArray[np.int64]) -> None:
        import numpy as np

        self._path = path
        self._rows = rows
        self._size = size
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), count * size * 4, access=mmap.ACCESS_READ)
        self._all = np.frombuffer(self._map, dtype="<f4").reshape(count, size)

    @property
    def shape(self) -> tuple[int, int]:
        """(vectors, numbers of each)."""
        return (len(self._rows), self._size)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """The vectors [start, stop) as an array of its own."""
        copied: NDArray[np.float32] = self._all[self._rows[start:stop]]
        if not copied.any(axis=1).all():
            raise DataError(
                f"{self._path} has a vector of nothing but zeros, which an earlier version kept; "
                f"no distance can be measured with it: remove the folder {self._path.parent}"
            )
        if hasattr(
            mmap, "MADV_DONTNEED"
        ):  # else the whole file would count as this process's memory
            self._map.madvise(mmap.MADV_DONTNEED)
        return copied


def _flush(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _lock_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _last_used(folder: Path) -> float:
    keys = folder / "keys.bin"
    return keys.stat().st_mtime if keys.is_file() else 0.0


def _size_in(path: Path) -> int:
    try:
        size = json.loads(path.read_text(encoding="utf-8"))["size"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{path} is broken ({error}); remove its folder") from error
    if not isinstance(size, int) or size < 1:
        raise DataError(f"{path} is broken (size {size!r}); remove its folder")
    return size
