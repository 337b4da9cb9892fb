"""Legends between a panel's title and its axes, and the names in them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise, zip_longest
from math import ceil
from typing import TYPE_CHECKING, Any

from mmeval.paper.figures.figure import Cell, filled
from mmeval.paper.figures.style import GREY, HATCH, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURED = "measured here (95 % interval)"
PART = "†"
"""Beside a number that was measured on a part of the problems."""
LETTER = 0.066
"""Inches that a letter of a tick's label takes at most, on average."""
LONGEST = 36
"""Letters of a series on one line of the legend."""
MARKERS = "osD^vP*Xdp"
"""By series, so that lines are told apart without their colour."""


def legend(axes: Axes, cells: Sequence[Cell], palette: Mapping[str, Any]) -> None:
    """Above the axes: the series by colour, then how a quoted and a measured number look, of
    what is drawn."""
    from matplotlib.patches import Patch

    names = [name for name in palette if any(each.series == name for each in cells)]
    handles = [Patch(facecolor=palette[name], edgecolor=INK, linewidth=0.4) for name in names]
    quoted = Patch(facecolor="white", edgecolor=INK, hatch=HATCH, linewidth=0.4)
    measured = Patch(facecolor=INK, edgecolor=INK, linewidth=0.4)
    _place(axes, cells, dict(zip(names, handles, strict=True)), (quoted, measured))


def line_legend(axes: Axes, cells: Sequence[Cell], palette: Mapping[str, Any]) -> None:
    """Above the axes: the series by colour and marker; hollow and dashed is quoted."""
    from matplotlib.lines import Line2D

    markers = dict(zip(palette, MARKERS * len(palette), strict=False))
    names = [name for name in palette if any(each.series == name for each in filled(cells))]
    handles = [Line2D([], [], color=palette[name], marker=markers[name]) for name in names]
    hollow: dict[str, Any] = {"markerfacecolor": "white", "linestyle": (0, (3, 2))}
    quoted = Line2D([], [], color=GREY, marker="o", **hollow)
    measured = Line2D([], [], color=GREY, marker="o")
    _place(axes, cells, dict(zip(names, handles, strict=True)), (quoted, measured))


def _place(
    axes: Axes, cells: Sequence[Cell], entries: Mapping[str, Any], kinds: tuple[Any, Any]
) -> None:
    """In as few rows as fit, between the title and the axes; what is measured says by whom."""
    entries = dict(entries)
    if any(each.quoted is not None for each in cells):
        entries["quoted"] = kinds[0]
    if any(each.measured is not None for each in cells):
        part = any(each.measured is not None and each.measured.partial for each in cells)
        entries[MEASURED + (f", {PART} of a part" if part else "")] = kinds[1]
    entries = {broken(name, LONGEST): handle for name, handle in entries.items()}
    beside = axes.get_subplotspec().get_gridspec().ncols
    columns, height = _arranged(list(entries), 0.92 * axes.figure.get_figwidth() / beside)
    axes.legend(
        list(entries.values()),
        list(entries),
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=columns,
        handlelength=1.6,
        handleheight=0.8,
        columnspacing=1.0,
        borderaxespad=0.1,
    )
    axes.set_title(axes.get_title(loc="left"), loc="left", fontweight="bold", pad=height)


def _arranged(names: Sequence[str], room: float) -> tuple[int, float]:
    """(columns, height in points) of the lowest legend no wider than the room, in inches.

    matplotlib fills it column by column, each as wide as its longest name.
    """
    for rows in range(1, len(names) + 1):
        count = ceil(len(names) / rows)
        high, more = divmod(len(names), count)
        ends = [high * (i + 1) + min(i + 1, more) for i in range(count)]
        columns = [names[begin:end] for begin, end in pairwise([0, *ends])]
        width = sum(max(map(_inches, column)) for column in columns)
        if width <= room or count == 1:
            break
    across = zip_longest(*columns, fillvalue="")
    lines = [max(name.count("\n") + 1 for name in row) for row in across]
    return count, 6 + 3 * len(lines) + 7.8 * sum(lines)


def _inches(name: str) -> float:
    """The width of a legend's entry."""
    return max(map(len, name.split("\n"))) * 0.8 * LETTER + 0.42


def broken(name: str, letters: int) -> str:
    """A tick's label on several lines, between words and after hyphens. `Q4_1` stays whole."""
    spaced = re.sub(r"(?<=[A-Za-z])_(?=[A-Za-z])", " ", name)
    return "\n".join(textwrap.wrap(spaced, letters, break_long_words=True))
