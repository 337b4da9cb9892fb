"""A report in words and cells for people."""

from __future__ import annotations

from collections.abc import Iterator

from mmeval.records import Column, Report, Scalar
from mmeval.text import percent, shown


def cell(column: Column, value: Scalar) -> str:
    """A value for people: fractions in percent."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return percent(value) if column.unit == "fraction" else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else shown(str(value))


def words(report: Report) -> Iterator[str]:
    """What the table says, what to know about it, and what was published."""
    yield report.summary
    yield from report.notes
    for fact in report.published:
        name = f"{fact.model} {fact.size}".strip()
        yield f"published: {name} on {fact.benchmark} {percent(fact.value)} ({fact.source})"
