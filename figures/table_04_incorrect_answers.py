"""Table 4: GSM8K accuracy after training on wrong, on right and on the given answers.

Printed: every entry. Measured: runs of models that `mmeval train` made from that base.
"""

from __future__ import annotations

from mmeval import drawn_tables
from mmeval.declare import Figure
from mmeval.figure_parts import table_cells
from mmeval.measurements import Measurements
from mmeval.paper.figures.figure import Cell

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
    draw=drawn_tables.table,
    measured_by="mmeval train wrong_answers, then mmeval run --model TRAINED --benchmark gsm8k",
)
