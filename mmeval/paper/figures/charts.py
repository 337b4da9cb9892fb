"""The kinds of picture that figures are made of: bars, curves, boxes, tables, empty frames.

Each draws cells on axes and computes nothing but places on the paper.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mmeval.paper.figures import style
from mmeval.paper.figures.figure import Cell, Sheet, ordered
from mmeval.paper.figures.legends import LETTER, LONGEST, MARKERS, PART, broken
from mmeval.paper.figures.style import GREY, HATCH, INK
from mmeval.paper.measured import Measured
from mmeval.paper.sizes import rows_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

WIDTH = 0.78
"""Of a group of bars, where groups are 1 apart."""
CAP = 1.5
"""Points: half the width of the end of an error bar."""
HEADROOM = 0.033
"""Of the axis, above the highest bar, for each letter of a number that is set upright."""
NARROW = 0.55
"""Inches below which the names of groups are set at a slant."""
CROWDED = 0.75
"""The same where a word of a name would be broken."""
DIGIT = 0.055
"""Inches that a letter of a bar's number takes; where it finds less room it is set upright."""


def empty(axes: Axes, sheet: Sheet, command: str = "") -> None:
    """A frame that says that nothing is known, and which command would change that."""
    axes.set_xticks([])
    axes.set_yticks([])
    lines = ["never printed, not measured: run"]
    lines += textwrap.wrap(command or sheet.figure.measured_by, 42, break_long_words=False)
    axes.text(
        0.5,
        0.5,
        "\n".join(lines),
        transform=axes.transAxes,
        ha="center",
        va="center",
        fontsize=6,
        color=GREY,
        linespacing=1.5,
    )
    for spine in axes.spines.values():
        spine.set_color("#bbbbbb")
        spine.set_linestyle((0, (4, 3)))


def bars(
    axes: Axes,
    cells: Sequence[Cell],
    palette: Mapping[str, Any],
    notes: Mapping[str, str] | None = None,
) -> None:
    """Bars in groups by `x`, coloured by series: quoted ones hatched, measured ones full with
    their interval. `notes` stand below the names of the groups."""
    groups = ordered(each.x for each in cells)
    slots = [[slot for cell in cells if cell.x == x for slot in _slots(cell)] for x in groups]
    room = axes.figure.get_figwidth() / len(groups)
    for place, group in enumerate(slots):
        width = WIDTH / max(len(group), 2)
        first = place - width * (len(group) - 1) / 2
        beside = width if len(group) > 1 else WIDTH
        for number, (cell, kind) in enumerate(group):
            bar = Bar(first + number * width, width, beside * room)
            _bar(axes, bar, cell, kind, palette[cell.series])
    _name_groups(axes, groups, room, notes or {})


def _name_groups(axes: Axes, groups: Sequence[str], room: float, notes: Mapping[str, str]) -> None:
    letters = max(7, int(room / LETTER))
    slant: dict[str, Any] = {}
    longest = max(len(word) for each in groups for word in each.split())
    if room < NARROW or (room < CROWDED and longest > letters):
        letters, slant = LONGEST, {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    if slant:  # a line of its own would run into the next group's
        groups = [f"{each}: {notes[each]}" if each in notes else each for each in groups]
        notes = {}
    names = [broken(each, letters) for each in groups]
    height = max(each.count("\n") for each in names) if notes else 0
    for number, each in enumerate(groups):
        if each in notes:
            names[number] += "\n" * (height - names[number].count("\n") + 1) + notes[each]
    axes.set_xticks(range(len(groups)), names, **slant)
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.tick_params(axis="x", length=0)
    style.despine(axes)


class Bar(NamedTuple):
    """Where a bar stands."""

    where: float
    width: float
    room: float
    """Inches for its number beside those of other bars."""


def _slots(cell: Cell) -> list[tuple[Cell, str]]:
    kinds = ["quoted"] * (cell.quoted is not None) + ["measured"] * (cell.measured is not None)
    return [(cell, kind) for kind in kinds or ["nothing"]]


def _bar(axes: Axes, bar: Bar, cell: Cell, kind: str, colour: Any) -> None:
    where, width, room = bar
    more = ""
    if kind == "quoted" and cell.quoted is not None:
        value = cell.quoted.value
        axes.bar(where, value, 0.92 * width, facecolor="white", edgecolor=colour, hatch=HATCH)
        top = value
    elif cell.measured is not None:
        value, high = cell.measured.value, cell.measured.high
        axes.bar(where, value, 0.92 * width, facecolor=colour, edgecolor=INK, linewidth=0.4)
        _interval(axes, where, cell.measured)
        top = max(value, high if high is not None else value)
        more = PART if cell.measured.partial else ""
        if cell.measured.most is not None:
            most = cell.measured.most
            axes.vlines(where, value, most, color=INK, linewidth=0.6, linestyle=(0, (1, 1.5)))
            more += f" ≤ {most:.1f}"
            top = max(top, most)
    else:
        label = " never printed,\n not measured"
        axes.text(where, 0, label, ha="center", va="bottom", fontsize=5, color=GREY, rotation=90)
        return
    number = (f"{value:.1f}" if abs(value) >= 1 or not value else f"{value:.2g}") + more
    axes.annotate(
        number,
        (where, max(top, 0)),
        xytext=(0, 1.5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=5.5,
        rotation=90 if len(number) * DIGIT > room else 0,
    )
    if len(number) * DIGIT > room:
        axes.margins(y=max(axes.margins()[1], HEADROOM * len(number)))


def curves(axes: Axes, cells: Sequence[Cell], palette: Mapping[str, Any]) -> None:
    """Lines over sizes in thousands, `x` being `20K`: measured points full, with their
    interval, and joined; quoted ones hollow and joined by dashes."""
    markers = dict(zip(palette, MARKERS * len(palette), strict=False))
    for series in ordered(each.series for each in cells):
        points = sorted((thousands(each), each) for each in cells if each.series == series)
        colour, marker = palette[series], markers[series]
        quoted = [(x, each.quoted.value) for x, each in points if each.quoted is not None]
        measured = [(x, each.measured) for x, each in points if each.measured is not None]
        hollow = {"markerfacecolor": "white", "linestyle": (0, (3, 2))}
        axes.plot(*_columns(quoted), marker=marker, color=colour, **hollow)
        axes.plot(*_columns([(x, each.value) for x, each in measured]), marker=marker, color=colour)
        for x, each in measured:
            _interval(axes, x, each)
    style.despine(axes)


def widen(axes: Axes, least: float) -> None:
    """Makes the vertical axis at least so long, and never below 0: a line between two numbers
    that are nearly the same is flat, not steep."""
    low, high = axes.get_ylim()
    more = max(0.0, least - (high - low)) / 2
    axes.set_ylim(max(0.0, low - more), high + more)


def thousands(cell: Cell) -> float:
    """20 of a cell at `20K`."""
    return (rows_in(cell.x) or 0) / 1000


def _columns(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def boxes(axes: Axes, cells: Sequence[Cell], palette: Mapping[str, Any]) -> None:
    """A box for each measured cell at its `x`; whiskers at 5 and 95 %, a logarithmic axis."""
    drawn = [(place, each) for place, each in enumerate(cells) if each.measured is not None]
    for place, cell in drawn:
        assert cell.measured is not None and cell.measured.box is not None
        box = cell.measured.box
        stats = {
            "whislo": box.whisker_low,
            "q1": box.quarter,
            "med": box.median,
            "q3": box.three_quarters,
            "whishi": box.whisker_high,
        }
        line = {"color": INK, "linewidth": 0.7}
        axes.bxp(
            [stats],
            positions=[place],
            widths=0.55,
            showfliers=False,
            patch_artist=True,
            boxprops={"facecolor": palette[cell.series], "edgecolor": INK, "linewidth": 0.6},
            medianprops={"color": INK, "linewidth": 1.2},
            whiskerprops=line,
            capprops=line,
        )
        axes.annotate(
            f"{box.median:#.3g}".rstrip("."),
            (place, box.whisker_high),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="center",
            fontsize=5.5,
        )
    axes.set_yscale("log")
    axes.yaxis.set_minor_formatter(lambda value, _: _within_a_decade(axes, value))
    axes.yaxis.set_major_formatter("{x:g}")
    _name_groups(axes, [each.x for each in cells], axes.figure.get_figwidth() / len(cells), {})


def _within_a_decade(axes: Axes, value: float) -> str:
    """A label between the powers of ten, where the axis has one of those at most.
    Matplotlib's own would be formulas, which we do not let it read."""
    low, high = axes.get_ylim()
    return f"{value:g}" if high < 12 * low else ""


def titled(axes: Axes, text: str) -> None:
    """The panel's name above its left end."""
    axes.set_title(text, loc="left", fontweight="bold")


def remark(picture: Picture, text: str) -> None:
    """A line below everything, and below the lines already there."""
    above = picture.get_supxlabel()
    lines = "\n".join(textwrap.wrap(text, int(picture.get_figwidth() / LETTER * 1.4)))
    lines = f"{above}\n{lines}" if above else lines
    picture.supxlabel(lines, x=0.01, ha="left", fontsize=5.5, color=GREY)


def _interval(axes: Axes, where: float, measured: Measured) -> None:
    if measured.low is not None and measured.high is not None:
        low, high = measured.low, measured.high
        axes.vlines(where, low, high, color=INK, linewidth=0.7, zorder=5)
        axes.plot([where, where], [low, high], "_", color=INK, markersize=2 * CAP, zorder=5)
