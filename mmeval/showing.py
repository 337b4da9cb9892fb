"""How numbers and other people's strings are shown where runs are weighed."""

from __future__ import annotations

from collections.abc import Iterator

from mmeval.records import Column, Report, Scalar


def percent(share: float) -> str:
    """A fraction for people."""
    return f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """A difference of fractions in points, with its sign."""
    return f"{round(100 * difference, 1) + 0.0:+.1f}"  # + 0.0: never -0.0


def shown(text: str) -> str:
    """A label on one line: what a terminal could obey or not show becomes a `?`."""
    return "".join(each if each.isprintable() else "?" for each in text)


def quoted(text: str | None, most: int = 70) -> str:
    """An answer on one line, control characters escaped; `-` for none."""
    return "-" if text is None else repr(text if len(text) <= most else text[:most] + "...")


def cell(column: Column, value: Scalar) -> str:
    """A value for people: fractions in percent."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{100 * value:.1f} %" if column.unit == "fraction" else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else shown(str(value))


def words(report: Report) -> Iterator[str]:
    """What the table says, what to know about it, and what was published."""
    yield report.summary
    yield from report.notes
    for fact in report.published:
        name = f"{fact.model} {fact.size}".strip()
        yield f"published: {name} on {fact.benchmark} {100 * fact.value:.1f} % ({fact.source})"
