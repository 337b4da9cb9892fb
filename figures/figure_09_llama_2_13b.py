"""Figure 9: GSM8K accuracy of LLaMA-2-13B against training rows, with and without
question bootstrapping, 20K to 160K.

Printed: nothing. Measured: runs whose model folder says what it was trained on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmeval.declare import Figure
from mmeval.paper.figures.figure import Cell, Sheet
from mmeval.paper.figures.panels import curves_drawn
from mmeval.paper.figures.shared_cells import Curves, curve_cells
from mmeval.paper.measurements import Measurements

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

SIZES = tuple(f"{rows}K" for rows in range(20, 161, 20))
CURVES = Curves(
    benchmark="gsm8k",
    arms=(
        ("AnsAug", "without bootstrapping"),
        ("MetaMath", "with bootstrapping"),
        ("all four", "with bootstrapping"),
    ),
    sizes=SIZES,
    base="LLaMA-2-13B",
    foreign=False,
)


def cells(found: Measurements) -> list[Cell]:
    """Every size of both lines."""
    return curve_cells(found, CURVES)


def draw(sheet: Sheet) -> Picture:
    """One panel of lines."""
    return curves_drawn(sheet, SIZES)


FIGURE = Figure(
    name="figure_09_llama_2_13b",
    label="Figure 9",
    title="data size, LLaMA-2-13B",
    source="Yu et al. 2023, appendix E.2",
    cells=cells,
    draw=draw,
    measured_by="mmeval train data_size --arm ARM, then mmeval run --model TRAINED "
    "--benchmark gsm8k, for each size",
)
