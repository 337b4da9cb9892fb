"""What report folders of `mmeval perplexity` and `mmeval diversity` say, sample by sample."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mmeval.errors import DataError
from mmeval.paper.measured import Box, Measured
from mmeval.paper.measurements import report_source, rows_of
from mmeval.records import Report, Scalar, from_row
from mmeval.results.report_folder import ReportDir
from mmeval.text import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """One number per row of a set, and the question that each row was made from."""

    name: str
    """Of the set, as its report has it."""
    form: str = ""
    """How its responses were written, where a set has several forms."""
    values: tuple[float, ...]
    origins: tuple[str, ...]
    """Rows of one original question are alike, and are drawn together."""

    def at(self, share: float) -> float:
        """The quantile, between two values by their distance."""
        import numpy as np

        return float(np.quantile(self.values, share))

    def mean(self) -> float:
        """Of the values, exact, so that their order cannot matter."""
        return math.fsum(self.values) / len(self.values)


CURVE_FILE = "curve.json"
"""Beside a diversity report: its gains against the size of the base."""
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
        (row, _number(row, "distance", folder)) for row in folder.rows() if row.get("text") == text
    )


def _by_set(rows: Iterator[tuple[Mapping[str, Any], float]]) -> list[Samples]:
    sets: dict[tuple[str, str], tuple[list[float], list[str]]] = {}
    for row, value in rows:
        key = (shown(str(row.get("set"))), shown(str(row.get("form", ""))))
        columns = sets.setdefault(key, ([], []))
        columns[0].append(value)
        # `original_key` of a row, under the name that each of the two reports has for it
        columns[1].append(str(row.get("original", row.get("question_key"))))
    return [
        Samples(name=name, form=form, values=tuple(columns[0]), origins=tuple(columns[1]))
        for (name, form), columns in sets.items()
    ]


def _number(row: Mapping[str, Any], name: str, folder: ReportDir) -> float:
    value = row.get(name)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise DataError(
            f"{folder.rows_file}: {name!r} of a row is {value!r}, not a number; was it edited?"
        )
    return float(value)


def boxes(folder: ReportDir) -> Iterator[tuple[str, str, Measured]]:
    """(set, form, its median with its box) of a perplexity report."""
    samples = {(each.name, each.form): each for each in perplexities(folder)}
    for row in rows_of(folder.report()):
        sample = samples.get((shown(str(row["set"])), shown(str(row["form"]))))
        median, q1, q3 = row["median"], row["q1"], row["q3"]
        if sample is None or median is None:
            continue
        assert isinstance(median, float) and isinstance(q1, float) and isinstance(q3, float)
        low, high = sample.at(0.05), sample.at(0.95)
        yield (
            sample.name,
            sample.form,
            Measured(
                value=median,
                n=len(sample.values),
                who=sample.name,
                by=sample.form,
                source=report_source(folder),
                box=Box(
                    whisker_low=low, quarter=q1, median=median, three_quarters=q3, whisker_high=high
                ),
                recount=partial(statistics.median, sample.values),
            ),
        )


def gains(folder: ReportDir) -> Iterator[tuple[str, str, Measured]]:
    """(set, text, its gain) of a diversity report."""
    for text in dict.fromkeys(str(row["text"]) for row in folder.rows()):
        samples = {each.name: each for each in distances(folder, text)}
        for row in rows_of(folder.report()):
            sample = samples.get(shown(str(row["set"])))
            if sample is not None and row["text"] == text:
                yield sample.name, text, _gain(folder, sample, row)


def _gain(folder: ReportDir, sample: Samples, row: Mapping[str, Scalar]) -> Measured:
    value, low, high = row["gain"], row["low"], row["high"]
    assert isinstance(value, float)
    assert isinstance(low, float | None) and isinstance(high, float | None)
    return Measured(
        value=value,
        low=low,
        high=high,
        n=len(sample.values),
        who=sample.name,
        source=report_source(folder),
        recount=sample.mean,
    )


def gain_curves(folder: ReportDir) -> Iterator[tuple[str, str, int, Measured]]:
    """(set, text, rows of the base, the gain) of a diversity report's curves with a growing
    base; nothing where none was asked for. Raises DataError for a file that was edited."""
    file = folder.path / CURVE_FILE
    if not file.is_file():
        return
    try:
        report = from_row(Report, json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file}: not a report ({error}); was it edited?") from None
    for row in rows_of(report):
        size = row["size"]
        if row["grows"] == "base" and isinstance(size, int):
            name, text = shown(str(row["set"])), shown(str(row["text"]))
            yield name, text, size, _curve_point(folder, file, row)


def _curve_point(folder: ReportDir, file: Path, row: Mapping[str, Scalar]) -> Measured:
    value, low, high, size = row["gain"], row["low"], row["high"], row["size"]
    assert isinstance(value, float)
    assert isinstance(low, float | None) and isinstance(high, float | None)
    assert isinstance(size, int)
    return Measured(
        value=value,
        low=low,
        high=high,
        n=size,
        who=shown(str(row["set"])),
        source=report_source(folder),
        # The whole base's gain is in the rows; of a smaller base only the curve tells.
        recount=lambda: value,
    )
