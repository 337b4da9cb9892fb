"""Rows of training data: MetaMathQA's own files, GSM8K's, MATH's, or any with two fields.

    --data FOBAR=MetaMathQA-395K.json:GSM_FOBAR --data mine=mine.jsonl

A file is JSON lines, one JSON list (read row by row, however long) or parquet. Its fields
are found by name in the first row, unless the user names them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mmeval.errors import ConfigError, DataError, MissingData
from mmeval.problems.fields import NAME_THEM, find_pair, text_at
from mmeval.problems.row_files import rows_of
from mmeval.records import Row
from mmeval.text import normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """One question with the answer a model is to learn."""

    id: str
    """16 hex digits: a hash of query and response, stable under shuffling; equal rows
    have equal ids."""
    query: str
    response: str
    """The whole worked answer; empty only where the reader asked for questions alone."""
    type: str | None = None
    """MetaMathQA's `type` (`GSM_FOBAR`, ...); None where the file has none."""
    original_question: str | None = None
    """The question it was made from; None where the file does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A named file of training rows, or the rows of some types of it."""

    name: str
    path: Path
    types: tuple[str, ...] = ()
    """The `type`s that are taken; empty takes every row."""
    question: str | None = None
    """The field of the question, as `mmeval.jsonl.field_at` reads it; None: found by name."""
    answer: str | None = None
    remedy: str = NAME_THEM
    """What the user can do where neither is found."""


def parse_file(text: str, question: str | None = None, answer: str | None = None) -> DataFile:
    """`NAME=FILE` or `NAME=FILE:TYPE[,TYPE...]`, as the command line has it.

    Raises ConfigError when it is neither, MissingData when there is no such file.
    """
    name, equals, rest = text.partition("=")
    if not (name and equals and rest):
        raise ConfigError(f"{text!r} names no data: write NAME=FILE, for example mine=mine.jsonl")
    path, types = Path(rest), ""
    if not path.is_file() and ":" in rest:
        before, _, types = rest.rpartition(":")
        path = Path(before)
    if not path.is_file():
        raise MissingData(f"{name}: no file at {path}")
    chosen = tuple(each for each in types.split(",") if each)
    return DataFile(name=name, path=path, types=chosen, question=question, answer=answer)


def read_file(file: DataFile, responses: bool = True) -> Iterator[TrainingRow]:
    """The rows of a file in its order, those of the asked types.

    `responses=False` takes rows without an answer too. Raises DataError with file, row and
    field for a row without a question or an answer, and when no row has the asked type.
    """
    fields: tuple[str, str] | None = None
    seen: set[str] = set()
    count = 0
    for where, row in rows_of(file.path):
        if file.types:
            kind = str(row.get("type"))
            seen.add(kind)
            if kind not in file.types:
                continue
        try:
            fields = fields or find_pair(row, file.question, file.answer, responses, file.remedy)
            made = _row(row, fields, responses)
        except DataError as error:
            raise DataError(f"{where}: {error}") from None
        yield made
        count += 1
    if not count:
        kinds = f"; its types are {', '.join(sorted(seen))}" if seen else ""
        of_type = f" of type {' or '.join(file.types)}" if file.types else ""
        raise DataError(f"{file.path}: no row{of_type} in it{kinds}")


def _row(row: Row, fields: tuple[str, str], responses: bool) -> TrainingRow:
    query = text_at(row, fields[0], "question")
    takes = responses or fields[1] in row
    response = text_at(row, fields[1], "answer") if takes else ""
    kind, original = row.get("type"), row.get("original_question")
    return TrainingRow(
        id=row_id(query, response),
        query=query,
        response=response,
        type=kind if isinstance(kind, str) else None,
        original_question=original if isinstance(original, str) else None,
    )


def original_key(row: TrainingRow) -> str:
    """16 hex digits of the question a row was made from, its own where none is named, white
    space and quotes made one: rows with the same key are alike, and not independent."""
    text = normalised(row.original_question or row.query)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def row_id(query: str, response: str) -> str:
    """The id of a row: the first 16 hex digits of a hash of its texts."""
    digest = hashlib.sha256(query.encode("utf-8", "surrogatepass"))
    digest.update(b"\0" + response.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]
