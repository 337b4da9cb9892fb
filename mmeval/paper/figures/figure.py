"""What a figure declares, and what it is made of: cells, each with what was printed of it
and what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mmeval.paper.measured import Measured, Source
from mmeval.paper.printed import Printed

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

    from mmeval.paper.measurements import Measurements


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure or a numbered table of a paper: what stands in it, and how it is drawn.

    It computes nothing: a cell is filled with what was printed and with what a report or a
    judged run says.
    """

    name: str
    label: str
    """As the paper has it: `Figure 3`, `Table 8`."""
    title: str
    source: str
    """The section of the paper."""
    cells: Callable[[Measurements], Sequence[Cell]]
    """Its numbers: printed, measured, both or neither. Raises nothing for what is missing."""
    draw: Callable[[Sheet], Picture]
    """The picture of these cells, drawn under `mmeval.paper.figures.style.style`."""
    measured_by: str
    """The command that makes what is missing, with placeholders in capitals."""


State = Literal["measured", "quoted", "measured and quoted", "never published"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One bar, point, box or entry of a figure."""

    panel: str = ""
    series: str
    x: str
    """The group on the horizontal axis, or the column of a table."""
    unit: str = "%"
    quoted: Printed | None = None
    """What was printed; None: never."""
    measured: Measured | None = None

    @property
    def state(self) -> State:
        """What is known of it."""
        if self.measured is None:
            return "quoted" if self.quoted is not None else "never published"
        return "measured and quoted" if self.quoted is not None else "measured"

    def to_row(self) -> dict[str, Any]:
        """As JSON has it."""
        quoted, measured = self.quoted, self.measured
        return {
            "panel": self.panel,
            "series": self.series,
            "x": self.x,
            "unit": self.unit,
            "state": self.state,
            "quoted": None if quoted is None else quoted.value,
            "quoted_from": None if quoted is None else quoted.source,
            "measured": None if measured is None else measured.value,
            "low": None if measured is None else measured.low,
            "high": None if measured is None else measured.high,
            "most": None if measured is None else measured.most,
            "n": None if measured is None else measured.n,
            "who": None if measured is None else measured.who,
            "by": None if measured is None else measured.by,
            "source": None if measured is None else measured.source.name,
            "source_sha256": None if measured is None else measured.source.sha256,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a figure draws: itself and its cells."""

    figure: Figure
    cells: Sequence[Cell]
    remarks: Sequence[str] = ()
    """What a reader must know of what was measured: stand-ins, and a base not named."""

    def panel(self, name: str) -> list[Cell]:
        """The cells of one panel, in their order."""
        return [each for each in self.cells if each.panel == name]

    @property
    def sources(self) -> list[Source]:
        """What its measured numbers were made of, each once, by name."""
        sources = {each.measured.source for each in self.cells if each.measured is not None}
        return sorted(sources, key=lambda source: (source.name, source.sha256))

    @property
    def missing(self) -> bool:
        """Whether a number is not measured."""
        return any(each.measured is None for each in self.cells)


def filled(cells: Iterable[Cell]) -> list[Cell]:
    """Those that say anything."""
    return [each for each in cells if each.quoted is not None or each.measured is not None]


def ordered(values: Iterable[str]) -> list[str]:
    """Each value once, in the order of its first place."""
    return list(dict.fromkeys(values))


def states(cells: Iterable[Cell]) -> Mapping[State, int]:
    """How many cells are in each state; states that none is in are left out."""
    counts: dict[State, int] = {}
    for each in cells:
        counts[each.state] = counts.get(each.state, 0) + 1
    return counts
