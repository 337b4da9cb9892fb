"""Table 7: Game of n.

Printed: every entry. Measured: runs on a benchmark that stands in for it (`--stand-in`);
mmeval has none of its own.
"""

from __future__ import annotations

from mmeval.declare import Figure
from mmeval.paper.figures import tables
from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.shared_cells import table_cells
from mmeval.paper.measurements import Measurements

ELEMENTS = (("Table 7", "", ""),)
BENCHMARKS = ("Game of n (3405 test)",)


def cells(found: Measurements) -> list[Cell]:
    """Row by row."""
    return table_cells(found, ELEMENTS, BENCHMARKS)


FIGURE = Figure(
    name="table_07_game_of_n",
    label="Table 7",
    title="Game of n, LLaMA-2-7B",
    source="Yu et al. 2023, appendix D",
    cells=cells,
    draw=tables.table,
    measured_by="mmeval run --model TRAINED --benchmark MINE.py, then --stand-in",
)
