"""Table 2: all compared models on GSM8K and MATH.

Printed: every entry. Measured: what was run, the paper's models in their rows, others
below them.
"""

from __future__ import annotations

from dataclasses import replace

from mmeval.declare import Figure
from mmeval.paper.figures import tables
from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.shared_cells import other_rows, table_cells
from mmeval.paper.measurements import Measurements
from mmeval.results.published import facts

BENCHMARKS = ("gsm8k", "hendrycks_math")


def cells(found: Measurements) -> list[Cell]:
    """Row by row, in the groups of the paper."""
    group_of = {f"{each.model} {each.size}".strip(): each.group for each in facts()}
    rows = [
        replace(each, panel=group_of.get(each.series, ""))
        for each in table_cells(found, (("Table 2", "", ""),), BENCHMARKS)
    ]
    return [*rows, *other_rows(found, BENCHMARKS, rows)]


FIGURE = Figure(
    name="table_02_accuracy",
    label="Table 2",
    title="accuracy on GSM8K and MATH",
    source="Yu et al. 2023, section 4.2",
    cells=cells,
    draw=tables.table,
    measured_by="mmeval run --model MODEL --benchmark gsm8k --benchmark hendrycks_math",
)
