"""Tables as pictures: what was printed in grey, what was measured in bold with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmeval.paper.figures import style
from mmeval.paper.figures.figure import Cell, Sheet, ordered
from mmeval.paper.figures.style import GREY, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

Column = tuple[str, bool]
"""(`x`, whether of what was measured)."""


def table(sheet: Sheet) -> Picture:
    """The cells as a table: a row per series, a column per `x`, and a second one beside it
    where anything is measured; the name of a panel on a line of its own."""
    lines, columns = _lines(sheet), _columns(sheet)
    width = style.DOUBLE if len(columns) > 2 else 1.35 * style.SINGLE
    picture = style.page(width, 0.16 * (len(lines) + 4.2))
    axes = picture.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(len(lines) + 2.0, -2.0)
    label = 0.34 if len(columns) <= 4 else 0.2
    places = [label + (1 - label) * (i + 1) / len(columns) for i in range(len(columns))]
    placed = dict(zip(columns, places, strict=True))
    axes.text(0, -1.6, f"{sheet.figure.label}: {sheet.figure.title}", fontweight="bold")
    for (x, measured), place in placed.items():
        head = f"{x}\n{sheet.cells[0].unit}"
        if (x, not measured) in placed:
            head = f"{x}\n{'measured' if measured else 'quoted'}"
        axes.text(place, 0, head, ha="right", fontweight="bold", fontsize=6.5)
    for row, line in enumerate(lines, start=1):
        _print_line(axes, row, line, placed)
    axes.axhline(0.3, color=INK, linewidth=0.6)
    axes.axhline(len(lines) + 0.35, color=INK, linewidth=0.6)
    axes.text(0, len(lines) + 1.2, _note(sheet), fontsize=5.5, color=GREY)
    return picture


def _columns(sheet: Sheet) -> list[Column]:
    both = any(each.measured is not None for each in sheet.cells)
    kinds = (False, True) if both else (False,)
    return [(x, measured) for x in ordered(each.x for each in sheet.cells) for measured in kinds]


def _print_line(
    axes: Axes, row: int, line: tuple[str, list[Cell]], places: dict[Column, float]
) -> None:
    name, cells = line
    if not cells:
        axes.axhline(row - 0.72, color="#bbbbbb", linewidth=0.4)
    axes.text(0, row, name, fontsize=6.5, style="italic" if not cells else "normal")
    for (x, measured), place in places.items():
        look = {"fontweight": "bold"} if measured else {"color": GREY}
        for cell in (each for each in cells if each.x == x):
            axes.text(place, row, _entry(cell, measured), ha="right", fontsize=6.5, **look)


def _lines(sheet: Sheet) -> list[tuple[str, list[Cell]]]:
    lines: list[tuple[str, list[Cell]]] = []
    for panel in ordered(each.panel for each in sheet.cells):
        if panel:
            lines.append((panel, []))
        cells = sheet.panel(panel)
        for series in ordered(each.series for each in cells):
            name = f"   {series}" if panel else series
            lines.append((name, [each for each in cells if each.series == series]))
    return lines


def _entry(cell: Cell, measured: bool) -> str:
    form = "{:,.0f}" if cell.unit == "samples" else "{:.1f}"
    if not measured:
        return form.format(cell.quoted.value) if cell.quoted is not None else "–"
    if cell.measured is None:
        return ""
    value, low, high = cell.measured.value, cell.measured.low, cell.measured.high
    part = "†" if cell.measured.partial else ""
    interval = f" [{low:.1f}, {high:.1f}]" if low is not None and high is not None else ""
    most = cell.measured.most
    return f"{form.format(value)}{part}{interval}{f' ≤ {most:.1f}' if most is not None else ''}"


def _note(sheet: Sheet) -> str:
    note = "Quoted: as printed; –: never printed."
    if any(each.measured is not None for each in sheet.cells):
        note += " Measured here: with 95 % interval."
    if any(each.measured is not None and each.measured.most is not None for each in sheet.cells):
        note += " ≤: if every undecided answer were right."
    if any(each.measured is not None and each.measured.partial for each in sheet.cells):
        note += " †: on a part of the problems."
    return note
