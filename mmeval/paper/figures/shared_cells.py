"""Cells that several figures share: the paper's models beside others that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmeval.paper.figures.figure import Cell, ordered
from mmeval.paper.from_runs import accuracy
from mmeval.paper.measurements import Measurements
from mmeval.paper.roles import Role
from mmeval.paper.runs import Run
from mmeval.paper.sizes import in_thousands, size_in
from mmeval.text import shown

OTHERS = "other models"
"""The panel of a table, or the series of bars, with models that are not in the paper."""


def printed_cells(evidence: Measurements, element: str, panel: str = "") -> list[Cell]:
    """A cell for each accuracy that an element printed, measured where a run plays its role."""
    return [
        Cell(
            panel=panel or evidence.numbers.title_of(each.benchmark),
            series=each.model,
            x=each.size,
            quoted=each,
            measured=accuracy(
                evidence.find(each.benchmark, paper_role(evidence, each.model, each.size))
            ),
        )
        for each in evidence.numbers.of(element)
    ]


def others(evidence: Measurements, benchmark: str, cells: Sequence[Cell]) -> list[Run]:
    """The runs on a benchmark that no cell shows yet, each model once."""
    in_cells = {each.measured.source for each in cells if each.measured is not None}
    runs: dict[str, Run] = {}
    for run in evidence.on(benchmark):
        if run.source not in in_cells:
            runs.setdefault(name_of(run, evidence), run)
    return list(runs.values())


def name_of(run: Run, evidence: Measurements) -> str:
    """What a run that the paper has not is called: its arm, rows and base, or its label. The
    base that all arms share is left out; `figures.make.remarks` tells it."""
    role = run.role
    if not role.known:
        return shown(f"{role.series} ({run.checker})")
    rows = f" {role.rows:,} rows" if role.rows is not None else ""
    base = f", {role.base}" if role.base not in ("", evidence.shared_base) else ""
    return shown(f"{role.series}{rows}{base}")


def table_cells(
    evidence: Measurements, elements: Sequence[tuple[str, str, str]], benchmarks: Sequence[str]
) -> list[Cell]:
    """Rows of printed tables, a column per benchmark.

    Each element comes with its panel and with what follows the name of an arm that plays it
    (` on MATH`). A place that a table left empty is a cell without a quoted number.
    """
    cells = []
    for element, panel, on in elements:
        printed = evidence.numbers.of(element)
        for model, size in dict.fromkeys((each.model, each.size) for each in printed):
            for benchmark in benchmarks:
                cells.append(
                    Cell(
                        panel=panel,
                        series=f"{model} {size}".strip(),
                        x=evidence.numbers.title_of(benchmark),
                        quoted=evidence.numbers.find(element, model, size, benchmark),
                        measured=accuracy(
                            evidence.find(benchmark, paper_role(evidence, model, size, on))
                        ),
                    )
                )
    return cells


def paper_role(evidence: Measurements, model: str, size: str, on: str = "") -> Role:
    """Who plays a printed row: the arm or the model, and the paper's own base of that size."""
    series = evidence.numbers.series_of(model)
    if series == model:
        series = model.partition(" (")[0]
    return Role(series=f"{series}{on}", size=size, base=evidence.numbers.own_bases.get(size, ""))


def other_rows(
    evidence: Measurements, benchmarks: Sequence[str], cells: Sequence[Cell]
) -> list[Cell]:
    """Table rows of the measured models that are not in the paper."""
    by_benchmark = {each: others(evidence, each, cells) for each in benchmarks}
    names = ordered(name_of(run, evidence) for runs in by_benchmark.values() for run in runs)
    runs = {
        (name_of(run, evidence), benchmark): run
        for benchmark, unseen in by_benchmark.items()
        for run in unseen
    }
    return [
        Cell(
            panel=OTHERS,
            series=name,
            x=evidence.numbers.title_of(benchmark),
            measured=accuracy(runs.get((name, benchmark))),
        )
        for name in names
        for benchmark in benchmarks
    ]


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


def curve_cells(evidence: Measurements, curves: Curves, quoted: Sequence[Cell] = ()) -> list[Cell]:
    """The paper's points, measured where a run of the arm, the base and the size is there, then
    every other run of these arms whose training rows are known."""
    printed = {(each.series, each.x): each.quoted for each in quoted}
    runs = {
        (name, _base(run, curves), in_thousands(run.role.rows)): run
        for arm, name in curves.arms
        for run in reversed(evidence.on(curves.benchmark))
        if run.role.series == evidence.numbers.series_of(arm) and run.role.rows is not None
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
    """Empty for the paper's own base; a run with an unknown base is identified by its size."""
    role = run.role
    if role.base == curves.base or (not role.base and role.size == size_in(curves.base)):
        return ""
    return shown(role.base or run.judged.model)
