"""Whether a candidate is worse than a baseline by more than is allowed.

    ok            the lower 1 - alpha bound of candidate minus baseline is above -max_drop
    regressed     the upper bound is below it
    cannot tell   neither: the runs are too few problems, or too close to the margin

Of several benchmarks each upper bound is taken at 1 - alpha/benchmarks, so that a
candidate which lost exactly what is allowed on all of them is called regressed at most
alpha of the time; to be ok all of them must be, which needs no such care.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from statistics import NormalDist, stdev
from typing import Literal

from mmeval.errors import ConfigError, DataError, RunMismatch
from mmeval.results.judged import JudgedRun, load_judged, settings_that_differ
from mmeval.results.pairing import Pairing, Terms, bounds, difference, pair_folders, spread
from mmeval.run_folder import require_same
from mmeval.stats.paired import Design

Status = Literal["ok", "regressed", "cannot tell"]
CORRECTION = 1.0
"""Problems by which Tango's bounds are moved out; see docs/statistics.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a candidate may lose, and what counts as evidence."""

    max_drop: float
    """In [0, 1): a fraction, not points."""
    alpha: float = 0.05
    """The chance of a false alarm that is accepted, in (0, 0.5)."""
    drop_failed: bool = False
    """Whether problems with a failed answer may be left out."""
    terms: Terms = field(default_factory=Terms)

    def __post_init__(self) -> None:
        if not 0 <= self.max_drop < 1:
            raise ConfigError(f"--max-drop must be in [0, 100) points, got {100 * self.max_drop:g}")
        if not 0 < self.alpha < 0.5:
            raise ConfigError(f"--alpha must be in (0, 0.5), got {self.alpha:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """The verdict on one task; fractions, candidate minus baseline."""

    benchmark: str
    split: str
    checker: str
    baseline: str
    """The model's label."""
    candidate: str
    status: Status
    n: int
    """Problems compared."""
    part: str | None
    """Which part of the split they and those left out are, in words; None for all of it."""
    unread: str | None
    """In which run the checker found no answer in most texts, in words; None for neither."""
    undecided: int
    """Problems left out because a checker could not tell."""
    failed: int
    """Problems left out because an answer failed."""
    accuracy_baseline: float
    accuracy_candidate: float
    difference: float
    low: float
    """One-sided lower bound at 1 - alpha."""
    high: float
    """One-sided upper bound at 1 - alpha/benchmarks."""
    max_drop: float
    alpha: float
    discordant: int
    """Problems on which the two runs differ."""
    worst: float
    """The difference, had all problems left out gone against the candidate."""
    best: float
    noise: float | None
    """Standard deviation of the difference between repeats of the same two models, by
    which the bounds are widened; None where no run was repeated."""
    needed: int | None
    """Problems with which the gate would tell 80 % of the time, were the true difference
    the one seen; None where no number would do."""
    catches: float | None
    """The smallest drop that is called regressed 80 % of the time; None where none is."""
    settings: tuple[str, ...]
    """What, beside the model, the runs were asked under otherwise."""


def gate(baseline: str | Path, candidate: str | Path, allowance: Allowance) -> list[GateResult]:
    """The verdict on every task of two folders; opens no model.

    Raises DataError where answers failed (unless `drop_failed`), and as `compare` does.
    """
    pairings = pair_folders(Path(baseline), Path(candidate), allowance.terms)
    failed = [each for each in pairings if each.failed]
    if failed and not allowance.drop_failed:
        named = ", ".join(f"{each.failed:,} of {' '.join(each.a.task)}" for each in failed)
        raise DataError(
            f"problems with failed answers: {named}; a gate that leaves them out can be passed by "
            "failing, so ask them again (mmeval run --resume), or say --drop-failed"
        )
    return [judge_pairing(each, allowance, len(pairings)) for each in pairings]


def judge_pairing(pairing: Pairing, allowance: Allowance, tasks: int = 1) -> GateResult:
    """The verdict on one task of `tasks`."""
    alpha = allowance.alpha
    noise = _noise(pairing)
    low, _ = _widened(pairing, alpha, noise)
    _, high = _widened(pairing, alpha / tasks, noise)
    seen, (a, b) = difference(pairing), (pairing.a, pairing.b)
    design = Design(discordance=spread(pairing), margin=allowance.max_drop, alpha=alpha / tasks)
    return GateResult(
        benchmark=a.task[0],
        split=a.task[1],
        checker=pairing.checker,
        baseline=a.model,
        candidate=b.model,
        status=decide(low, high, allowance.max_drop),
        n=pairing.n,
        part=pairing.part,
        unread=pairing.unread,
        undecided=pairing.undecided,
        failed=pairing.failed,
        accuracy_baseline=pairing.accuracy_a,
        accuracy_candidate=pairing.accuracy_b,
        difference=seen,
        low=low,
        high=high,
        max_drop=allowance.max_drop,
        alpha=alpha,
        discordant=pairing.table.gained + pairing.table.lost,
        worst=pairing.worst,
        best=pairing.best,
        noise=noise,
        needed=_needed(design, seen, noise or 0.0),
        catches=design.detectable(pairing.n) if not noise else None,
        settings=tuple(settings_that_differ(a, b)),
    )


def decide(low: float, high: float, max_drop: float) -> Status:
    """ok, regressed or neither, of the two bounds; never both, for low <= high."""
    if low > -max_drop:
        return "ok"
    return "regressed" if high < -max_drop else "cannot tell"


def overall(results: Sequence[GateResult]) -> Status:
    """The worst status: one regressed task is a regression, all must be ok to be ok."""
    statuses = {each.status for each in results}
    for status in ("regressed", "cannot tell"):
        if status in statuses:
            return status
    return "ok"


def _widened(pairing: Pairing, alpha: float, noise: float | None) -> tuple[float, float]:
    """One-sided bounds at 1 - alpha each, wider by the engine's own noise."""
    low, high = bounds(pairing, 1 - 2 * alpha, CORRECTION)
    if not noise:
        return low, high
    seen = difference(pairing)
    extra = NormalDist().inv_cdf(1 - alpha) * noise
    return (
        max(-1.0, seen - sqrt((seen - low) ** 2 + extra**2)),
        min(1.0, seen + sqrt((high - seen) ** 2 + extra**2)),
    )


def _needed(design: Design, seen: float, noise: float) -> int | None:
    gap = abs(-seen - design.margin)
    if noise and gap <= NormalDist().inv_cdf(1 - design.alpha) * noise:
        return None  # more problems make the engine no quieter
    return design.needed(-seen)


def _noise(pairing: Pairing) -> float | None:
    """Of the difference: the repeats of both models, taken together."""
    found = [engine_noise(run, pairing.checker) for run in (pairing.a, pairing.b)]
    known = [each for each in found if each is not None]
    return sqrt(sum(each * each for each in known)) if known else None


def engine_noise(run: JudgedRun, checker: str) -> float | None:
    """Standard deviation of a run's accuracy between its repeats, a fraction.

    The repeats are whole run folders below `repeats/` in it: the same requests, asked in
    another order or other batches. Taken on the problems that all of them have; None
    where there is no repeat. Raises RunMismatch where one is of another run.
    """
    answers = [run.answers(checker)]
    for manifest in sorted((run.path / "repeats").glob("*/manifest.json")):
        repeat = load_judged(manifest.parent)
        try:
            require_same(_asked(run), _asked(repeat), str(repeat.path))
        except RunMismatch as error:
            raise RunMismatch(f"{repeat.path} is not a repeat of {run.path}: {error}") from None
        answers.append(repeat.answers(checker))
    if len(answers) < 2:
        return None
    ids = [key for key in answers[0] if all(key in each for each in answers)]
    if not ids:
        raise DataError(f"{run.path}: its repeats have no problem in common with it")
    return stdev(sum(each[key].low for key in ids) / len(ids) for each in answers)


def _asked(run: JudgedRun) -> dict[str, object]:
    """What must be the same in a repeat: everything but which problems were repeated."""
    skipped = {"problems_sha256", "prompts_sha256"}
    return {k: v for k, v in run.manifest.identity.items() if k not in skipped}
