"""Table 8: four base models, and the same after training on MetaMathQA.

Printed: every entry. Measured: runs of the bases and of what was trained from them.
"""

from __future__ import annotations

from dataclasses import replace

from mmeval.declare import Figure
from mmeval.paper.figures import tables
from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.shared_cells import table_cells
from mmeval.paper.from_runs import accuracy
from mmeval.paper.measured import Measured
from mmeval.paper.measurements import Measurements
from mmeval.paper.roles import Role

ELEMENTS = (("Table 8", "", ""),)
BENCHMARKS = ("gsm8k", "hendrycks_math")


def cells(found: Measurements) -> list[Cell]:
    """Row by row; a trained model is told by its base."""
    return [
        replace(each, measured=each.measured or _measured(found, each))
        for each in table_cells(found, ELEMENTS, BENCHMARKS)
    ]


def _measured(found: Measurements, cell: Cell) -> Measured | None:
    if cell.quoted is None:
        return None
    family, _, trained = cell.quoted.model.partition(" ")
    base = f"{family}-{cell.quoted.size}"
    role = Role(series="MetaMath" if trained != "base" else family, size=cell.quoted.size)
    run = found.find(cell.quoted.benchmark, replace(role, base=base if trained != "base" else ""))
    if run is None or (trained != "base" and run.role.base != base):
        # Who does not say from what it was trained is the paper's own, from LLaMA-2.
        return accuracy(run) if run is not None and base.startswith("LLaMA-2") else None
    return accuracy(run)


FIGURE = Figure(
    name="table_08_base_models",
    label="Table 8",
    title="base models with and without MetaMathQA",
    source="Yu et al. 2023, appendix E.1",
    cells=cells,
    draw=tables.table,
    measured_by="mmeval run --model MODEL --benchmark gsm8k --benchmark hendrycks_math",
)
