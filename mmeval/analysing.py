"""An analysis by name, or by path, on run folders -> its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmeval import catalog, published, tables
from mmeval.errors import DataError
from mmeval.judged import JudgedRun, load_all_judged, part_of_split
from mmeval.records import Report
from mmeval.results.analysis import Analysis


def analyse(
    name: str, paths: Sequence[str | Path], checkers: Sequence[str] = (), partial: bool = False
) -> Report:
    """The report of an analysis on the runs in some folders; opens no model.

    Raises UnknownName for an analysis, DataError when the runs lack what it is about and
    as `compare` does, MissingPackage without pandas.
    """
    analysis: Analysis = catalog.load("analyses", name)
    runs = load_runs(paths, partial)
    report = analysis.measure(tables.answers(runs, checkers), published.facts())
    return replace(report, sources=tuple(map(source, runs)))


def load_runs(paths: Sequence[str | Path], partial: bool = False) -> list[JudgedRun]:
    """All judged runs at or below some folders, each once, in their order."""
    found: dict[Path, JudgedRun] = {}
    for path in paths:
        for run in load_all_judged(Path(path), partial):
            found.setdefault(run.path.resolve(), run)
    if not found:
        raise DataError("no run folder was named")
    return list(found.values())


def source(run: JudgedRun) -> str:
    """A run in a line: model, task, status, and the beginning of its problems' hash."""
    data = run.manifest["data"]
    part = part_of_split(data["problems"], run)
    status = None if run.manifest["status"] == "finished" else run.manifest["status"]
    said = (run.model, " ".join(run.task), part, status, data["asked_sha256"][:16])
    return ", ".join(each for each in said if each)
