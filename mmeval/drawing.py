"""The kinds of picture that figures are made of: bars, curves, boxes, tables, empty frames.

Each draws cells on axes and computes nothing but places on the paper.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmeval import plotting
from mmeval.figure_cells import Cell, Measured, Sheet, filled, ordered
from mmeval.measurements import rows_in
from mmeval.plotting import GREY, HATCH, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

WIDTH = 0.78
"""Of a group of bars, where groups are 1 apart."""
CAP = 1.5
"""Points: half the width of the end of an error bar."""
TICK = 13
"""Letters of a tick's label on one line."""
MARKERS = "osD^vP*Xdp"
"""By series, so that lines are told apart without their colour."""


def empty(axes: Axes, sheet: Sheet, letters: int = 42) -> None:
    """A frame that says that nothing is known, and which command would change that."""
    axes.set_xticks([])
    axes.set_yticks([])
    lines = ["never printed, not measured: run"]
    lines += textwrap.wrap(sheet.figure.measured_by, letters, break_long_words=False)
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


def bars(axes: Axes, cells: Sequence[Cell], palette: Mapping[str, Any]) -> None:
    """Bars in groups by `x`, coloured by series: quoted ones hatched, measured ones full with
    their interval; a dash on the axis where nothing is known."""
    groups = ordered(each.x for each in cells)
    for place, group in enumerate(groups):
        slots = [slot for cell in cells if cell.x == group for slot in _slots(cell)]
        width = WIDTH / max(len(slots), 2)
        first = place - width * (len(slots) - 1) / 2
        for number, (cell, kind) in enumerate(slots):
            _bar(axes, (first + number * width, width), cell, kind, palette[cell.series])
    axes.set_xticks(range(len(groups)), [_broken(each) for each in groups])
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.tick_params(axis="x", length=0)
    plotting.despine(axes)


def _slots(cell: Cell) -> list[tuple[Cell, str]]:
    kinds = ["quoted"] * (cell.quoted is not None) + ["measured"] * (cell.measured is not None)
    return [(cell, kind) for kind in kinds or ["nothing"]]


def _bar(axes: Axes, place: tuple[float, float], cell: Cell, kind: str, colour: Any) -> None:
    where, width = place
    if kind == "quoted" and cell.quoted is not None:
        value = cell.quoted.value
        axes.bar(where, value, 0.92 * width, facecolor="white", edgecolor=colour, hatch=HATCH)
        top = value
    elif cell.measured is not None:
        value, low, high = cell.measured.value, cell.measured.low, cell.measured.high
        axes.bar(where, value, 0.92 * width, facecolor=colour, edgecolor=INK, linewidth=0.4)
        _interval(axes, where, cell.measured)
        top = max(value, high if high is not None else value)
    else:
        axes.text(where, 0, "–", ha="center", va="bottom", fontsize=7, color=colour)
        return
    axes.annotate(
        f"{value:.1f}" if abs(value) >= 1 or not value else f"{value:.2g}",
        (where, max(top, 0)),
        xytext=(0, 1.5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=5.5,
        rotation=90 if width < 0.24 else 0,
    )


def _whisker(axes: Axes, where: float, low: float, high: float) -> None:
    axes.vlines(where, low, high, color=INK, linewidth=0.7, zorder=5)
    axes.plot([where, where], [low, high], "_", color=INK, markersize=2 * CAP, zorder=5)


def curves(axes: Axes, cells: Sequence[Cell], palette: Mapping[str, Any]) -> None:
    """Lines over sizes in thousands, `x` being `20K`: measured points full, with their
    interval, and joined; quoted ones hollow and joined by dashes."""
    markers = dict(zip(palette, MARKERS * len(palette), strict=False))
    for series in ordered(each.series for each in cells):
        own = sorted((thousands(each), each) for each in cells if each.series == series)
        colour, marker = palette[series], markers[series]
        quoted = [(x, each.quoted.value) for x, each in own if each.quoted is not None]
        known = [(x, each.measured) for x, each in own if each.measured is not None]
        hollow = {"markerfacecolor": "white", "linestyle": (0, (3, 2))}
        axes.plot(*_columns(quoted), marker=marker, color=colour, **hollow)
        axes.plot(*_columns([(x, each.value) for x, each in known]), marker=marker, color=colour)
        for x, each in known:
            _interval(axes, x, each)
    plotting.despine(axes)


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
            f"{box.median:.3g}",
            (place, box.whisker_high),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="center",
            fontsize=5.5,
        )
    axes.set_yscale("log")
    axes.set_xticks(range(len(cells)), [_broken(each.x) for each in cells])
    axes.set_xlim(-0.6, len(cells) - 0.4)
    axes.tick_params(axis="x", length=0)
    plotting.despine(axes)


def legend(axes: Axes, cells: Sequence[Cell], palette: Mapping[str, Any], **place: Any) -> None:
    """The series by colour, then how a quoted and a measured number look, of what is drawn."""
    from matplotlib.patches import Patch

    known = filled(cells)
    names = [name for name in palette if any(each.series == name for each in cells)]
    handles = [Patch(facecolor=palette[name], edgecolor=INK, linewidth=0.4) for name in names]
    if any(each.quoted is not None for each in known):
        names.append("quoted")
        handles.append(Patch(facecolor="white", edgecolor=INK, hatch=HATCH, linewidth=0.4))
    if any(each.measured is not None for each in known):
        names.append("measured here (95 % interval)")
        handles.append(Patch(facecolor="#999999", edgecolor=INK, linewidth=0.4))
    axes.legend(handles, names, handlelength=1.4, handleheight=0.8, **place)


def line_legend(
    axes: Axes, cells: Sequence[Cell], palette: Mapping[str, Any], **place: Any
) -> None:
    """The series by colour and marker; hollow and dashed is quoted, full is measured."""
    from matplotlib.lines import Line2D

    known = filled(cells)
    markers = dict(zip(palette, MARKERS * len(palette), strict=False))
    names = [name for name in palette if any(each.series == name for each in known)]
    handles = [Line2D([], [], color=palette[name], marker=markers[name]) for name in names]
    if any(each.quoted is not None for each in known):
        names.append("quoted")
        dashes = (0, (3, 2))
        handles.append(
            Line2D([], [], color=GREY, marker="o", markerfacecolor="white", linestyle=dashes)
        )
    if any(each.measured is not None for each in known):
        names.append("measured here (95 % interval)")
        handles.append(Line2D([], [], color=GREY, marker="o"))
    axes.legend(handles, names, **place)


def titled(axes: Axes, text: str) -> None:
    """The panel's name above its left end."""
    axes.set_title(text, loc="left", fontweight="bold")


def remark(axes: Axes, text: str) -> None:
    """A line below the axes."""
    axes.annotate(
        text,
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -22),
        textcoords="offset points",
        va="top",
        fontsize=5.5,
        color=GREY,
    )


def below(axes: Axes, place: float, without: str, measured: Measured | None) -> None:
    """A number with its interval below the tick at a place, or what stands there without one."""
    said = without
    if measured is not None and measured.low is not None and measured.high is not None:
        said = f"gap {measured.value:.1f}\n[{measured.low:.1f}, {measured.high:.1f}]"
    axes.annotate(
        said,
        (place, 0),
        xycoords=("data", "axes fraction"),
        xytext=(0, -24),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=5.5,
        color=GREY,
    )


def table(sheet: Sheet) -> Picture:
    """The cells as a table: a row per series, two columns per `x`, quoted and measured; the
    name of a panel on a line of its own."""
    lines = _table_lines(sheet)
    columns = ordered(each.x for each in sheet.cells)
    width = plotting.SINGLE if len(columns) <= 1 else plotting.DOUBLE
    picture = plotting.page(width, 0.17 * (len(lines) + 4))
    axes = picture.add_subplot()
    axes.set_axis_off()
    label = 0.42 if len(columns) <= 2 else 0.24
    places = [label + (1 - label) * (i + 1) / len(columns) for i in range(len(columns))]
    axes.set_xlim(0, 1)
    axes.set_ylim(len(lines) + 2.2, -1.6)
    axes.text(0, -1.2, f"{sheet.figure.label}: {sheet.figure.title}", fontweight="bold")
    for place, column in zip(places, columns, strict=True):
        axes.text(place, 0, column, ha="right", fontweight="bold", fontsize=6.5)
    for row, (name, cells) in enumerate(lines, start=1):
        if not cells:
            axes.axhline(row - 0.72, color="#bbbbbb", linewidth=0.4)
        axes.text(0, row, name, fontsize=6.5, style="italic" if not cells else "normal")
        for place, column in zip(places, columns, strict=True):
            for quoted, measured in [_entry(c) for c in cells if c.x == column]:
                _print_entry(axes, (place, row), quoted, measured)
    axes.axhline(0.3, color=INK, linewidth=0.6)
    axes.axhline(len(lines) + 0.35, color=INK, linewidth=0.6)
    for offset, line in enumerate(_table_notes(sheet, 62 if len(columns) <= 1 else 120)):
        axes.text(0, len(lines) + 1.15 + 0.8 * offset, line, fontsize=5.5, color=GREY)
    return picture


def _table_lines(sheet: Sheet) -> list[tuple[str, list[Cell]]]:
    lines: list[tuple[str, list[Cell]]] = []
    for panel in ordered(each.panel for each in sheet.cells):
        if panel:
            lines.append((panel, []))
        own = sheet.panel(panel)
        for series in ordered(each.series for each in own):
            name = f"   {series}" if panel else series
            lines.append((name, [each for each in own if each.series == series]))
    return lines


def _entry(cell: Cell) -> tuple[str, str]:
    form = "{:,.0f}" if cell.unit == "samples" else "{:.1f}"
    quoted = form.format(cell.quoted.value) if cell.quoted is not None else "–"
    if cell.measured is None:
        return quoted, ""
    interval = ""
    if cell.measured.low is not None and cell.measured.high is not None:
        interval = f" [{cell.measured.low:.1f}, {cell.measured.high:.1f}]"
    return quoted, form.format(cell.measured.value) + interval


def _print_entry(axes: Axes, place: tuple[float, float], quoted: str, measured: str) -> None:
    if measured:
        text = axes.text(*place, measured, ha="right", fontsize=6.5, fontweight="bold")
        if quoted != "–":
            axes.annotate(
                f"{quoted}  ", (0, 0), xycoords=text, ha="right", fontsize=6.5, color=GREY
            )
        return
    axes.text(*place, quoted, ha="right", fontsize=6.5, color=GREY)


def _table_notes(sheet: Sheet, letters: int) -> list[str]:
    said = "Grey: quoted. Bold: measured here, with its 95 % interval. –: never printed."
    return textwrap.wrap(said, letters)


def _interval(axes: Axes, where: float, measured: Measured) -> None:
    if measured.low is not None and measured.high is not None:
        _whisker(axes, where, measured.low, measured.high)


def _broken(name: str) -> str:
    """A tick's label on several lines, between words and after hyphens."""
    return "\n".join(textwrap.wrap(name, TICK, break_long_words=True))
