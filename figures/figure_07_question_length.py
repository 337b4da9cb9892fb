"""Figure 7: GSM8K accuracy on short, medium and long questions, in equal thirds.

Printed: nothing. Measured: any model that was run on GSM8K; length in characters, which
the paper leaves open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmeval.declare import Figure
from mmeval.paper.figures import charts, style
from mmeval.paper.figures.figure import Cell, Sheet, ordered
from mmeval.paper.figures.panels import bar_panel
from mmeval.paper.figures.shared_cells import name_of, others, paper_role
from mmeval.paper.from_runs import THIRDS, thirds
from mmeval.paper.measurements import Measurements
from mmeval.paper.runs import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

MODELS = ("SFT", "RFT", "WizardMath", "MetaMath")
SIZE = "7B"
BENCHMARK = "gsm8k"


def cells(found: Measurements) -> list[Cell]:
    """The four models of the paper, then every other one."""
    known = [
        each
        for model in MODELS
        for each in _thirds(
            found, f"{model} {SIZE}", found.find(BENCHMARK, paper_role(found, model, SIZE))
        )
    ]
    for run in others(found, BENCHMARK, known):
        known += _thirds(found, name_of(run, found), run)
    return known


def _thirds(found: Measurements, name: str, run: Run | None) -> list[Cell]:
    parts = thirds(found, "accuracy", run) if run is not None else {}
    return [Cell(series=name, x=part, measured=parts.get(part)) for part in THIRDS]


def draw(sheet: Sheet) -> Picture:
    """Three groups of bars."""
    picture = style.page(style.DOUBLE, 2.5)
    axes = picture.add_subplot()
    charts.titled(axes, f"{sheet.figure.label}: {sheet.figure.title}")
    known = {each.series for each in sheet.cells if each.measured is not None}
    drawn = [each for each in sheet.cells if each.series in known] or sheet.cells
    bar_panel(axes, sheet, drawn)
    missing = ordered(each.series for each in sheet.cells)
    if known and (left := [name for name in missing if name not in known]):
        charts.remark(picture, f"never printed, not measured: {', '.join(left)}")
    return picture


FIGURE = Figure(
    name="figure_07_question_length",
    label="Figure 7",
    title="GSM8K by question length, in thirds",
    source="Yu et al. 2023, section 4.9",
    cells=cells,
    draw=draw,
    measured_by="mmeval run --model MODEL --benchmark gsm8k",
)
