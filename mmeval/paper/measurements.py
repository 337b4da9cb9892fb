"""What was measured: judged runs and report folders below some paths, by the role they play."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from mmeval import catalog
from mmeval.errors import ConfigError, DataError, MissingData
from mmeval.paper.measured import Source
from mmeval.paper.printed import Numbers, numbers
from mmeval.paper.roles import Label, Role, named, role_of
from mmeval.paper.runs import Run, pooled
from mmeval.records import Report, Scalar
from mmeval.results.judged import JudgedRun, load_judged, settings_labels
from mmeval.results.report_folder import MEASUREMENT_FILE, ReportDir, find_reports, named_below
from mmeval.text import shown


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """Everything found below some paths."""

    numbers: Numbers
    runs: tuple[Run, ...] = ()
    """Of test splits, whole ones before partial ones, younger before older ones; those that
    differ by their training's seed alone are one."""
    reports: Mapping[str, tuple[ReportDir, ...]] = field(default_factory=dict)
    """Kind -> finished report folders."""
    left_out: tuple[str, ...] = ()
    """What was found and could not be taken, each with the reason."""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """Benchmark of the paper -> the benchmark that was measured in its place."""
    _reports_made: dict[tuple[str, tuple[str, ...]], list[dict[str, Scalar]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """(analysis, folders of its runs) -> rows, filled as they are asked for."""

    @cached_property
    def shared_base(self) -> str:
        """The model that all trained arms started from; empty where they differ or are none."""
        bases = {each.role.base for each in self.runs if each.role.base}
        return bases.pop() if len(bases) == 1 else ""

    def on(self, benchmark: str) -> list[Run]:
        """The runs on a benchmark, or on what stands in for it."""
        wanted = self.stand_ins.get(benchmark, benchmark)
        return [each for each in self.runs if each.benchmark == wanted]

    def find(self, benchmark: str, role: Role) -> Run | None:
        """The run that plays a role; what the role leaves open may be anything, and a base or
        an unknown size matches any.

        Of several, a whole one, then the one with the most training rows, then the youngest.
        """
        series = self.numbers.series_of(role.series)
        played = [
            run
            for run in self.on(benchmark)
            if run.role.series == series
            and role.size in ("", run.role.size)
            and (not role.base or run.role.base in ("", role.base))
            and role.rows in (None, run.role.rows)
        ]
        return min(played, key=_preference, default=None)

    def analysed(self, analysis: str, runs: Sequence[Run]) -> list[dict[str, Scalar]]:
        """The rows of an analysis of some runs, column name -> value; empty where they lack
        what it is about. Each is made once: several figures ask for the same."""
        key = (analysis, tuple(str(each.judged.path) for each in runs))
        if key not in self._reports_made:
            self._reports_made[key] = _rows_of_analysis(analysis, runs)
        return self._reports_made[key]


def _preference(run: Run) -> tuple[bool, float]:
    rows = run.role.rows
    return run.partial, -float("inf") if rows is None else -rows


def _rows_of_analysis(analysis: str, runs: Sequence[Run]) -> list[dict[str, Scalar]]:
    from mmeval.results import frames

    checkers = list(dict.fromkeys(each.checker for each in runs))
    frame = frames.answers([each.judged for each in runs], checkers)
    try:
        return rows_of(catalog.find("analyses", analysis).measure(frame, ()))
    except DataError:
        return []


def rows_of(report: Report) -> list[dict[str, Scalar]]:
    """The rows of a report, column name -> value."""
    names = [column.name for column in report.columns]
    return [dict(zip(names, row, strict=True)) for row in report.rows]


def report_source(folder: ReportDir) -> Source:
    """What a report folder's numbers are made of."""
    facts_of = folder.measurement()
    model = facts_of.get("model") or facts_of.get("embedder") or ""
    label = model.get("label") or model.get("name") if isinstance(model, dict) else model
    return Source(
        name=folder.path.resolve().name,
        about=shown(", ".join(filter(None, (str(facts_of.get("kind", "")), str(label or ""))))),
        sha256=hashlib.sha256(folder.report_file.read_bytes()).hexdigest(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where measurements are looked for, and how they are taken."""

    paths: tuple[Path, ...] = ()
    """Folders, searched to any depth; empty: nothing is measured."""
    labels: tuple[Label, ...] = ()
    checker: str | None = None
    """Whose verdicts are taken; None: of a run's checkers the first that found an answer in half
    of its texts, where a run that plays no role of the paper passes over the paper's own rule."""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ("perplexity", "diversity")
    """Report folders that are looked for."""


def search(where: Search) -> Measurements:
    """All judged runs and finished reports that were asked for.

    What is unfinished, unjudged or broken is left out and named. Raises MissingData for a
    path that is not there, ConfigError for a label that no run has.
    """
    for path in where.paths:
        if not path.is_dir():
            raise MissingData(f"no folder at {path}; --runs names folders with runs or reports")
    printed, left_out = numbers(), list[str]()
    runs = list(_runs(where, printed, left_out))
    for label in where.labels:
        if not any(named(each.judged, label.run) for each in runs):
            raise ConfigError(
                f"--label {label.run}=...: no run below --runs has that folder or model label"
            )
    unnamed = [run for run in runs if not run.role.known]
    told = dict(
        zip(map(id, unnamed), settings_labels([run.judged for run in unnamed]), strict=True)
    )
    runs = [
        replace(run, role=replace(run.role, series=told[id(run)])) if id(run) in told else run
        for run in runs
    ]
    # The youngest first, then, in a sort that keeps their order, the whole ones first.
    runs.sort(key=lambda run: run.judged.manifest.created, reverse=True)
    runs.sort(key=lambda run: run.partial)
    return Measurements(
        numbers=printed,
        runs=tuple(pooled(runs)),
        reports={kind: tuple(_reports(where.paths, kind, left_out)) for kind in where.kinds},
        left_out=tuple(left_out),
        stand_ins=where.stand_ins,
    )


def _runs(where: Search, printed: Numbers, left_out: list[str]) -> Iterator[Run]:
    for folder in _run_folders(where.paths):
        try:
            judged = load_judged(folder)
        except DataError as error:
            left_out.append(str(error))
            continue
        role = role_of(judged, where.labels, printed)
        checker = where.checker or _checker(judged, role)
        if judged.task[1] != "test":
            left_out.append(f"{folder}: its split is {judged.task[1]}, not test")
        elif checker not in judged.checkers:
            left_out.append(f"{folder} was not judged by {checker}: mmeval judge {folder}")
        else:
            yield Run(judged=judged, role=role, checker=checker)


def _checker(run: JudgedRun, role: Role) -> str:
    """The first that reads the run. The paper's own rule comes first, and finds nothing in
    `#### 18`, as models of the paper's own SFT data write; of what plays no role it is the last."""
    order = run.checkers if role.known else [*run.checkers[1:], run.checkers[0]]
    return next((name for name in order if run.reads(name)), order[0])


def _run_folders(paths: Sequence[Path]) -> list[Path]:
    """Each once; neither a repeat of a run (a folder in a run's folder) nor what `augment`
    asked its model is a run of its own."""
    folders: dict[Path, Path] = {}
    for path in paths:
        for file in named_below(path, "manifest.json"):
            above = file.parent.parent
            made_rows = (above.parent / MEASUREMENT_FILE).is_file()  # a step of `augment`
            if not made_rows and not any(
                (each / "manifest.json").is_file() for each in (above, above.parent)
            ):
                folders.setdefault(file.parent.resolve(), file.parent)
    return list(folders.values())


def _reports(paths: Sequence[Path], kind: str, left_out: list[str]) -> Iterator[ReportDir]:
    for folder in find_reports(paths, kind):
        try:
            folder.report()
        except DataError as error:
            left_out.append(str(error))
        else:
            yield folder
