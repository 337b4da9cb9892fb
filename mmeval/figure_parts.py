"""Cells that several figures share: the paper's models beside others that were measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmeval import drawing, legends, plotting
from mmeval.counted import accuracy
from mmeval.measured_runs import Run
from mmeval.measurements import Measurements
from mmeval.paper.figures.figure import Cell, Sheet, filled, ordered
from mmeval.roles import Role, rows_in, size_in
from mmeval.text import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

UPRIGHT = 8
"""Groups that stand beside each other with their names upright; more need a taller page."""
OTHERS = "other models"
"""The panel of a table, or the series of bars, with models that the paper has not."""


def printed_cells(found: Measurements, element: str, panel: str = "") -> list[Cell]:
    """A cell for each accuracy that an element printed, measured where a run plays its role."""
    return [
        Cell(
            panel=panel or found.numbers.title_of(each.benchmark),
            series=each.model,
            x=each.size,
            quoted=each,
            measured=accuracy(found.find(each.benchmark, paper_role(found, each.model, each.size))),
        )
        for each in found.numbers.of(element)
    ]


def others(found: Measurements, benchmark: str, known: Sequence[Cell]) -> list[Run]:
    """The runs on a benchmark that no cell shows yet, each model once."""
    shown = {each.measured.source for each in known if each.measured is not None}
    runs: dict[str, Run] = {}
    for run in found.on(benchmark):
        if run.source not in shown:
            runs.setdefault(name_of(run, found), run)
    return list(runs.values())


def name_of(run: Run, found: Measurements) -> str:
    """What a run that the paper has not is called: its arm, rows and base, or its label. The
    base that all arms share is left out; `figuring.remarks` tells it."""
    role = run.role
    if not role.known:
        return shown(f"{run.judged.model} ({run.checker})")
    rows = f" {role.rows:,} rows" if role.rows is not None else ""
    base = f", {role.base}" if role.base not in ("", found.shared_base) else ""
    return shown(f"{role.series}{rows}{base}")


def table_cells(
    found: Measurements, elements: Sequence[tuple[str, str, str]], benchmarks: Sequence[str]
) -> list[Cell]:
    """Rows of printed tables, a column per benchmark.

    Each element comes with its panel and with what follows the name of an arm that plays it
    (` on MATH`). A place that a table left empty is a cell without a quoted number.
    """
    cells = []
    for element, panel, on in elements:
        printed = found.numbers.of(element)
        for model, size in ordered_pairs((each.model, each.size) for each in printed):
            for benchmark in benchmarks:
                cells.append(
                    Cell(
                        panel=panel,
                        series=f"{model} {size}".strip(),
                        x=found.numbers.title_of(benchmark),
                        quoted=found.numbers.find(element, model, size, benchmark),
                        measured=accuracy(
                            found.find(benchmark, paper_role(found, model, size, on))
                        ),
                    )
                )
    return cells


def paper_role(found: Measurements, model: str, size: str, on: str = "") -> Role:
    """Who plays a printed row: the arm or the model, and the paper's own base of that size."""
    base = f"LLaMA-2-{size}"
    series = found.numbers.series_of(model)
    if series == model:
        series = model.partition(" (")[0]
    return Role(series=f"{series}{on}", size=size, base=base if base in found.numbers.bases else "")


def other_rows(found: Measurements, benchmarks: Sequence[str], known: Sequence[Cell]) -> list[Cell]:
    """Table rows of the measured models that the paper has not."""
    by_benchmark = {each: others(found, each, known) for each in benchmarks}
    names = ordered(name_of(run, found) for runs in by_benchmark.values() for run in runs)
    runs = {
        (name_of(run, found), benchmark): run
        for benchmark, own in by_benchmark.items()
        for run in own
    }
    return [
        Cell(
            panel=OTHERS,
            series=name,
            x=found.numbers.title_of(benchmark),
            measured=accuracy(runs.get((name, benchmark))),
        )
        for name in names
        for benchmark in benchmarks
    ]


def ordered_pairs(pairs: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each pair once, in the order of its first place."""
    return list(dict.fromkeys(pairs))


LEAST = 10.0
"""Points that the axis of a curve spans at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Accuracy against rows of training data, for some arms."""

    benchmark: str
    arms: tuple[tuple[str, str], ...]
    """(arm, what the figure calls it)."""
    sizes: tuple[str, ...]
    """Where the paper has its points: `20K`."""
    base: str
    """The model that the paper trained."""
    foreign: bool = True
    """Whether curves of other base models are shown too, under names that say so."""


def curve_cells(found: Measurements, curves: Curves, quoted: Sequence[Cell] = ()) -> list[Cell]:
    """The paper's points, measured where a run of the arm, the base and the size is there, then
    every other run of these arms whose training rows are known."""
    printed = {(each.series, each.x): each.quoted for each in quoted}
    runs = {
        (name, _base(run, curves), in_thousands(run.role.rows)): run
        for arm, name in curves.arms
        for run in reversed(found.on(curves.benchmark))
        if run.role.series == found.numbers.series_of(arm) and run.role.rows is not None
    }
    cells = [
        Cell(
            panel="accuracy",
            series=name,
            x=size,
            quoted=printed.get((name, size)),
            measured=accuracy(runs.pop((name, "", size), None)),
        )
        for name in ordered(name for _, name in curves.arms)
        for size in curves.sizes
    ]
    for (name, base, size), run in sorted(runs.items()):
        if not base or curves.foreign:
            series = f"{name}: {base}" if base else name
            cells.append(Cell(panel="accuracy", series=series, x=size, measured=accuracy(run)))
    return cells


def _base(run: Run, curves: Curves) -> str:
    """Empty for the paper's own base; a run whose base nobody says is told by its size."""
    role = run.role
    if role.base == curves.base or (not role.base and role.size == size_in(curves.base)):
        return ""
    return shown(role.base or run.judged.model)


def in_thousands(rows: int | None) -> str:
    """`20K`, `1.5K`; empty for none."""
    return "" if rows is None else f"{rows / 1000:g}K"


def curves_drawn(sheet: Sheet, ticks: Sequence[str]) -> Picture:
    """One panel of accuracy against thousands of training rows."""
    picture = plotting.page(plotting.SINGLE, 2.5)
    axes = picture.add_subplot()
    drawing.titled(axes, f"{sheet.figure.label}: {sheet.figure.title}")
    curve_panel(axes, sheet, sheet.cells, ticks)
    remark_missing(picture, sheet.cells)
    return picture


def remark_missing(picture: Picture, cells: Sequence[Cell]) -> None:
    """Names below the picture what is neither printed nor measured, where other things are."""
    left = [each for each in cells if each.quoted is None and each.measured is None]
    if left and len(left) < len(cells):
        by_series = {
            each.series: [one.x for one in left if one.series == each.series] for each in left
        }
        said = "; ".join(f"{name} {', '.join(xs)}" for name, xs in by_series.items())
        drawing.remark(picture, f"never printed, not measured: {said}")


def curve_panel(axes: Axes, sheet: Sheet, cells: Sequence[Cell], ticks: Sequence[str]) -> None:
    """Accuracy against size on axes; the empty frame where nothing is known."""
    if not filled(cells):
        drawing.empty(axes, sheet)
        return
    palette = plotting.colours(ordered(each.series for each in cells))
    drawing.curves(axes, cells, palette)
    own = {drawing.thousands(each) for each in filled(cells)}
    paper = {(rows_in(each) or 0) / 1000 for each in ticks}
    if max(own) >= min(paper):  # a study in miniature would be a spot at the left end
        axes.set_xticks(sorted(paper))
        margin = 0.05 * max(own | paper)
        axes.set_xlim(min(own | paper) - margin, max(own | paper) + margin)
    drawing.widen(axes, LEAST)
    axes.set_xlabel("training rows, thousands")
    axes.set_ylabel("accuracy, %")
    legends.line_legend(axes, cells, palette)


def bar_panel(
    axes: Axes, sheet: Sheet, cells: Sequence[Cell], notes: Mapping[str, str] | None = None
) -> None:
    """Bars of accuracies on axes, a legend above them; the empty frame where nothing is known.
    A series has one colour in all panels of a figure."""
    if not filled(cells):
        drawing.empty(axes, sheet)
        return
    palette = plotting.colours(ordered(each.series for each in sheet.cells))
    axes.margins(y=0.14)
    drawing.bars(axes, cells, palette, notes)
    axes.set_ylabel("accuracy, %")
    legends.legend(axes, cells, palette)
