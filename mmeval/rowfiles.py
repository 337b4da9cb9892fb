"""Rows of the files that data sets are published in: JSON lines, JSON, parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from mmeval.declare import Row
from mmeval.errors import DataError, MissingPackage
from mmeval.jsonl import read_rows


def matching(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """The files below `folder` that the patterns name, in their order.

    `*` in a pattern gathers its matches, sorted; hidden files are left out (a tar made
    on macOS brings a `._1.json` beside every `1.json`).
    """
    found: list[Path] = []
    for pattern in patterns:
        paths = sorted(folder.glob(pattern)) if "*" in pattern else [folder / pattern]
        found += [p for p in paths if p.is_file() and not p.name.startswith(".")]
    return found


def rows_of(path: Path) -> Iterator[tuple[str, Row]]:
    """Yields (where, row) of one file, `where` being ready for a complaint.

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
    try:
        whole = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        yield from _lines(path)  # JSON lines, or an error that names the line
        return
    if isinstance(whole, dict):
        yield str(path), whole
        return
    if not isinstance(whole, list):
        raise DataError(f"{path}: expected JSON objects, found {type(whole).__name__}")
    for number, row in enumerate(whole, 1):
        if not isinstance(row, dict):
            raise DataError(
                f"{path}, row {number}: expected a JSON object, found {type(row).__name__}"
            )
        yield f"{path}, row {number}", row


def _parquet(path: Path) -> Iterator[tuple[str, Row]]:
    try:
        pyarrow = import_module("pyarrow")  # without types, so mypy need not see it
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingPackage(
            f"{path} is a parquet file, which needs the package 'pyarrow', and that is not "
            "installed; pip install 'mmeval[hub]'"
        ) from error
    try:
        rows = parquet.read_table(path).to_pylist()
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path}: not a parquet file that can be read ({reason})") from error
    for number, row in enumerate(rows, 1):
        yield f"{path}, row {number}", row
