"""Any Report -> HTML: a table of all its values, what it says in words, and plots.

What is plotted is decided by the columns alone, so an analysis of a user's own is drawn
too: a fraction that is followed by its `low` and `high` becomes dots with intervals; a
table of fractions without intervals becomes bars; anything else stays a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from mmeval.records import Column, Report, Scalar
from mmeval.results.report_words import cell
from mmeval.results.site.charts import Chart, Mark, Row, chart
from mmeval.results.site.markup import Element, Node, outside, tag
from mmeval.text import percent

SERIES = "checker"
"""The column whose values share a row of a plot."""
MOST_ROWS = 400
"""Rows of a plot; a longer table is not drawn."""


def report_section(report: Report, title: str, level: int = 3) -> Element:
    """A heading, the words, the plots, and the table behind a fold where there is a plot."""
    charts = [chart(each) for each in charts_of(report)]
    table = tag("div", report_table(report), **scrolling(f"{title}: table"))
    folded = tag("details", tag("summary", "The numbers as a table"), table) if charts else table
    return tag(
        "section",
        tag(f"h{level}", title),
        tag("p", report.summary),
        *charts,
        folded,
        *(tag("p", note.replace("`", ""), class_="note") for note in report.notes),
        _published(report),
        class_="report",
    )


def scrolling(label: str) -> dict[str, str | int]:
    """The attributes of a region that a keyboard can scroll sideways."""
    return {"class_": "wide", "role": "region", "aria_label": label, "tabindex": 0}


def report_table(report: Report) -> Element:
    """Every value of a report; shares in percent, a dash where there is none. A name that is
    the same in all rows is said once, above them."""
    same = [i for i, column in enumerate(report.columns) if _is_same(report, column, i)]
    kept = [i for i in range(len(report.columns)) if i not in same]
    constants = "; ".join(f"{report.columns[i].name}: {report.rows[0][i]}" for i in same)
    head = tag("tr", *(_head(report.columns[i]) for i in kept))
    body = [tag("tr", *(_cell(report.columns[i], row[i]) for i in kept)) for row in report.rows]
    caption = tag("caption", constants) if constants else None
    return tag("table", caption, tag("thead", head), tag("tbody", *body), class_="sortable")


def _is_same(report: Report, column: Column, place: int) -> bool:
    values = {row[place] for row in report.rows}
    return not column.unit and len(report.rows) > 1 and len(values) == 1


def _head(column: Column) -> Element:
    name = column.name.replace("_", " ")
    unit = "%" if column.unit == "fraction" else column.unit
    shown = f" ({unit})" if unit and unit not in name else ""
    return tag("th", name + shown, scope="col", class_="number" if column.unit else None)


def _cell(column: Column, value: Scalar) -> Element:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = cell(column, value).removesuffix(" %")
    return tag(
        "td",
        text,
        class_="number" if column.unit else None,
        data_value=repr(value) if is_number else None,
    )


def _published(report: Report) -> Element | None:
    if not report.published:
        return None
    lines = [
        tag(
            "li",
            f"{fact.model} {fact.size}".strip(),
            f" on {fact.benchmark}: {percent(fact.value)} (",
            outside(fact.source, fact.link),
            ")",
        )
        for fact in report.published
    ]
    return tag("div", tag("p", "Published, not measured here:"), tag("ul", *lines), class_="note")


class Interval(NamedTuple):
    """The places of a fraction and of its interval among the columns."""

    value: int
    low: int
    high: int


def charts_of(report: Report) -> Iterator[Chart]:
    """The plots that a report's columns ask for; none for one that is too long to read."""
    if not 1 <= len(report.rows) <= MOST_ROWS:
        return
    found = list(intervals(report.columns))
    for each in found:
        title = report.columns[each.value].name.replace("_", " ")
        rows = tuple(_rows(report, [each], by_column=False))
        if rows:
            yield Chart(title=f"{title}, with 95 % interval", rows=rows)
    shares = [i for i, column in enumerate(report.columns) if column.unit == "fraction"]
    if not found and len(shares) > 1:
        values = [Interval(i, i, i) for i in shares]
        yield Chart(
            title=f"{report.analysis.replace('_', ' ')}, shares",
            rows=tuple(_rows(report, values, by_column=True)),
            kind="bars",
        )


def intervals(columns: Sequence[Column]) -> Iterator[Interval]:
    """Every fraction that its interval follows: `gap, low, high`, `given, given_low, ...`."""
    for i in range(len(columns) - 2):
        value, low, high = columns[i : i + 3]
        all_shares = {value.unit, low.unit, high.unit} == {"fraction"}
        if all_shares and low.name.endswith("low") and high.name.endswith("high"):
            yield Interval(i, i + 1, i + 2)


def _rows(report: Report, values: Sequence[Interval], by_column: bool) -> Iterator[Row]:
    """One row a label, or with `by_column` one for each column of values, the checkers of a
    row beside each other."""
    places = [i for i, column in enumerate(report.columns) if not column.unit]
    varied = [i for i in places if len({row[i] for row in report.rows}) > 1]
    names = [i for i in varied if report.columns[i].name != SERIES]
    series = next((i for i in places if report.columns[i].name == SERIES), None)
    keys = list(dict.fromkeys(tuple(str(row[i]) for i in names) for row in report.rows))
    for key, column in product(keys, values):
        marks = tuple(
            mark
            for row in report.rows
            if tuple(str(row[i]) for i in names) == key
            for mark in _mark(row, column, str(row[series]) if series is not None else "")
        )
        if marks:
            heads, label = _named(report, names, key)
            if by_column:
                heads = " \u00b7 ".join(each for each in (heads, label) if each)
                label = report.columns[column.value].name.replace("_", " ")
            yield Row(group=heads, label=label or "all", marks=marks)


def _named(report: Report, names: Sequence[int], key: Sequence[str]) -> tuple[str, str]:
    """(what a row stands under, its own name)."""
    return " \u00b7 ".join(key[:-1]), key[-1] if key else ""


def _mark(row: Sequence[Scalar], at: Interval, series: str) -> Iterator[Mark]:
    value, low, high = (row[i] for i in at)
    if isinstance(value, int | float):
        bare = at.value == at.low
        yield Mark(
            series=series,
            value=float(value),
            low=float(low) if isinstance(low, int | float) and not bare else None,
            high=float(high) if isinstance(high, int | float) and not bare else None,
        )


def folded(title: str, *inside: Node) -> Element:
    """Something behind a fold."""
    return tag("details", tag("summary", title), *inside)
