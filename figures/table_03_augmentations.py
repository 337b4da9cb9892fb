"""Table 3: each augmentation and all together, LLaMA-2-7B trained on either train set.

Printed: every entry. Measured: runs of models that `mmeval train` made from that base.
"""

from __future__ import annotations

from mmeval.declare import Figure
from mmeval.paper.figures import tables
from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.shared_cells import table_cells
from mmeval.paper.measurements import Measurements

ELEMENTS = (
    ("Table 3 (trained on GSM8K-derived data)", "trained on GSM8K-derived data", ""),
    ("Table 3 (trained on MATH-derived data)", "trained on MATH-derived data", " on MATH"),
)
BENCHMARKS = ("gsm8k", "hendrycks_math")


def cells(found: Measurements) -> list[Cell]:
    """Both halves, row by row."""
    return table_cells(found, ELEMENTS, BENCHMARKS)


FIGURE = Figure(
    name="table_03_augmentations",
    label="Table 3",
    title="effect of the augmentations, LLaMA-2-7B",
    source="Yu et al. 2023, section 4.3",
    cells=cells,
    draw=tables.table,
    measured_by="mmeval train ablation --arm ARM, then mmeval run --model TRAINED "
    "--benchmark gsm8k --benchmark hendrycks_math",
)
