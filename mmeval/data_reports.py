"""What report folders of `mmeval perplexity` and `mmeval diversity` say, sample by sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mmeval.errors import DataError
from mmeval.reportdir import ReportDir


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """One number per row of a set, and the question that each row was made from."""

    name: str
    """Of the set, as its report has it."""
    form: str = ""
    """How its responses were written, where a set has several forms."""
    values: tuple[float, ...]
    originals: tuple[str, ...]
    """Rows of one original question are alike, and are drawn together."""

    def mean(self) -> float:
        """Of the values, exact, so that their order cannot matter."""
        return math.fsum(self.values) / len(self.values)


WHOLE, BARE = "response", "N"
"""Forms of a scored response: as it stands; an answer alone, without a word around it."""


def perplexities(folder: ReportDir) -> list[Samples]:
    """The perplexity of every response that was scored, by set and form, in their order."""
    return _by_set(
        (row, math.exp(_number(row, "nll", folder) / _number(row, "tokens", folder)))
        for row in folder.rows()
        if row.get("error") is None and row.get("tokens")
    )


def distances(folder: ReportDir, text: str) -> list[Samples]:
    """The squared distance of every new row to its neighbour, by set; `text` is what was
    embedded, `question` or `question_answer`."""
    return _by_set(
        (row, _number(row, "distance", folder))
        for row in folder.rows()
        if row.get("text") == text
    )


def _by_set(rows: Iterator[tuple[Mapping[str, Any], float]]) -> list[Samples]:
    values: dict[tuple[str, str], tuple[list[float], list[str]]] = {}
    for row, value in rows:
        own = values.setdefault((str(row.get("set")), str(row.get("form", ""))), ([], []))
        own[0].append(value)
        own[1].append(str(row.get("original")))
    return [
        Samples(name=name, form=form, values=tuple(own[0]), originals=tuple(own[1]))
        for (name, form), own in values.items()
    ]


def _number(row: Mapping[str, Any], name: str, folder: ReportDir) -> float:
    value = row.get(name)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise DataError(
            f"{folder.rows_file}: {name!r} of a row is {value!r}, no number; was it edited?"
        )
    return float(value)
