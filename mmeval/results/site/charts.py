"""Plots: a table with a strip of SVG in each row, and the numbers of the strip beside it.

A strip is as wide as its column, so a plot is readable on any screen; its numbers stand
as text in the same row, which is what a screen reader reads. Several series, such as the
checkers of a run, share a row and differ by shape and by colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from mmeval.results.site.markup import Element, Node, tag

STEP = 16
"""Height of one series in a strip, in pixels; the text beside it has the same."""
SHAPES = 4
"""How many series differ by shape; the stylesheet has as many colours."""
TOPS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Where an axis may end: the first that holds all values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One value in a row; a fraction."""

    series: str
    value: float
    low: float | None = None
    """Its interval; None where there is none."""
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a plot."""

    group: str
    """Rows of the same group that follow each other stand under its name; may be empty."""
    label: Node
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A plot of fractions along one axis."""

    title: str
    rows: tuple[Row, ...]
    kind: Literal["dots", "bars"] = "dots"

    @property
    def series(self) -> list[str]:
        """The names of its series, in the order in which they appear."""
        return list(dict.fromkeys(mark.series for row in self.rows for mark in row.marks))


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where a strip goes, as fractions."""

    low: float
    high: float

    def place(self, value: float) -> str:
        """A value's place on the strip, in percent of its width, kept off the edges."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return f"{1 + 98 * share:.2f}%"

    def ticks(self) -> list[float]:
        """Five values, evenly."""
        return [self.low + i * (self.high - self.low) / 4 for i in range(5)]


def chart(made: Chart) -> Element:
    """The plot as a table; a caption, a legend where there are several series."""
    axis = axis_of(made)
    several = made.series if len(made.series) > 1 else []
    head = tag(
        "tr",
        tag("th", tag("span", "part", class_="unseen"), scope="col"),
        tag("th", _scale(axis), scope="col", class_="strip"),
        tag("th", "percent", scope="col", class_="number"),
    )
    body = [
        tag("tbody", *_heading(group), *(_row(each, made, axis) for each in rows))
        for group, rows in groupby(made.rows, lambda row: row.group)
    ]
    legend = tag("p", *_legend(several, made.kind), class_="legend") if several else None
    caption = tag("caption", made.title, legend)
    return tag("table", caption, tag("thead", head), *body, class_="chart")


def axis_of(made: Chart) -> Axis:
    """From 0, or from below where a value is, to the first round number above all."""
    marks = [mark for row in made.rows for mark in row.marks]
    reached = [each for m in marks for each in (m.value, m.low, m.high) if each is not None]
    most = max(max(reached, default=1.0), -min(reached, default=0.0))
    top = next((each for each in TOPS if most <= each), most)
    return Axis(-top if min(reached, default=0.0) < 0 else 0.0, top)


def _heading(group: str) -> Iterator[Element]:
    if group:
        yield tag("tr", tag("th", group, scope="rowgroup", colspan=3), class_="group")


def _row(row: Row, made: Chart, axis: Axis) -> Element:
    numbers = tag("div", *(tag("div", *_number(mark, made)) for mark in row.marks))
    return tag(
        "tr",
        tag("th", row.label, scope="row"),
        tag("td", _strip(row.marks, made, axis), class_="strip"),
        tag("td", numbers, class_="number"),
    )


def _number(mark: Mark, made: Chart) -> Iterator[Node]:
    """`66.8 (64.2-69.3)`, and whose it is for those who do not see the shape."""
    if len(made.series) > 1:
        yield tag("span", f"{mark.series}: ", class_="unseen")
    yield f"{100 * mark.value:.1f}"
    if mark.low is not None and mark.high is not None:
        yield tag("span", f" ({100 * mark.low:.1f}\u2013{100 * mark.high:.1f})", class_="interval")


def _strip(marks: Sequence[Mark], made: Chart, axis: Axis) -> Element:
    height = STEP * max(1, len(marks))
    drawn: list[Node] = [
        tag("line", x1=axis.place(at), x2=axis.place(at), y1=0, y2=height, class_=_tick(at))
        for at in axis.ticks()
    ]
    for number, mark in enumerate(marks):
        drawn += _drawn(mark, made, axis, STEP * number + STEP // 2)
    return tag("svg", *drawn, width="100%", height=height, aria_hidden="true", focusable="false")


def _tick(at: float) -> str:
    return "zero" if at == 0 else "tick"


def _drawn(mark: Mark, made: Chart, axis: Axis, y: int) -> Iterator[Element]:
    number = made.series.index(mark.series) % SHAPES
    x = axis.place(mark.value)
    if made.kind == "bars":
        yield tag("line", x1=axis.place(0), x2=x, y1=y, y2=y, class_=f"bar s{number}")
        return
    if mark.low is not None and mark.high is not None:
        low, high = axis.place(mark.low), axis.place(mark.high)
        yield tag("line", x1=low, x2=high, y1=y, y2=y, class_=f"whisker s{number}")
    yield tag("svg", _shape(number), x=x, y=y, overflow="visible", class_=f"s{number}")


def _shape(number: int) -> Element:
    """A circle, a square, a diamond, a triangle."""
    if number == 0:
        return tag("circle", r="4.5")
    paths = ("", "M-4-4H4V4H-4Z", "M0-5.5L5.5 0L0 5.5L-5.5 0Z", "M0-5.5L5 4H-5Z")
    return tag("path", d=paths[number])


def _legend(series: Sequence[str], kind: str) -> Iterator[Element]:
    for number, name in enumerate(series):
        shape = tag("path", d="M-5-3H5V3H-5Z") if kind == "bars" else _shape(number % SHAPES)
        icon = tag(
            "svg",
            shape,
            viewBox="-8 -8 16 16",
            width=14,
            height=14,
            aria_hidden="true",
            class_=f"s{number % SHAPES}",
        )
        yield tag("span", icon, name)


def _scale(axis: Axis) -> Element:
    """The numbers of the axis above the strips."""
    drawn = [
        tag("text", f"{100 * at:.4g}", x=axis.place(at), y=12, text_anchor=anchor)
        for at, anchor in zip(
            axis.ticks(), ("start", "middle", "middle", "middle", "end"), strict=True
        )
    ]
    return tag("svg", *drawn, width="100%", height=16, aria_hidden="true", focusable="false")
