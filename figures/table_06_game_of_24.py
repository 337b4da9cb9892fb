"""Table 6: Game of 24.

Printed: every entry. Measured: runs on a benchmark that stands in for it (`--stand-in`);
mmeval has none of its own.
"""

from __future__ import annotations

from mmeval.declare import Figure
from mmeval.paper.figures import tables
from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.shared_cells import table_cells
from mmeval.paper.measurements import Measurements

ELEMENTS = (("Table 6", "", ""),)
BENCHMARKS = ("Game of 24 (681 test)",)


def cells(found: Measurements) -> list[Cell]:
    """Row by row."""
    return table_cells(found, ELEMENTS, BENCHMARKS)


FIGURE = Figure(
    name="table_06_game_of_24",
    label="Table 6",
    title="Game of 24, LLaMA-2-7B",
    source="Yu et al. 2023, appendix D",
    cells=cells,
    draw=tables.table,
    measured_by="mmeval run --model TRAINED --benchmark MINE.py, then --stand-in",
)
