"""Two runs on the same problems -> what can be said about their difference.

    for result in compare("runs/old", "runs/new"):
        result.difference, result.low, result.high, result.p_holm

Second minus first throughout, as fractions; a pure function of two folders and a seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mmeval.errors import MissingPackage
from mmeval.results.judged import earlier_revision, settings_that_differ
from mmeval.results.pairing import Pairing, Terms, bounds, method, p_value, pair_folders
from mmeval.stats.bootstrap import Sample, bootstrap, mean
from mmeval.stats.paired import holm

if TYPE_CHECKING:
    import numpy as np

LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedResult:
    """What two runs of one task say about their difference; fractions, second minus first."""

    benchmark: str
    split: str
    checker: str
    model_a: str
    model_b: str
    path_a: str
    path_b: str
    n: int
    """Problems compared."""
    part: str | None
    """Which part of the split they are, in words; None for all of it."""
    unread: str | None
    """In which run the checker found no answer in most texts, in words; None for neither."""
    passed_over: tuple[str, ...]
    """Checkers that come before this one and did not read one of the runs, a sentence each."""
    undecided: int
    """Problems with an answer that the checker could not tell."""
    failed: int
    """Problems with an answer that failed."""
    only_a: int
    """Problems that the first run alone was asked; not 0 only with `common`."""
    only_b: int
    accuracy_a: float
    """Of the problems compared."""
    accuracy_b: float
    difference: float
    low: float
    """95 % interval of the difference, its low end with every undecided answer against the
    second run and its high end with every one for it."""
    high: float
    interval: str
    """How it was made."""
    bootstrap_low: float
    """The second opinion: percentiles of 10,000 paired bootstrap draws."""
    bootstrap_high: float
    worst: float
    """The difference with every undecided answer against the second run."""
    best: float
    p: float
    """Two-sided, of no difference."""
    test: str
    """How it was made."""
    p_holm: float
    """The same, adjusted for the number of tasks compared."""
    detectable: float | None
    """The smallest difference that this many problems, with this much disagreement, show
    80 % of the time; None where none would."""
    gained: tuple[str, ...]
    """Problems on which the second run did better."""
    lost: tuple[str, ...]
    """Problems on which the first run did better."""
    settings: tuple[str, ...]
    """What, beside the model, the runs were asked under otherwise."""
    revisions: str | None = None
    """A sentence where the two were judged by different revisions of the checker, or by an
    earlier one than is installed; None where by the one that is."""


def compare(
    a: str | Path, b: str | Path, terms: Terms | None = None, seed: int = 0
) -> list[PairedResult]:
    """What the runs in two folders say about each other, one result per task in both.

    `seed` is the bootstrap's. Raises DataError when nothing can be compared, when the
    problems differ (unless `terms.common`) or a run is not finished, UnknownName for a
    checker, MissingPackage without numpy.
    """
    try:
        import numpy as np
    except ImportError as error:
        raise MissingPackage(
            "comparing needs the package 'numpy' for its bootstrap, which is not installed; "
            "pip install 'mmeval[analysis]'"
        ) from error
    pairings = pair_folders(Path(a), Path(b), terms or Terms())
    results = [_result(each, np.random.default_rng(seed)) for each in pairings]
    adjusted = holm([each.p for each in results])
    return [replace(each, p_holm=p) for each, p in zip(results, adjusted, strict=True)]


def _result(pairing: Pairing, rng: np.random.Generator) -> PairedResult:
    low, high = bounds(pairing, LEVEL)
    interval, test = method(pairing)
    together = pairing.seen.clusters or pairing.ids
    problems = Sample(values=pairing.differences, origins=tuple(map(str, together)))
    boot_low, boot_high = bootstrap((problems,), mean, seed=rng).bounds(LEVEL)
    a, b = pairing.a, pairing.b
    return PairedResult(
        benchmark=a.task[0],
        split=a.task[1],
        checker=pairing.checker,
        model_a=a.model,
        model_b=b.model,
        path_a=str(a.path),
        path_b=str(b.path),
        n=pairing.n,
        part=pairing.part,
        unread=pairing.unread,
        passed_over=pairing.passed_over,
        undecided=pairing.undecided,
        failed=pairing.failed,
        only_a=pairing.only_a,
        only_b=pairing.only_b,
        accuracy_a=pairing.accuracy_a,
        accuracy_b=pairing.accuracy_b,
        difference=pairing.seen.difference,
        low=low,
        high=high,
        interval=interval,
        bootstrap_low=boot_low,
        bootstrap_high=boot_high,
        worst=pairing.worst.difference,
        best=pairing.best.difference,
        p=p_value(pairing),
        test=test,
        p_holm=1.0,
        detectable=pairing.seen.detectable((1 - LEVEL) / 2),
        gained=_where(pairing, 1),
        lost=_where(pairing, -1),
        settings=tuple(settings_that_differ(a, b)),
        revisions=earlier_revision(pairing.checker, a, b),
    )


def _where(pairing: Pairing, sign: int) -> tuple[str, ...]:
    pairs = zip(pairing.ids, pairing.differences, strict=True)
    return tuple(key for key, each in pairs if each * sign > 0)
