"""Rows of training data: MetaMathQA's own files, GSM8K's, MATH's, or any with two fields.

    --data FOBAR=MetaMathQA-395K.json:GSM_FOBAR --data mine=mine.jsonl

A file is JSON lines, one JSON list (read row by row, however long) or parquet. Its fields
are found by name, the first pair of `FIELDS` that the first row has, unless the user
names them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mmeval import jsonl
from mmeval.errors import ConfigError, DataError, MissingData
from mmeval.problems.row_files import rows_of
from mmeval.records import Row

FIELDS = (
    ("query", "response"),
    ("question", "answer"),
    ("problem", "solution"),
    ("instruction", "output"),
)
"""MetaMathQA, GSM8K, MATH, and the field names of Alpaca."""


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
        fields = fields or _fields(file, where, row, responses)
        yield _row(where, row, fields, responses)
        count += 1
    if not count:
        kinds = f"; its types are {', '.join(sorted(seen))}" if seen else ""
        asked = f" of type {' or '.join(file.types)}" if file.types else ""
        raise DataError(f"{file.path}: no row{asked} in it{kinds}")


def _fields(file: DataFile, where: str, row: Row, responses: bool) -> tuple[str, str]:
    """The names of the two fields, by the first row."""
    if file.question:
        default = next((a for q, a in FIELDS if q == file.question), "answer")
        return file.question, file.answer or default
    for question, answer in FIELDS:
        if question in row and (file.answer or answer in row or not responses):
            return question, file.answer or answer
    pairs = ", ".join(f"{q} and {a}" for q, a in FIELDS)
    raise DataError(
        f"{where}: no question and answer found; looked for {pairs}; the row has "
        f"{', '.join(map(str, row))}; name them with --question FIELD --answer FIELD"
    )


def _row(where: str, row: Row, fields: tuple[str, str], responses: bool) -> TrainingRow:
    query = _text(where, row, fields[0])
    response = _text(where, row, fields[1]) if responses or fields[1] in row else ""
    kind, original = row.get("type"), row.get("original_question")
    return TrainingRow(
        id=row_id(query, response),
        query=query,
        response=response,
        type=kind if isinstance(kind, str) else None,
        original_question=original if isinstance(original, str) else None,
    )


def _text(where: str, row: Row, field: str) -> str:
    try:
        value = jsonl.field_at(row, field)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    if not isinstance(value, str):
        raise DataError(f"{where}: the field {field!r} is {type(value).__name__}, not text")
    if not value.strip():
        raise DataError(f"{where}: the field {field!r} is empty")
    return value


def row_id(query: str, response: str) -> str:
    """The id of a row: the first 16 hex digits of a hash of its texts."""
    digest = hashlib.sha256(query.encode("utf-8", "surrogatepass"))
    digest.update(b"\0" + response.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]
