"""Run folders -> a site in a folder. The same runs give the same bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from mmeval.errors import ConfigError
from mmeval.records import Report
from mmeval.results.analysis import load_runs
from mmeval.results.judged import JudgedRun, labels
from mmeval.results.leaderboard import make_leaderboard
from mmeval.results.published import facts
from mmeval.results.site.folder import ReportFolder, claim
from mmeval.results.site.measured import measure_all
from mmeval.results.site.pages import Contents, Shown, compare_page, index_page
from mmeval.results.site.pairs import pairs_of, twins_of
from mmeval.results.site.rows import RunRows, load_rows_of
from mmeval.results.site.run_page import run_page
from mmeval.results.site.shards import batches, encoded, packed

NO_TEXT = "NO_TEXT"
"""A file of this name in a run folder, or in the folder above it, keeps its texts out of
every report."""
ASSETS = "mmeval.results.site.assets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How a report is to be made."""

    title: str = "Evaluation report"
    published: bool = False
    """Whether published numbers stand beside the measured ones."""
    partial: bool = False
    """Whether a run that is not finished will do."""
    text: bool = True
    """False: no question, prompt, solution or answer of any run; verdicts and what was
    extracted stay."""
    no_text_of: Sequence[Path] = ()
    """The same for the runs at or below these folders alone."""
    extra: Sequence[Report] = ()
    """Further reports for the index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was written."""

    path: Path
    runs: int
    problems: int
    files: int
    bytes: int
    index_bytes: int
    without_text: tuple[str, ...]
    """The labels of runs whose texts were left out."""


def make_site(
    paths: Sequence[Path],
    out: Path,
    wishes: Wishes,
    say: Callable[[str], None] = lambda step: None,
) -> Made:
    """Writes the report of some runs. `say` is told each step before it is begun.

    Raises what `mmeval leaderboard` raises for runs that cannot be used, before anything is
    written; ConfigError for a folder that is not a report's, MissingPackage without pandas.
    """
    runs = load_runs(paths, wishes.partial)
    board = make_leaderboard(runs, (), facts() if wishes.published else ())
    shown = name_runs(runs, wishes)
    measured = measure_all(runs, say)
    folder = claim(out)
    write_assets(folder)
    ids, made_from = [], []
    for each, reports in zip(shown, measured.single, strict=True):
        say(f"writing {each.run.path.name}")
        rows = load_rows_of(each.run, each.slug, each.text)
        ids.append(frozenset(problem.id for problem in rows.problems))
        made_from.append(frozenset(twin_ids(rows)))
        write_run(folder, each, rows)
        folder.write(f"{each.slug}.html", run_page(each, reports, wishes.title))
    say("comparing")
    contents = Contents(
        title=wishes.title,
        shown=shown,
        board=board,
        joint=measured.joint,
        extra=wishes.extra,
        twins=twins_of(ids, made_from),
    )
    return Made(
        path=out,
        runs=len(runs),
        problems=sum(map(len, ids)),
        index_bytes=write_index(folder, contents),
        files=len(folder.written) + 1,
        bytes=folder.bytes,
        without_text=tuple(each.label for each in shown if not each.text),
    )


def write_assets(folder: ReportFolder) -> None:
    """The stylesheet and the scripts."""
    files = resources.files(ASSETS)
    for name in sorted(each.name for each in files.iterdir()):
        if name.endswith((".css", ".js")):
            folder.write(f"assets/{name}", files.joinpath(name).read_text(encoding="utf-8"))


def write_index(folder: ReportFolder, contents: Contents) -> int:
    """What all runs have in common, last of all; the bytes of the index."""
    folder.write("data/all.js", packed("all", encoded(_all(contents.shown, contents.twins))))
    folder.write("compare.html", compare_page(contents.title))
    index = index_page(contents)
    folder.write("index.html", index)
    folder.finish()
    return len(index.encode(errors="backslashreplace"))


def name_runs(runs: Sequence[JudgedRun], wishes: Wishes) -> list[Shown]:
    """The runs with the names of their pages, each its own, and whether their texts are in.

    Raises ConfigError when a folder of `no_text_of` holds none of them, for then a text
    that was to be left out would be published.
    """
    hidden = {path: path.resolve() for path in wishes.no_text_of}
    shown: list[Shown] = []
    taken: set[str] = set()
    for run, label in zip(runs, labels(runs), strict=True):
        where = run.path.resolve()
        left_out = any(where.is_relative_to(each) for each in hidden.values())
        marked = (where / NO_TEXT).exists() or (where.parent / NO_TEXT).exists()
        slug = _slug(f"{label} {' '.join(run.task)}", taken)
        text = wishes.text and not left_out and not marked
        shown.append(Shown(run=run, label=label, slug=slug, text=text))
    for path, resolved in hidden.items():
        if not any(run.path.resolve().is_relative_to(resolved) for run in runs):
            raise ConfigError(f"--no-text-of {path}: none of the runs is there")
    return shown


def _slug(name: str, taken: set[str]) -> str:
    """`run-metamath-7b-gsm8k-test`: safe in every file system and in a link; and taken."""
    kept = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")[:70].rstrip("-.")
    slug, number = f"run-{kept}", 2
    while slug in taken:
        slug, number = f"run-{kept}-{number}", number + 1
    taken.add(slug)
    return slug


def twin_ids(rows: RunRows) -> Iterator[str]:
    """The problems that a run's questions were made from."""
    for problem in rows.problems:
        if problem.meta.get("twin") is not None:
            yield str(problem.meta["twin"])


def write_run(folder: ReportFolder, shown: Shown, rows: RunRows) -> None:
    """The index of a run and its shards."""
    starts = []
    begin = 0
    for number, (count, content) in enumerate(batches(rows.rows())):
        key = f"{shown.slug}/{number:04}"
        folder.write(f"data/{key}.js", packed(key, content))
        starts.append(begin)
        begin += count
    index = {
        "slug": shown.slug,
        "label": shown.label,
        "task": shown.task,
        "text": shown.text,
        "checkers": shown.run.checkers,
        "asking": rows.asking.to_row(),
        "shards": starts,
        "problems": rows.index(),
    }
    folder.write(f"data/{shown.slug}/index.js", packed(f"{shown.slug}/index", encoded(index)))


def _all(shown: Sequence[Shown], twins: Sequence[Any]) -> dict[str, Any]:
    """What the page for comparing knows before it loads a run."""
    return {
        "runs": [
            {"slug": each.slug, "label": each.label, "task": each.task, "model": each.run.model}
            for each in shown
        ],
        "twins": [list(each) for each in twins],
        "pairs": pairs_of([each.run for each in shown], [each.slug for each in shown]),
    }
