"""Whether a candidate is worse than a baseline by more than is allowed.

    ok            the lower 1 - alpha bound of candidate minus baseline is above -max_drop, with
                  every answer of the candidate that could not be told counted as not right
    regressed     the upper bound is below it, with every one counted as right
    cannot tell   neither: too few problems, too close to the margin, too many answers that could
                  not be told, or no checker that read both runs

Of several benchmarks each upper bound is taken at 1 - alpha/benchmarks, so that a
candidate which lost exactly what is allowed on all of them is called regressed at most
alpha of the time; to be ok all of them must be, which needs no such care.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import hypot, sqrt
from pathlib import Path
from statistics import fmean, variance
from typing import Literal, NamedTuple

from mmeval.errors import ConfigError, DataError, RunMismatch
from mmeval.results.judged import JudgedRun, load_judged, settings_that_differ
from mmeval.results.pairing import Pairing, Terms, bounds, pair_folders
from mmeval.run_folder import require_same
from mmeval.stats.intervals import quantile

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
    """Which part of the split they are, in words; None for all of it."""
    unread: str | None
    """In which run the checker found no answer in most texts, in words; None for neither."""
    passed_over: tuple[str, ...]
    """Checkers that come before this one and did not read one of the runs, a sentence each."""
    clustered: str | None
    """By what the problems hang together, in words; None where all are independent."""
    undecided: int
    """Problems with an answer that the checker could not tell."""
    failed: int
    """Problems with an answer that failed; left out with `drop_failed`."""
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
    """The difference with every undecided answer against the candidate."""
    best: float
    noise: float | None
    """Standard deviation of the difference between repeats of the same two models, beyond what
    answers that change one by one make; None where no run was repeated."""
    repeated: int
    """How many of the two runs have repeats."""
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
    terms = replace(allowance.terms, drop_failed=allowance.drop_failed)
    pairings = pair_folders(Path(baseline), Path(candidate), terms)
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
    alpha, margin = allowance.alpha, allowance.max_drop
    repeats = [Repeats.of(run, pairing.checker) for run in (pairing.a, pairing.b)]
    noise = noise_of(repeats)
    low, _ = _widened(pairing, alpha, noise)
    _, high = _widened(pairing, alpha / tasks, noise)
    seen, (a, b) = pairing.seen, (pairing.a, pairing.b)
    quiet = noise is None or not noise.sd
    return GateResult(
        benchmark=a.task[0],
        split=a.task[1],
        checker=pairing.checker,
        baseline=a.model,
        candidate=b.model,
        status="cannot tell" if pairing.unread else decide(low, high, margin),
        n=pairing.n,
        part=pairing.part,
        unread=pairing.unread,
        passed_over=pairing.passed_over,
        clustered=pairing.clusters.words if pairing.clusters else None,
        undecided=pairing.undecided,
        failed=pairing.failed,
        accuracy_baseline=pairing.accuracy_a,
        accuracy_candidate=pairing.accuracy_b,
        difference=seen.difference,
        low=low,
        high=high,
        max_drop=margin,
        alpha=alpha,
        discordant=sum(each.gained + each.lost > 0 for each in seen.flips),
        worst=pairing.worst.difference,
        best=pairing.best.difference,
        noise=noise.sd if noise else None,
        repeated=sum(each is not None for each in repeats),
        needed=_needed(pairing, alpha / tasks, margin, noise),
        catches=_catches(pairing, alpha / tasks, margin) if quiet else None,
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


def _widened(pairing: Pairing, alpha: float, noise: Noise | None) -> tuple[float, float]:
    """One-sided bounds at 1 - alpha each, wider by the engine's own noise."""
    low, high = bounds(pairing, 1 - 2 * alpha, CORRECTION)
    if noise is None or not noise.sd:
        return low, high
    extra = quantile(1 - alpha, noise.freedom) * noise.sd
    return (
        max(-1.0, pairing.worst.difference - hypot(pairing.worst.difference - low, extra)),
        min(1.0, pairing.best.difference + hypot(high - pairing.best.difference, extra)),
    )


def _needed(pairing: Pairing, alpha: float, margin: float, noise: Noise | None) -> int | None:
    """Problems that would tell; None where none would: more of them leave the engine as noisy,
    and the answers that cannot be told as many."""
    if pairing.unread or pairing.worst.difference <= -margin <= pairing.best.difference:
        return None
    seen = pairing.seen.difference
    gap = abs(seen + margin)
    if noise and noise.sd and gap <= quantile(1 - alpha, noise.freedom) * noise.sd:
        return None
    return pairing.seen.needed(-seen, alpha, margin)


def _catches(pairing: Pairing, alpha: float, margin: float) -> float | None:
    """The drop that is called regressed: greater by what the answers that could not be told may
    make of it; None where none is."""
    drop = None if pairing.unread else pairing.seen.detectable(alpha, margin)
    if drop is None:
        return None
    drop += pairing.best.difference - pairing.worst.difference
    return drop if drop < 1 else None


class Noise(NamedTuple):
    """How far an engine's accuracy moves as a whole from one run to the next."""

    sd: float
    """Standard deviation of candidate minus baseline, a fraction."""
    freedom: int


class Repeats(NamedTuple):
    """What the repeats of one run tell of the engine's noise."""

    excess: float
    """Variance of the accuracy between repeats, beyond that of answers which change one by one:
    those are in the paired interval already, as problems on which the runs differ."""
    freedom: int

    @classmethod
    def of(cls, run: JudgedRun, checker: str) -> Repeats | None:
        """Of the whole run folders below `repeats/`: the same requests, asked in another order
        or in other batches. Taken on the problems that all of them have; None where there is no
        repeat. Raises RunMismatch where one is of another run.

            excess = max(0, s^2(accuracies) - sum_i s^2(problem i) / n^2)
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
        shares = [[each[key].low for each in answers] for key in ids]
        between = variance([fmean(each) for each in zip(*shares, strict=True)])
        flips = sum(variance(each) for each in shares) / len(ids) ** 2
        return cls(max(0.0, between - flips), len(answers) - 1)


def noise_of(repeats: Sequence[Repeats | None]) -> Noise | None:
    """Of the difference of two runs; where one of them was repeated, the other is taken to be
    as noisy. None where neither was."""
    measured = [each for each in repeats if each is not None]
    if not measured:
        return None
    total = sum(each.excess for each in measured) * len(repeats) / len(measured)
    return Noise(sqrt(total), sum(each.freedom for each in measured))


def _asked(run: JudgedRun) -> dict[str, object]:
    """What must be the same in a repeat: everything but which problems were repeated."""
    skipped = {"problems_sha256", "prompts_sha256"}
    return {k: v for k, v in run.manifest.identity.items() if k not in skipped}
