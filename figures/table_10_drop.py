"""Table 10: DROP.

Printed: every entry. Measured: runs on a benchmark that stands in for it (`--stand-in`);
mmeval has none of its own.
"""

from __future__ import annotations

from mmeval.declare import Figure
from mmeval.paper.figures import tables
from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.shared_cells import table_cells
from mmeval.paper.measurements import Measurements

ELEMENTS = (("Table 10", "", ""),)
BENCHMARKS = ("DROP (numeric answers, zero-shot)",)


def cells(found: Measurements) -> list[Cell]:
    """Row by row."""
    return table_cells(found, ELEMENTS, BENCHMARKS)


FIGURE = Figure(
    name="table_10_drop",
    label="Table 10",
    title="DROP, numeric answers, zero-shot",
    source="Yu et al. 2023, appendix E.4",
    cells=cells,
    draw=tables.table,
    measured_by="mmeval run --model TRAINED --benchmark MINE.py, then --stand-in",
)
