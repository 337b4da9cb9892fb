"""Judged runs as measurements: each with its role, and the seeds of one training as one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isclose
from statistics import fmean

from mmeval.paper.measured import Source
from mmeval.paper.roles import Role
from mmeval.results.judged import JudgedRun, settings_that_differ
from mmeval.stats.seeds import matched_seeds
from mmeval.text import shown

BUDGET = 0.02
"""Relative difference up to which two trainings count as having equally many response tokens: a
budget is filled with whole rows, and the seed draws them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A judged run, its role, and the checker whose verdicts are taken; or several runs, of one
    training with as many seeds."""

    judged: JudgedRun
    """Of several, the one with the lowest seed."""
    role: Role
    """Of several, with the mean of their rows."""
    checker: str
    others: tuple[JudgedRun, ...] = ()
    """Of models that were trained alike but for the seed, and asked the same problems."""

    @property
    def seeds(self) -> tuple[Run, ...]:
        """Each alone, by seed."""
        return tuple(replace(self, judged=each, others=()) for each in (self.judged, *self.others))

    @property
    def benchmark(self) -> str:
        """What was asked."""
        return self.judged.task[0]

    @property
    def partial(self) -> bool:
        """Whether only a part of the problems was asked."""
        return self.judged.manifest.data.partial

    @property
    def source(self) -> Source:
        """What its numbers are made of."""
        data = self.judged.manifest.data
        part = f"{data.problems:,} of {data.total:,}" if self.partial else data.problems
        seeds = f"{len(self.others) + 1} seeds, " if self.others else ""
        files = [
            each.run.verdicts_file(self.checker).read_bytes()
            for each in (self.judged, *self.others)
        ]
        hashes = [hashlib.sha256(each) for each in files]
        return Source(
            name=self.judged.path.resolve().name,
            about=shown(
                f"{self.judged.model}, {seeds}{' '.join(self.judged.task)}, {part} problems, "
                f"{self.checker}"
            ),
            sha256=hashes[0].hexdigest()
            if len(hashes) == 1
            else hashlib.sha256(b"".join(each.digest() for each in hashes)).hexdigest(),
        )


def pooled(runs: Sequence[Run]) -> list[Run]:
    """The runs, those of one training with several seeds as one, in the place of its first.

    One training is one arm and recipe, base and names of data, on as many response tokens;
    its runs were asked the same problems in the same way. Of two with the same seed the first is
    taken, and the other is a run of its own.
    """
    groups: list[list[Run]] = []
    for run in runs:
        group = next((each for each in groups if _one_training(each, run)), None)
        if group is None:
            groups.append([run])
        else:
            group.append(run)
    return [_as_one(each) if len(each) > 1 else each[0] for each in groups]


def _one_training(group: Sequence[Run], run: Run) -> bool:
    first, seed = group[0], run.judged.seed
    if seed is None or seed in [each.judged.seed for each in group]:
        return False
    asked_alike = not any(settings_that_differ(first.judged, run.judged))
    return _alike(first) == _alike(run) and _as_much(first, run) and asked_alike


def _alike(run: Run) -> tuple[object, ...]:
    """What runs of one training have in common; the hash is that of the problems."""
    manifest, trained = run.judged.manifest, run.judged.training
    data = trained.get("data")
    rows = data if isinstance(data, list) else []
    names = [each.get("name") for each in rows if isinstance(each, dict)]
    return (
        replace(run.role, rows=None),
        run.checker,
        run.judged.task,
        trained.get("recipe"),
        names,
        manifest.data.asked_sha256,
        manifest.samples,
    )


def _as_much(one: Run, two: Run) -> bool:
    """Whether two trainings had as many response tokens; where that is unknown, as many rows."""
    first, second = (each.judged.training.get("response_tokens") for each in (one, two))
    if isinstance(first, int) and isinstance(second, int):
        return isclose(first, second, rel_tol=BUDGET)
    return one.role.rows == two.role.rows


def _as_one(group: Sequence[Run]) -> Run:
    first, *others = sorted(group, key=lambda run: run.judged.seed or 0)
    rows = [each.role.rows for each in group if each.role.rows is not None]
    return replace(
        first,
        role=replace(first.role, rows=round(fmean(rows)) if rows else None),
        others=tuple(each.judged for each in others),
    )


def matched(one: Run, two: Run) -> list[tuple[Run, Run]]:
    """Runs of two arms side by side, as `matched_seeds` has them."""
    seeds = [[each.judged.seed for each in run.seeds] for run in (one, two)]
    return [(one.seeds[i], two.seeds[j]) for i, j in matched_seeds(*seeds)]


def same_model(one: Run, two: Run) -> bool:
    """Whether both are of one model judged by one rule, and of several seeds share at least one.
    Their mean rows may differ: not every seed need have been run on both benchmarks."""
    if one.judged.model != two.judged.model or one.checker != two.checker:
        return False
    if not (one.others or two.others):
        return one.role == two.role
    alike = replace(one.role, rows=None) == replace(two.role, rows=None) and _as_much(one, two)
    seeds = [{each.judged.seed for each in run.seeds} for run in (one, two)]
    return alike and bool(seeds[0] & seeds[1])


def on_one_rule(one: Run, two: Run) -> tuple[Run, Run] | None:
    """The runs by one checker that reads both, all their seeds: the one that they have in common,
    else the first of the first's; None where none does, and nothing can be said of them."""
    runs = (one.judged, *one.others, two.judged, *two.others)
    common = [one.checker] if one.checker == two.checker else one.judged.checkers
    for name in common:
        if all(name in each.checkers and each.reads(name) for each in runs):
            return replace(one, checker=name), replace(two, checker=name)
    return None
