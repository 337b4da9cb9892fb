"""Figure 5: GSM8K accuracy against training rows, with and without the RFT set mixed in.

Printed: nothing, only that mixing it in lowers accuracy at every size. Measured: runs whose
model folder says what it was trained on; 20K means 20K rows of MetaMathQA, without RFT's.
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

SIZES = ("20K", "40K", "60K", "80K", "100K")
CURVES = Curves(
    benchmark="gsm8k",
    arms=(("MetaMath", "MetaMathQA"), ("MetaMathQA and RFT", "MetaMathQA and RFT")),
    sizes=SIZES,
    base="LLaMA-2-7B",
)


def cells(found: Measurements) -> list[Cell]:
    """Every size of both lines."""
    return curve_cells(found, CURVES)


def draw(sheet: Sheet) -> Picture:
    """One panel of lines."""
    return curves_drawn(sheet, SIZES)


FIGURE = Figure(
    name="figure_05_more_data",
    label="Figure 5",
    title="adding RFT data",
    source="Yu et al. 2023, section 4.8",
    cells=cells,
    draw=draw,
    measured_by="mmeval train rft_mix --arm ARM, then mmeval run --model TRAINED "
    "--benchmark gsm8k, for each size",
)
