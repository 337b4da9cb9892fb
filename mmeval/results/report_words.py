"""Reports and verdicts in words and cells for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

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


class Decided(Protocol):
    """What a comparison of two runs on one task is told by: `compare`'s and `gate`'s results."""

    @property
    def benchmark(self) -> str: ...
    @property
    def split(self) -> str: ...
    @property
    def checker(self) -> str: ...
    @property
    def unread(self) -> str | None: ...
    @property
    def passed_over(self) -> tuple[str, ...]: ...


def task_line(result: Decided) -> str:
    """The task, and by which checker: why not by an earlier one, or that none read both runs."""
    why = result.unread or "; ".join(result.passed_over)
    return f"{result.benchmark} {result.split}, {result.checker}" + (f" ({why})" if why else "")
