"""What an analysis declares, and how analyses are run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mmeval import catalog
from mmeval.errors import DataError
from mmeval.records import Fact, Report
from mmeval.results import frames, published
from mmeval.results.judged import JudgedRun, load_all_judged, part_of_split

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A question asked of judged answers."""

    name: str
    title: str
    """One line for people."""
    source: str
    """The section of the paper, or the definition it follows."""
    measure: Callable[[pd.DataFrame, Sequence[Fact]], Report]
    """(answers of one or more runs, as `mmeval.results.frames.answers` makes them; published
    values) -> report. Pure: the same frame gives the same report. Raises DataError when
    the frame lacks what the question is about."""
    samples: bool = False
    """Whether it is about several answers to a problem, and says of one answer each no
    more than the accuracy does."""


def analyse(
    name: str, paths: Sequence[str | Path], checkers: Sequence[str] = (), partial: bool = False
) -> Report:
    """The report of an analysis on the runs in some folders; opens no model.

    Raises UnknownName for an analysis, DataError when the runs lack what it is about and
    as `compare` does, MissingPackage without pandas.
    """
    analysis: Analysis = catalog.load("analyses", name)
    runs = load_runs(paths, partial)
    report = analysis.measure(frames.answers(runs, checkers), published.facts())
    return replace(report, sources=tuple(map(source, runs)))


def load_runs(paths: Sequence[str | Path], partial: bool = False) -> list[JudgedRun]:
    """All judged runs at or below some folders, each once, in their order."""
    by_folder: dict[Path, JudgedRun] = {}
    for path in paths:
        for run in load_all_judged(Path(path), partial):
            by_folder.setdefault(run.path.resolve(), run)
    if not by_folder:
        raise DataError("no run folder was named")
    return list(by_folder.values())


def source(run: JudgedRun) -> str:
    """A run in a line: model, task, status, and the beginning of its problems' hash."""
    data = run.manifest.data
    part = part_of_split(data.problems, run)
    status = None if run.manifest.finished else run.manifest.status
    facts = (run.model, " ".join(run.task), part, status, data.asked_sha256[:16])
    return ", ".join(each for each in facts if each)
