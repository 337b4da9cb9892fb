"""Panels that several figures draw: curves and bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mmeval.paper.figures import charts, legends, style
from mmeval.paper.figures.figure import Cell, Sheet, filled, ordered
from mmeval.paper.sizes import rows_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture


UPRIGHT = 8
"""Groups that stand beside each other with their names upright; more need a taller page."""


LEAST = 10.0
"""Points that the axis of a curve spans at least."""


def curves_drawn(sheet: Sheet, ticks: Sequence[str]) -> Picture:
    """One panel of accuracy against thousands of training rows."""
    picture = style.page(style.SINGLE, 2.5)
    axes = picture.add_subplot()
    charts.titled(axes, f"{sheet.figure.label}: {sheet.figure.title}")
    curve_panel(axes, sheet, sheet.cells, ticks)
    remark_missing(picture, sheet.cells)
    return picture


def remark_missing(picture: Picture, cells: Sequence[Cell]) -> None:
    """Names below the picture what is neither printed nor measured, where other things are."""
    left = [each for each in cells if each.quoted is None and each.measured is None]
    if left and len(left) < len(cells):
        by_series = {
            each.series: [one.x for one in left if one.series == each.series] for each in left
        }
        missing = "; ".join(f"{name} {', '.join(xs)}" for name, xs in by_series.items())
        charts.remark(picture, f"never printed, not measured: {missing}")


def curve_panel(axes: Axes, sheet: Sheet, cells: Sequence[Cell], ticks: Sequence[str]) -> None:
    """Accuracy against size on axes; the empty frame where nothing is known."""
    if not filled(cells):
        charts.empty(axes, sheet)
        return
    palette = style.colours(ordered(each.series for each in cells))
    charts.curves(axes, cells, palette)
    sizes = {charts.thousands(each) for each in filled(cells)}
    paper = {(rows_in(each) or 0) / 1000 for each in ticks}
    if max(sizes) >= min(paper):  # a study in miniature would be a spot at the left end
        axes.set_xticks(sorted(paper))
        margin = 0.05 * max(sizes | paper)
        axes.set_xlim(min(sizes | paper) - margin, max(sizes | paper) + margin)
    charts.widen(axes, LEAST)
    axes.set_xlabel("training rows, thousands")
    axes.set_ylabel("accuracy, %")
    legends.line_legend(axes, cells, palette)


def bar_panel(
    axes: Axes, sheet: Sheet, cells: Sequence[Cell], notes: Mapping[str, str] | None = None
) -> None:
    """Bars of accuracies on axes, a legend above them; the empty frame where nothing is known.
    A series has one colour in all panels of a figure."""
    if not filled(cells):
        charts.empty(axes, sheet)
        return
    palette = style.colours(ordered(each.series for each in sheet.cells))
    axes.margins(y=0.14)
    charts.bars(axes, cells, palette, notes)
    axes.set_ylabel("accuracy, %")
    legends.legend(axes, cells, palette)
