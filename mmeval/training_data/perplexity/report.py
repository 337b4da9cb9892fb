"""Rows of a perplexity measurement -> its report, and the JSON of `mmeval perplexity`."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from mmeval.errors import UnknownName
from mmeval.records import Column, Report
from mmeval.stats.bootstrap import FEWEST, RESAMPLES, Bootstrap, Sample, bootstrap, median
from mmeval.training_data.perplexity.scores import BARE, WHOLE, Row, Summary, summarise

UNITS = {
    "n": "rows",
    "failed": "rows",
    "truncated": "rows",
    "originals": "questions",
    "tokens": "tokens",
    "bits_per_byte": "bits",
}
COLUMNS = tuple(
    Column(
        name=each.name,
        unit="" if each.name in ("set", "form") else UNITS.get(each.name, "perplexity"),
    )
    for each in fields(Summary)
)
Key = tuple[str, str]
"""(set, form)."""


def summaries(
    rows: Sequence[Row], reference: str | None = None, resamples: int = RESAMPLES
) -> list[Summary]:
    """One summary a set and form, in the order in which they first come.

    `reference`: the set that differences are to; None: the first. Of an answer-only set
    the bare form is meant. Raises UnknownName when there is no such set.
    """
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault((row.set, row.form), []).append(row)
    base = _reference(groups, reference)
    return [
        summarise(each, None if key == base else _against(each, groups[base], resamples))
        for key, each in groups.items()
    ]


def _reference(groups: Mapping[Key, list[Row]], name: str | None) -> Key:
    if name is None:
        return next(iter(groups))
    for form in (WHOLE, BARE):
        if (name, form) in groups:
            return name, form
    available = ", ".join(dict.fromkeys(key[0] for key in groups))
    raise UnknownName(f"--reference {name}: there is no such set; available: {available}")


def _against(rows: Sequence[Row], base: Sequence[Row], resamples: int) -> Bootstrap | None:
    new, reference = _sample(rows), _sample(base)
    if not new.values or not reference.values:
        return None
    return bootstrap((new, reference), median, operator.sub, resamples=resamples)


def _sample(rows: Sequence[Row]) -> Sample:
    good = [row for row in rows if row.error is None and math.isfinite(row.perplexity)]
    return Sample(values=[row.perplexity for row in good], origins=[row.original for row in good])


def make_report(
    results: Sequence[Summary], notes: Sequence[str] = (), sources: Sequence[str] = ()
) -> Report:
    """The table, and in words which median is lowest and which differences are sure."""
    base = next((each for each in results if each.difference is None and each.n), results[0])
    return Report(
        analysis="perplexity",
        columns=COLUMNS,
        rows=tuple(tuple(getattr(each, c.name) for c in COLUMNS) for each in results),
        summary=_in_words(results, base),
        notes=(*notes, *_counted(results)),
        sources=tuple(sources),
    )


def _in_words(results: Sequence[Summary], base: Summary) -> str:
    scored = [each for each in results if each.median is not None]
    if not scored:
        return "No row of any set could be scored."
    lowest = min(scored, key=lambda each: each.median or 0.0)
    lower = [_name(each) for each in scored if each.high is not None and each.high < 0]
    higher = [_name(each) for each in scored if each.low is not None and each.low > 0]
    sentence = f"Lowest median perplexity: {_name(lowest)}, {lowest.median:.3g}."
    if lower:
        sentence += f" Below {_name(base)}: {', '.join(lower)}."
    if higher:
        sentence += f" Above {_name(base)}: {', '.join(higher)}."
    return sentence + " (95 % intervals, each set for itself.)" if lower or higher else sentence


def _name(each: Summary) -> str:
    return each.set if each.form == WHOLE else f"{each.set} ({each.form})"


def _counted(results: Sequence[Summary]) -> list[str]:
    """What was left out or cut, where anything was, and of what there is too little."""
    notes = []
    few = [_name(each) for each in results if each.difference is not None and each.low is None]
    if few:
        notes.append(
            f"Undecided, for want of the {FEWEST} questions in each set that a 95 % interval "
            f"takes: {', '.join(few)}."
        )
    for each in results:
        if each.failed:
            notes.append(f"{_name(each)}: {each.failed:,} rows could not be scored, left out.")
        if each.truncated:
            notes.append(f"{_name(each)}: {each.truncated:,} of {each.n:,} rows were cut.")
    return notes


def as_json(results: Sequence[Summary]) -> dict[str, Any]:
    """`{NAME: {"n":, "tokens":, "median":, "mean":, ...}}`; an answer-only set has the
    numbers of its bare form, and all of them under `forms`."""
    by_set: dict[str, Any] = {}
    for each in results:
        row = asdict(each)
        name, form = row.pop("set"), row.pop("form")
        if form == WHOLE:
            by_set[name] = row
        else:
            by_set.setdefault(name, row | {"form": form, "forms": {}})
            if form == BARE:
                by_set[name] = row | {"form": form, "forms": by_set[name]["forms"]}
            by_set[name]["forms"][form] = row
    return by_set
