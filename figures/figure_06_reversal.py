"""Figure 6: accuracy on GSM8K and on GSM8K-Backward, 7B models, as bars.

Printed: the GSM8K bars (Table 2); no backward bar ever was. Measured: models that were run
in both directions, with the gap between them on linked problems, paired. The solutions in
the file of backward questions are right by construction and are no model's score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmeval.declare import Figure
from mmeval.paper.figures import charts, style
from mmeval.paper.figures.figure import Cell, Sheet, ordered
from mmeval.paper.figures.panels import UPRIGHT, bar_panel
from mmeval.paper.figures.shared_cells import name_of, others, paper_role
from mmeval.paper.from_runs import accuracy, gap
from mmeval.paper.measured import Measured
from mmeval.paper.measurements import Measurements
from mmeval.paper.runs import Run, same_model

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

MODELS = ("SFT", "RFT", "WizardMath", "MetaMath")
SIZE = "7B"
PAIRS = (
    ("gsm8k", "gsm8k_backward"),
    ("wordproblems", "wordproblems_backward"),
    ("wordproblems_small", "wordproblems_small_backward"),
)
"""(forward, backward); the paper has the first."""
FORWARD, BACKWARD, GAP = "forward", "backward", "gap on linked problems"


def cells(found: Measurements) -> list[Cell]:
    """The four models of the paper, then others that were asked backward questions."""
    everything = []
    for model in MODELS:
        role = paper_role(found, model, SIZE)
        runs = (found.find(PAIRS[0][0], role), found.find(PAIRS[0][1], role))
        quoted = found.numbers.find("Table 2", model, SIZE, PAIRS[0][0])
        everything += [
            Cell(series=FORWARD, x=f"{model} {SIZE}", quoted=quoted, measured=accuracy(runs[0])),
            *_backward(found, f"{model} {SIZE}", runs),
        ]
    for forward, backward in PAIRS:
        for run in others(found, backward, everything):
            first = _forward(found, forward, run)
            name = name_of(run, found)
            if forward != PAIRS[0][0]:
                name = f"{name}, {forward}"
            everything += [
                Cell(series=FORWARD, x=name, measured=accuracy(first)),
                *_backward(found, name, (first, run)),
            ]
    return everything


def _forward(found: Measurements, forward: str, run: Run) -> Run | None:
    return next((each for each in found.on(forward) if same_model(each, run)), None)


def _backward(found: Measurements, x: str, runs: tuple[Run | None, Run | None]) -> list[Cell]:
    both = gap(found, "reversal_gap", runs)
    return [
        Cell(series=BACKWARD, x=x, measured=accuracy(runs[1])),
        Cell(panel="gap", series=GAP, x=x, unit="points", measured=both),
    ]


def draw(sheet: Sheet) -> Picture:
    """The bars, and below each group its gap."""
    groups = len(ordered(each.x for each in sheet.panel("")))
    picture = style.page(style.DOUBLE, 2.5 if groups <= UPRIGHT else 3.6)
    axes = picture.add_subplot()
    charts.titled(axes, f"{sheet.figure.label}: {sheet.figure.title}")
    notes = {each.x: _note(each.measured) for each in sheet.panel("gap")}
    bar_panel(axes, sheet, sheet.panel(""), notes)
    return picture


def _note(measured: Measured | None) -> str:
    if measured is None or measured.low is None or measured.high is None:
        return "gap not measured"
    # An interval is not broken: the blank within it is one that keeps a line together.
    return f"gap {measured.value:.1f} [{measured.low:.1f},\u00a0{measured.high:.1f}]"


FIGURE = Figure(
    name="figure_06_reversal",
    label="Figure 6",
    title="forward and backward questions",
    source="Yu et al. 2023, section 4.6",
    cells=cells,
    draw=draw,
    measured_by="mmeval run --model MODEL --benchmark gsm8k --benchmark gsm8k_backward",
)
