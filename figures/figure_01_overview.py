"""Figure 1: test accuracy of 7B, 13B and 70B models on GSM8K and MATH, as bars.

Printed: every bar. Measured: what was run on both sets, the paper's models where they
were, others behind them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmeval.declare import Figure
from mmeval.paper.figures import charts, style
from mmeval.paper.figures.figure import Cell, Sheet
from mmeval.paper.figures.panels import UPRIGHT, bar_panel
from mmeval.paper.figures.shared_cells import OTHERS, name_of, others, printed_cells
from mmeval.paper.from_runs import accuracy
from mmeval.paper.measurements import Measurements

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

PANELS = (("Figure 1 (GSM8K bars)", "gsm8k"), ("Figure 1 (MATH bars)", "hendrycks_math"))


def cells(found: Measurements) -> list[Cell]:
    """The printed bars, panel by panel, then every other model."""
    everything = []
    for element, benchmark in PANELS:
        own = printed_cells(found, element)
        panel = found.numbers.title_of(benchmark)
        for run in others(found, benchmark, own):
            one = accuracy(run)
            own.append(Cell(panel=panel, series=OTHERS, x=name_of(run, found), measured=one))
        everything += own
    return everything


def draw(sheet: Sheet) -> Picture:
    """A panel below the other, each as wide as a page."""
    groups = max(len({each.x for each in sheet.panel(panel)}) for panel in ("GSM8K", "MATH"))
    picture = style.page(style.DOUBLE, 4.4 if groups <= UPRIGHT else 5.6)
    for axes, panel in zip(picture.subplots(2, 1), ("GSM8K", "MATH"), strict=True):
        charts.titled(axes, f"{sheet.figure.label}: {sheet.figure.title}, {panel}")
        bar_panel(axes, sheet, sheet.panel(panel))
    return picture


FIGURE = Figure(
    name="figure_01_overview",
    label="Figure 1",
    title="test accuracy",
    source="Yu et al. 2023, Figure 1; heights of the bars in imgs/metamath.svg",
    cells=cells,
    draw=draw,
    measured_by="mmeval run --model MODEL --benchmark gsm8k --benchmark hendrycks_math",
)
