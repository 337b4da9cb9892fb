"""Repeats of a run: the same requests once more, in another order, beside the run.

They measure the engine's own noise. A greedy text depends on the batch it was made in,
and most engines make their batches of what arrives; `mmeval gate` reads how far the
accuracies of the repeats are apart, and widens its bounds by that.

A repeat is a task like any other, in the folder RUN/repeats/K. The requests keep their
seeds, so that sampled answers differ by the engine alone and not by the draw.
"""

from __future__ import annotations

from dataclasses import replace

from mmeval.problems.load import rank
from mmeval.records import Request
from mmeval.run_folder import RunDir
from mmeval.runs.places import require_own
from mmeval.runs.plan import Plan
from mmeval.runs.task import Task


def repeats_of(task: Task) -> list[Task]:
    """The repeats of a run: as many as are asked for, and never fewer than before.

    Raises RunMismatch or DataError where the folder of one holds something else.
    """
    count = max(task.repeats, _stored(task.run))
    return [_repeat(task, number) for number in range(1, count + 1)]


def keep_count(task: Task) -> None:
    """Notes in the manifest of a run begun with fewer repeats how many it has now, so that
    --resume continues them; a new run's manifest is written with the number."""
    if task.run.exists() and task.repeats > _stored(task.run):
        manifest = task.run.manifest()
        settings = manifest["config"] | {"repeats": task.repeats}
        task.run.write_manifest(manifest | {"config": settings})


def _stored(run: RunDir) -> int:
    return int(run.read_manifest().config.get("repeats", 0)) if run.exists() else 0


def _repeat(task: Task, number: int) -> Task:
    run = RunDir(task.run.path / "repeats" / str(number))
    require_own(run, task.identity)
    plan = _reordered(task.plan, f"{task.sampling.seed}\0{number}")
    return replace(task, run=run, plan=plan, repeat=number)


def _reordered(plan: Plan, seed: str) -> Plan:
    """The same requests, sorted by a hash of seed and key: an order that depends neither on
    Python's version nor on which answers are there."""

    def place(request: Request) -> bytes:
        return rank(seed, request.sample, request.prompt.problem_id, separator="\0")

    return replace(plan, requests=tuple(sorted(plan.requests, key=place)))
