"""Rows of the files that data sets are published in: JSON lines, JSON, parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from mmeval.errors import DataError, MissingData, MissingPackage
from mmeval.jsonl import read_rows
from mmeval.records import Row

PARQUET_ROWS = 256
"""Rows that are read at a time: a file of 120 kB may have 20 million, all of one text."""
PARQUET_BYTES = 1 << 28
"""Of so many rows together: more is a broken file."""


def matching(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """The files below `folder` that the patterns name, in their order.

    `*` in a pattern gathers its matches, sorted; hidden files are left out (a tar made
    on macOS brings a `._1.json` beside every `1.json`).
    """
    files: list[Path] = []
    for pattern in patterns:
        paths = sorted(folder.glob(pattern)) if "*" in pattern else [folder / pattern]
        files += [p for p in paths if p.is_file() and not p.name.startswith(".")]
    return files


def rows_of(path: Path) -> Iterator[tuple[str, Row]]:
    """Yields (where, row) of one file, `where` being the place that an error names.

    `.parquet` needs pyarrow; `.json` holds one object, a list of them, or JSON lines
    under the wrong name; every other name is read as JSON lines. Raises DataError with
    file and line for what is not a row, MissingPackage without pyarrow.
    """
    if path.suffix == ".parquet":
        yield from _parquet(path)
    elif path.suffix == ".json":
        yield from _json(path)
    else:
        yield from _lines(path)


def _lines(path: Path) -> Iterator[tuple[str, Row]]:
    for number, row in read_rows(path):
        yield f"{path}, line {number}", row


def _json(path: Path) -> Iterator[tuple[str, Row]]:
    if not path.is_file():
        raise MissingData(f"no file at {path}")
    with path.open("rb") as file:
        is_list = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    if is_list:
        yield from _list_items(path)
        return
    try:
        whole = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        whole = None
    if isinstance(whole, dict):
        yield str(path), whole
        return
    yield from _lines(path)  # JSON lines, or an error that names the line


def _list_items(path: Path) -> Iterator[tuple[str, Row]]:
    """The objects of a JSON list, one at a time: a training set of 400,000 rows in one
    list takes gigabytes when it is parsed as a whole. By hand, though ijson 3.6 takes half the
    time: it turns half a surrogate pair into `?` in silence, and a row nested deeply ends the
    process."""
    with path.open(encoding="utf-8-sig") as file:
        text = _Window(file, path)
        text.take("[")
        number = 0
        while not text.ends_list(first=number == 0):
            number += 1
            row = text.item(number)
            if not isinstance(row, dict):
                raise DataError(
                    f"{path}, row {number}: expected a JSON object, found {type(row).__name__}"
                )
            yield f"{path}, row {number}", row


class _Window:
    """The part of a file that is being parsed; grows until a value is whole."""

    CHUNK = 1 << 20
    LONGEST = 1 << 26
    """Characters of one row: more is not a row but a broken file."""

    def __init__(self, file: IO[str], path: Path) -> None:
        self._file = file
        self._path = path
        self._text = ""
        self._at = 0
        self._decoder = json.JSONDecoder()

    def _more(self, size: int) -> bool:
        try:
            chunk = self._file.read(size)
        except UnicodeDecodeError as error:
            raise DataError(f"{self._path}: not UTF-8 text ({error.reason})") from error
        self._text = self._text[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def _peek(self) -> str:
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in " \t\r\n":
                    return self._text[self._at]
                self._at += 1
            if not self._more(self.CHUNK):
                return ""

    def take(self, mark: str) -> None:
        """Steps over a mark that must come next."""
        following = self._peek()
        if following != mark:
            raise DataError(
                f"{self._path}: a JSON list was expected to continue with {mark!r}, found "
                f"{following or 'the end of the file'!r}; was the file cut off?"
            )
        self._at += 1

    def ends_list(self, first: bool) -> bool:
        """Whether the list ends here; steps over its end, or over the comma."""
        if self._peek() == "]":
            self._at += 1
            return True
        if not first:
            self.take(",")
        return False

    def item(self, number: int) -> Any:
        """The next value. Raises DataError when it is broken or cut off."""
        self._peek()
        size = self.CHUNK
        while True:
            try:
                value, self._at = self._decoder.raw_decode(self._text, self._at)
                return value
            except (json.JSONDecodeError, RecursionError) as error:
                reason = error
            # The rest doubles, so that a long row costs no more than twice its length.
            if len(self._text) - self._at > self.LONGEST or not self._more(size):
                begin = self._text[self._at : self._at + 60]
                raise DataError(
                    f"{self._path}, row {number}: not JSON ({reason}), it begins {begin!r}; "
                    "was the file cut off?"
                )
            size *= 2


def _parquet(path: Path) -> Iterator[tuple[str, Row]]:
    try:
        pyarrow = import_module("pyarrow")  # without types, so mypy need not see it
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingPackage(
            f"{path} is a parquet file, which needs the package 'pyarrow', and that is not "
            "installed; pip install 'mmeval[hub]'"
        ) from error
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=PARQUET_ROWS, use_threads=False):
                if batch.nbytes > PARQUET_BYTES:
                    raise DataError(f"{path}, row {number + 1}: a row is too long to be one")
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path}, row {number}", row
    except DataError:
        raise
    except (OSError, ValueError, OverflowError, pyarrow.ArrowException) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        after = f" after row {number}" if number else ""
        raise DataError(f"{path}: not a parquet file that can be read{after} ({reason})") from error
