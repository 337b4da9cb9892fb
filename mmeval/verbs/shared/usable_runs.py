"""Which of some runs can be shown now: one that is running or was stopped is no reason to
show none of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from mmeval.errors import DataError, MissingData, MmevalError, RunLocked
from mmeval.judging.judge_run import judge_run
from mmeval.run_folder import RunDir, find_runs
from mmeval.runs.config import resume_command
from mmeval.text import shown


def usable_runs(paths: Sequence[Path], partial: bool) -> list[Path]:
    """The folders of the runs at or below some paths that are finished and judged; a line on
    stderr for each of the others.

    With `partial` a run that is not finished is judged as far as it goes, and is left out
    only where it has no answer yet. Raises DataError or MissingData where no run is left.
    """
    runs = {run.path.resolve(): run for path in paths for run in find_runs(path)}
    left = {run.path: _left_out(run, partial) for run in runs.values()}
    for path, reason in left.items():
        if reason:
            click.echo(shown(f"left out: {path} {reason}"), file=sys.stderr)
    usable = [path for path, reason in left.items() if not reason]
    if not usable:
        path, reason = next(iter(left.items()))
        kind = DataError if RunDir(path).summary_file.is_file() else MissingData
        raise kind(f"{path} {reason}" if len(left) == 1 else "all runs were left out")
    return usable


def _left_out(run: RunDir, partial: bool) -> str:
    """Why a run cannot be shown; empty where it can."""
    manifest = run.read_manifest()
    judged = run.summary_file.is_file()
    if manifest.finished and judged:
        return ""
    done, total = run.done().count, manifest.asked
    if manifest.finished and not partial:
        return f"is not judged yet: mmeval judge {run.path}"
    if not partial:
        state = "running or was killed" if manifest.status == "running" else manifest.status
        return (
            f"is not finished ({state}): {done:,} of {total:,} answers are there "
            f"({100 * done / max(total, 1):.0f} %), and the first ones are not a fair sample; "
            f"resume with {resume_command(run.path, manifest.config)}, "
            "or take it as it is with --partial"
        )
    rows = sum(1 for _ in run.generations())
    if not rows:
        return "has no answer yet"
    try:
        if not judged or run.read_summary().health.n != rows:
            _judge(run)
    except (MmevalError, OSError) as error:
        return f"could not be judged: {error}"
    return ""


def _judge(run: RunDir) -> None:
    """Judges what is there; the process that is writing to a run judges it again at its end."""
    try:
        with run.locked():
            judge_run(run)
    except RunLocked:
        judge_run(run)
