"""Table 1: how many samples MetaMathQA has of each augmentation.

Printed: every entry. Measured: nothing, it is no result; a perplexity or diversity report
counts the rows of each set.
"""

from __future__ import annotations

from mmeval.declare import Figure
from mmeval.paper.figures import tables
from mmeval.paper.figures.figure import Cell
from mmeval.paper.measurements import Measurements

ELEMENT = "Table 1"


def cells(found: Measurements) -> list[Cell]:
    """Row by row."""
    return [
        Cell(series=each.model, x=each.benchmark, unit="samples", quoted=each)
        for each in found.numbers.of(ELEMENT)
    ]


FIGURE = Figure(
    name="table_01_samples",
    label="Table 1",
    title="samples of MetaMathQA",
    source="Yu et al. 2023, section 4.1",
    cells=cells,
    draw=tables.table,
    measured_by="mmeval diversity --base FILE --new NAME=FILE",
)
