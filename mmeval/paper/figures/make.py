"""Figures by name: filled with what was printed and measured, drawn, and checked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval import catalog
from mmeval.errors import DataError, UnknownName, unknown
from mmeval.paper.figures import charts, style
from mmeval.paper.figures.figure import Cell, Figure, Sheet
from mmeval.paper.measurements import Measurements
from mmeval.paper.printed import Printed

TOLERANCE = 1e-6
"""By which two counts of one number may differ: they are sums of floats in another order."""


def chosen(names: Sequence[str]) -> list[Figure]:
    """The figures of some names, in the order of the paper; all for no name.

    A name is `3` or `figure 3`, `table 8`, a name of the catalogue or what follows the number
    in it (`reversal`), or a `.py` file. Raises UnknownName with the near misses.
    """
    available = catalog.names("figures")
    wanted = list(dict.fromkeys(_resolved(name, available) for name in names)) or available
    return [catalog.load("figures", name) for name in wanted]


def _resolved(name: str, available: Sequence[str]) -> str:
    if name.endswith(".py") or name in available:
        return name
    plain = re.fullmatch(r"(?:(fig|figure|tab|table)[ _.-]*)?0*(\d+)", name.strip().lower())
    if plain:
        kind = "table" if (plain[1] or "").startswith("tab") else "figure"
        start = f"{kind}_{int(plain[2]):02d}_"
    for each in available:
        if (plain and each.startswith(start)) or re.sub(r"^[a-z]+_\d+_", "", each) == name:
            return each
    raise UnknownName(unknown("figure", name, available))


def filled_sheets(figures: Sequence[Figure], evidence: Measurements) -> Iterator[Sheet]:
    """Each figure with its cells."""
    for figure in figures:
        cells = tuple(figure.cells(evidence))
        yield Sheet(figure=figure, cells=cells, remarks=tuple(remarks(cells, evidence)))


def remarks(cells: Sequence[Cell], evidence: Measurements) -> Iterator[str]:
    """What the measured accuracies are of, where it is not what the figure's names say."""
    sources = {each.measured.source for each in cells if each.measured is not None}
    runs = [run for run in evidence.runs if run.source in sources]
    for wanted, taken in evidence.stand_ins.items():
        if any(run.benchmark == taken for run in runs):
            yield f"Measured on {taken}, which stands in for {wanted}."
    if seeds := {each.role.series: len(each.seeds) for each in runs if each.others}:
        counts = set(seeds.values())
        names = "" if len(counts) == 1 else ": " + ", ".join(f"{k} {n}" for k, n in seeds.items())
        of = f"{counts.pop()} seeds" if not names else "their seeds"
        yield f"Trained arms are means over {of}, with their spread in the intervals{names}."
    if evidence.shared_base and any(run.role.base == evidence.shared_base for run in runs):
        yield f"Arms whose base is not named were trained from {evidence.shared_base}."


def draw(sheet: Sheet, out: Path) -> list[Path]:
    """Writes a figure's files into a folder; their paths."""
    with style.style():
        picture = sheet.figure.draw(sheet)
        for each in sheet.remarks:
            charts.remark(picture, each)
        return style.save(picture, sheet, out / sheet.figure.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One cell of a figure, checked."""

    cell: Cell
    wrong: tuple[str, ...] = ()
    """What disagrees, each in words; empty where nothing does."""


def check(sheet: Sheet, theirs: Sequence[Printed] | None, out: Path | None) -> list[Finding]:
    """Every cell: its quoted number against the printed ones, its measured number against its
    files, and both against the numbers that lie beside an earlier drawing in `out`.

    `theirs` is None where there is no other table of printed numbers than the project's own.
    """
    printed = None if theirs is None else {each.key: each.value for each in theirs}
    drawn = _drawn(sheet, out)
    return [
        Finding(
            cell=cell,
            wrong=(*_quoted_wrong(cell, printed), *_measured_wrong(cell), *_stale(cell, drawn)),
        )
        for cell in sheet.cells
    ]


def _quoted_wrong(cell: Cell, printed: dict[Any, float] | None) -> Iterator[str]:
    if cell.quoted is None or printed is None:
        return
    value = printed.get(cell.quoted.key)
    if value is None:
        yield f"quoted {cell.quoted.value:g}, which is not in the file of printed numbers"
    elif abs(value - cell.quoted.value) > TOLERANCE:
        yield f"quoted {cell.quoted.value:g}, printed {value:g}"


def _measured_wrong(cell: Cell) -> Iterator[str]:
    if cell.measured is None:
        return
    again = cell.measured.recount()
    if abs(again - cell.measured.value) > TOLERANCE * max(1.0, abs(again)):
        yield (
            f"measured {cell.measured.value:.6g}, but {cell.measured.source.name} counted again "
            f"gives {again:.6g}"
        )


def _drawn(sheet: Sheet, out: Path | None) -> dict[tuple[str, str, str], dict[str, Any]]:
    """(panel, series, x) -> the row beside an earlier drawing; empty where there is none."""
    file = None if out is None else out / f"{sheet.figure.name}.json"
    if file is None or not file.is_file():
        return {}
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["cells"]
        return {(row["panel"], row["series"], row["x"]): row for row in rows}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"{file} does not hold a figure's numbers ({error!r}); it was edited: draw it again"
        ) from None


def _stale(cell: Cell, drawn: dict[tuple[str, str, str], dict[str, Any]]) -> Iterator[str]:
    row = drawn.get((cell.panel, cell.series, cell.x))
    if row is None:
        return
    now = cell.to_row()
    for name in ("quoted", "measured"):
        was, value = row.get(name), now[name]
        # A number that was drawn and whose run was not named this time cannot be checked.
        if value is None or was is None:
            continue
        if not isinstance(was, int | float) or abs(was - value) > TOLERANCE:
            yield f"drawn with {name} {was}, now {value:g}"
