"""Several answers a problem: what one draw would have said, and how many draws are worth it.

Sample i of every problem is taken as a run of its own. Of n problems with k answers each, p_j
being the share of right answers to problem j,

    avg@k     = mean of p_j, a fraction, more is better
    sd        = standard deviation of the k samples' accuracies: what a single run would move by
    within    = mean of p_j (1 - p_j) k/(k - 1)           variance of an answer in its problem
    between   = max(0, s^2(p_j) - within/k)               variance of the problems' chances
    error(k)  = sqrt((between + within/k) / n)            standard error of avg@k
    worth     = the least k = 1, 2, 4, ... of which twice as many lower error by less than 5 %

What is undecided counts as not right; with one answer a problem nothing is split. Of problems with
more answers than others as many are taken as the fewest have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev, variance
from typing import TYPE_CHECKING

from mmeval.declare import Analysis
from mmeval.records import Column, Fact, Report, Scalar
from mmeval.results.groups import GROUP_COLUMNS, groups
from mmeval.text import percent

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *GROUP_COLUMNS,
    Column(name="problems", unit="problems"),
    Column(name="samples", unit="answers"),
    Column(name="avg_at_k", unit="fraction"),
    Column(name="sample_low", unit="fraction"),
    Column(name="sample_high", unit="fraction"),
    Column(name="sd", unit="fraction"),
    Column(name="within", unit="fraction"),
    Column(name="between", unit="fraction"),
    Column(name="error_1", unit="fraction"),
    Column(name="error_k", unit="fraction"),
    Column(name="worth", unit="answers"),
)
LITTLE = 0.05
"""A share by which an error falls that is not worth twice the answers."""
MOST = 1024
"""Answers a problem beyond which nobody asks."""


@dataclass(frozen=True, slots=True)
class Split:
    """The variance of an answer in two parts, of n problems with k answers each."""

    n: int
    k: int
    within: float
    between: float

    @classmethod
    def of(cls, shares: Sequence[float], k: int) -> Split | None:
        """Of each problem's share of right answers; None for one problem, or one answer each."""
        if k < 2 or len(shares) < 2:
            return None
        within = fmean(p * (1 - p) for p in shares) * k / (k - 1)
        return cls(len(shares), k, within, max(0.0, variance(shares) - within / k))

    def error(self, k: int) -> float:
        """The standard error of avg@k."""
        return sqrt((self.between + self.within / k) / self.n)

    @property
    def worth(self) -> int:
        """The least number of answers of which twice as many would lower the error little."""
        k = 1
        while k < MOST and self.error(2 * k) < (1 - LITTLE) * self.error(k):
            k *= 2
        return k

    def cells(self) -> tuple[Scalar, ...]:
        """The last five columns."""
        return (self.within, self.between, self.error(1), self.error(self.k), self.worth)


def measure(frame: pd.DataFrame, facts: Sequence[Fact]) -> Report:
    """One row per model, task and checker."""
    rows: list[tuple[Scalar, ...]] = []
    sentences, notes = [], []
    for key, answers in groups(frame):
        right = answers.pivot(index="problem_id", columns="sample", values="right")
        right = right.dropna(axis="columns").astype(float)
        shares, draws = right.mean(axis=1).tolist(), right.mean(axis=0).tolist()
        split = Split.of(shares, len(draws))
        spread = stdev(draws) if len(draws) > 1 else None
        rows.append(
            (
                *(*key, len(shares), len(draws), fmean(shares), min(draws), max(draws), spread),
                *(split.cells() if split else (None,) * 5),
            )
        )
        said = f"{key[0]} on {key[1]} by {key[3]}: avg@{len(draws)} is {percent(fmean(shares))}"
        if split is None or spread is None:
            notes.append(f"{key[0]} on {key[1]} has no second answer to every problem.")
            sentences.append(said)
            continue
        sentences.append(
            f"{said} of {len(shares):,} problems; a single sample has {percent(min(draws))} to "
            f"{percent(max(draws))}, standard deviation {100 * spread:.1f} points; more than "
            f"{split.worth:,} answers a problem would add little"
        )
    return Report(
        analysis=ANALYSIS.name,
        columns=COLUMNS,
        rows=tuple(rows),
        summary=". ".join(sentences) + ".",
        notes=tuple(dict.fromkeys(notes)),
    )


ANALYSIS = Analysis(
    name="avg_at_k",
    title="what a single sample would have said, and how many are worth it",
    source="ours: variance components of one-way random effects",
    measure=measure,
    samples=True,
)
