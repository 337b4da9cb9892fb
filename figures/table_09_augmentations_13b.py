"""Table 9: as Table 3, LLaMA-2-13B trained on GSM8K-derived data.

Printed: every entry. Measured: runs of models that `mmeval train` made from that base.
"""

from __future__ import annotations

from mmeval.declare import Figure
from mmeval.paper.figures import tables
from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.shared_cells import table_cells
from mmeval.paper.measurements import Measurements

ELEMENTS = (("Table 9 (trained on GSM8K-derived data)", "trained on GSM8K-derived data", ""),)
BENCHMARKS = ("gsm8k", "hendrycks_math")


def cells(found: Measurements) -> list[Cell]:
    """Row by row."""
    return table_cells(found, ELEMENTS, BENCHMARKS)


FIGURE = Figure(
    name="table_09_augmentations_13b",
    label="Table 9",
    title="effect of the augmentations, LLaMA-2-13B",
    source="Yu et al. 2023, appendix E.3",
    cells=cells,
    draw=tables.table,
    measured_by="mmeval train ablation --arm ARM, then mmeval run --model TRAINED "
    "--benchmark gsm8k --benchmark hendrycks_math",
)
