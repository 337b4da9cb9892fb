"""Anybody's JSONL of outputs, read as generations with their golds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval.answers.boxed import last_boxed
from mmeval.errors import DataError
from mmeval.jsonl import read_rows
from mmeval.records import Generation, Verdict, to_row


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """A JSONL file with a model's text and a gold answer in every row."""

    path: Path
    text: str
    """The field with the text; `output.0` is the first of the list in `output`."""
    gold: str
    """The field with the gold answer, a string or a number."""
    gold_after: str | None = None
    """The gold is what follows the last such string of its field; None: the whole."""
    gold_boxed: bool = False
    r"""The gold is the content of the last `\boxed{}` of its field."""

    def pairs(self) -> Iterator[tuple[Generation, str]]:
        """(generation, gold) per row; the generation's problem id is the row's number.

        Rows count from 0 and blank lines are not rows. A text that is null is a
        generation that failed. Raises DataError with file and line for a row that lacks
        a field, and MissingData when there is no file.
        """
        for number, (line, row) in enumerate(read_rows(self.path)):
            where = f"{self.path}, line {line}"
            text = _scalar(row, self.text, where)
            gold = self._gold(row, where)
            if text is None:
                error = f"the field {self.text} is null"
                yield Generation(problem_id=str(number), finish="error", error=error), gold
            else:
                yield Generation(problem_id=str(number), text=text, finish="stop"), gold

    def _gold(self, row: Mapping[str, Any], where: str) -> str:
        gold = _scalar(row, self.gold, where)
        if gold is not None and self.gold_after is not None:
            _, mark, gold = gold.rpartition(self.gold_after)
            if not mark:
                raise DataError(f"{where}: no {self.gold_after!r} in the gold field {self.gold}")
            gold = gold.strip()
        if gold is not None and self.gold_boxed:
            gold = last_boxed(gold)
            if gold is None:
                raise DataError(f"{where}: no \\boxed{{}} in the gold field {self.gold}")
        if gold is None or not gold.strip():
            raise DataError(f"{where}: the gold field {self.gold} is empty; mend or remove the row")
        return gold


def verdict_row(verdict: Verdict) -> dict[str, Any]:
    """One line of a verdicts file: `row`, counted from 0, and the verdict's fields."""
    return {"row": int(verdict.problem_id), **to_row(verdict)}


def field_at(row: Mapping[str, Any], path: str) -> Any:
    """The value at `a.b.0`: keys of objects, positions in lists, `-1` for the last.

    A key that is the whole path wins. Raises KeyError when there is nothing there.
    """
    if path in row:
        return row[path]
    value: Any = row
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and _is_position(part, len(value)):
            value = value[int(part)]
        else:
            raise KeyError(path)
    return value


def _is_position(part: str, length: int) -> bool:
    digits = part.removeprefix("-")
    return digits.isascii() and digits.isdigit() and -length <= int(part) < length


def _scalar(row: Mapping[str, Any], path: str, where: str) -> str | None:
    """The string at a path; numbers as text, `18.0` as `18`; None for null.

    Raises DataError when there is nothing there, or something that is no text.
    """
    try:
        value = field_at(row, path)
    except KeyError:
        raise DataError(
            f"{where}: no field {path!r}; there is: {', '.join(field_paths(row)) or 'nothing'}"
        ) from None
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else repr(value)
    hint = f"; there is: {', '.join(field_paths({path: value}))}" if value else ""
    raise DataError(
        f"{where}: the field {path!r} must be a string or a number, "
        f"found {type(value).__name__}{hint}"
    )


def field_paths(row: Mapping[str, Any]) -> list[str]:
    """The fields of a row as the options take them, one level into objects and lists."""
    found: list[str] = []
    for key, value in row.items():
        if isinstance(value, Mapping):
            found += [f"{key}.{inner}" for inner in value]
        elif isinstance(value, list) and value:
            inner = value[0]
            found += [f"{key}.0.{deep}" for deep in inner] if isinstance(inner, Mapping) else []
            found += [] if isinstance(inner, Mapping) else [f"{key}.0"]
        else:
            found.append(key)
    return found
