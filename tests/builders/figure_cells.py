"""Cells of figures with numbers that were measured, printed, both or neither."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from mmeval.paper.figures.figure import Cell, Figure, Sheet
from mmeval.paper.measured import Measured, Source
from mmeval.paper.printed import Printed


def measured(
    value: float, bounds: tuple[float, float] | None = None, *, source: str = "run", **told: Any
) -> Measured:
    """A number of a made run."""
    low, high = bounds or (None, None)
    return Measured(
        value=value,
        low=low,
        high=high,
        n=100,
        who="made",
        by="test/1",
        source=Source(
            name=source, about="made", sha256=hashlib.sha256(source.encode()).hexdigest()
        ),
        recount=lambda: value,
        **told,
    )


def quoted(value: float) -> Printed:
    """A number as a paper printed it."""
    return Printed(element="Table 1", model="m", metric="accuracy %", value=value, source="X")


def sheet(cells: Sequence[Cell], **told: str) -> Sheet:
    """A figure's cells, to be drawn by the test itself."""

    def draw(sheet: Sheet) -> object:
        raise AssertionError("a test draws")

    facts = {"name": "figure_90_made", "label": "Figure 90", "title": "Made", "source": "none"}
    figure = Figure(
        cells=lambda found: cells,
        draw=draw,
        measured_by=told.pop("measured_by", "mmeval run --model MODEL --benchmark gsm8k"),
        **(facts | told),
    )
    return Sheet(figure=figure, cells=tuple(cells))
