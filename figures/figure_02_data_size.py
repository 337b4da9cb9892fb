"""Figure 2: GSM8K accuracy and diversity gain of LLaMA-2-7B's data against their size.

Printed: AnsAug at 80K, and at 100K by the gain stated for 20K more. Measured: runs whose
model folder says what it was trained on, and the curves of `mmeval diversity`, where the
base grows and the new set stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mmeval.declare import Figure
from mmeval.paper.figures import charts, legends, style
from mmeval.paper.figures.figure import Cell, Sheet, filled, ordered
from mmeval.paper.figures.panels import curve_panel, remark_missing
from mmeval.paper.figures.shared_cells import Curves, curve_cells
from mmeval.paper.from_reports import gain_curves
from mmeval.paper.measurements import Measurements
from mmeval.paper.sizes import in_thousands

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

SIZES = ("20K", "40K", "60K", "80K", "100K")
WITHOUT, WITH = "without bootstrapping", "with bootstrapping"
CURVES = Curves(
    benchmark="gsm8k",
    arms=(("AnsAug", WITHOUT), ("MetaMath", WITH), ("all four", WITH)),
    sizes=SIZES,
    base="LLaMA-2-7B",
)
DERIVED = "text 4.5 / Figure 4 (derived)"
DIVERSITY = "diversity gain"
KIND = "diversity"


def cells(found: Measurements) -> list[Cell]:
    """Every size of both lines, then the curves of diversity."""
    numbers = found.numbers
    printed = [
        Cell(series=WITHOUT, x="80K", quoted=numbers.find("text 4.5", "AnsAug 80K")),
        Cell(series=WITHOUT, x="100K", quoted=numbers.find(DERIVED, "80K AnsAug+20K AnsAug")),
    ]
    curves = [
        Cell(
            panel=f"{DIVERSITY} by {text.replace('_', ' and ')}",
            series=numbers.series_of(name),
            x=in_thousands(rows),
            unit="squared distance",
            measured=measured,
        )
        for folder in found.reports.get(KIND, ())
        for name, text, rows, measured in gain_curves(folder)
    ]
    missing = [
        Cell(panel=DIVERSITY, series=name, x=size, unit="squared distance")
        for name in (WITHOUT, WITH)
        for size in SIZES
    ]
    return [*curve_cells(found, CURVES, printed), *(curves or missing)]


def draw(sheet: Sheet) -> Picture:
    """Accuracy, and diversity gain beside it; measured, below it, a panel for each text."""
    gains = [each for each in sheet.cells if each.panel != "accuracy"]
    panels = ordered(each.panel for each in filled(gains))
    if panels:
        picture = style.page(style.DOUBLE, 6.0)
        upper, *lower = picture.subplot_mosaic(
            [["accuracy"] * len(panels), panels], height_ratios=(2, 3)
        ).values()
    else:
        picture = style.page(style.DOUBLE, 2.7)
        upper, *lower = picture.subplots(1, 2)
    charts.titled(upper, f"{sheet.figure.label}: accuracy")
    curve_panel(upper, sheet, sheet.panel("accuracy"), SIZES)
    remark_missing(picture, sheet.panel("accuracy"))
    if not panels:
        charts.titled(lower[0], f"{sheet.figure.label}: {DIVERSITY}")
        charts.empty(lower[0], sheet, "mmeval diversity --base FILE --new NAME=FILE")
    palette = style.colours(ordered(each.series for each in gains))
    for axes, panel in zip(lower, panels, strict=False):
        _gains(axes, sheet, panel, palette)
    return picture


def _gains(axes: Axes, sheet: Sheet, panel: str, palette: Mapping[str, Any]) -> None:
    own = sheet.panel(panel)
    charts.titled(axes, f"{sheet.figure.label}: {panel}")
    charts.curves(axes, own, palette)
    axes.set_xlabel("rows of the base, thousands")
    axes.set_ylabel("squared distance")
    legends.line_legend(axes, own, palette)


FIGURE = Figure(
    name="figure_02_data_size",
    label="Figure 2",
    title="accuracy and diversity gain against data size",
    source="Yu et al. 2023, section 4.1",
    cells=cells,
    draw=draw,
    measured_by="mmeval train data_size --arm ARM, then mmeval run --model TRAINED "
    "--benchmark gsm8k, for each size",
)
