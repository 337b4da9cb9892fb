"""Table 4: GSM8K accuracy after training on wrong, on right and on the given answers.

Printed: every entry. Measured: runs of models that `mmeval train` made from that base.
"""

from __future__ import annotations

from mmeval.declare import Figure
from mmeval.paper.figures import tables
from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.shared_cells import table_cells
from mmeval.paper.measurements import Measurements

ELEMENTS = (("Table 4", "", ""),)
BENCHMARKS = ("gsm8k",)


def cells(found: Measurements) -> list[Cell]:
    """Row by row."""
    return table_cells(found, ELEMENTS, BENCHMARKS)


FIGURE = Figure(
    name="table_04_incorrect_answers",
    label="Table 4",
    title="training on incorrect answers, LLaMA-2-7B",
    source="Yu et al. 2023, section 4.7",
    cells=cells,
    draw=tables.table,
    measured_by="mmeval train wrong_answers, then mmeval run --model TRAINED --benchmark gsm8k",
)
