"""pass@k: the chance that k answers hold a right one, a fraction, more is better.

Unbiased (Chen et al. 2021): per problem 1 - C(n - right, k)/C(n, k) over its n answers,
then the mean over problems, its interval clustered by problem (k = 1 with one answer each:
Wilson's). What is undecided counts as not right, and in `at_most` as
right. k goes by powers of two up to the fewest answers that a problem has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmeval.declare import Analysis
from mmeval.records import Column, Fact, Report, Scalar
from mmeval.results.groups import GROUP_COLUMNS, groups, mean_of
from mmeval.stats.several_answers import ks, pass_at_k
from mmeval.text import percent

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *GROUP_COLUMNS,
    Column(name="k", unit="answers"),
    Column(name="problems", unit="problems"),
    Column(name="pass_at_k", unit="fraction"),
    Column(name="low", unit="fraction"),
    Column(name="high", unit="fraction"),
    Column(name="at_most", unit="fraction"),
)


def measure(frame: pd.DataFrame, facts: Sequence[Fact]) -> Report:
    """One row per model, task, checker and k."""
    rows: list[tuple[Scalar, ...]] = []
    sentences, notes = [], []
    for key, answers in groups(frame):
        by_problem = answers.groupby("problem_id", sort=False)
        n = by_problem.size().tolist()
        right = by_problem["right"].sum().tolist()
        untold = (~answers["told"]).groupby(answers["problem_id"], sort=False).sum().tolist()
        if min(n) < max(n):
            notes.append(
                f"{key[0]} on {key[1]} has {min(n):,} to {max(n):,} answers a problem: k goes to "
                f"{min(n):,}, the fewest."
            )
        for k in ks(min(n)):
            values = [pass_at_k(size, count, k) for size, count in zip(n, right, strict=True)]
            most = [
                pass_at_k(size, count + more, k)
                for size, count, more in zip(n, right, untold, strict=True)
            ]
            mean, low, high = mean_of(values, n)
            rows.append((*key, k, len(n), mean, low, high, sum(most) / len(most)))
        sentences.append(
            f"{key[0]} on {key[1]} by {key[3]}: pass@{k} is {percent(mean)} of {len(n):,} problems"
        )
    return Report(
        analysis=ANALYSIS.name,
        columns=COLUMNS,
        rows=tuple(rows),
        summary=". ".join(sentences) + ".",
        notes=tuple(dict.fromkeys(notes)),
    )


ANALYSIS = Analysis(
    name="pass_at_k",
    title="the chance that k answers hold a right one (unbiased)",
    source="Chen et al. 2021, equation 1",
    measure=measure,
    samples=True,
)
