"""maj@k: the chance that the majority of k answers is right, a fraction, more is better.

Unbiased: per problem the mean over all ways to draw k of its n answers, then the mean over
problems. Votes are merged by equivalence: answers that the checker calls right are one
class, and any others that it calls equal to each other are one, so `1/2` and `0.5` do not
split a vote. A tie is broken by lot (a right answer that ties with j others counts
1/(j + 1)); an answer that was not found votes for nothing. `at_most` counts what could not
be told as right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmeval import catalog
from mmeval.declare import Analysis
from mmeval.errors import UnknownName
from mmeval.judging.merge_answers import Merger, merger
from mmeval.records import Column, Fact, Report, Scalar
from mmeval.results.groups import GROUP_COLUMNS, groups, mean_of
from mmeval.stats.several_answers import ks, majority_at_k
from mmeval.text import percent

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *GROUP_COLUMNS,
    Column(name="k", unit="answers"),
    Column(name="problems", unit="problems"),
    Column(name="maj_at_k", unit="fraction"),
    Column(name="low", unit="fraction"),
    Column(name="high", unit="fraction"),
    Column(name="at_most", unit="fraction"),
)
TIES = "A tie is broken by lot: a right answer that ties with j others counts 1/(j + 1)."


@dataclass(frozen=True, slots=True)
class Votes:
    """How the answers to one problem vote."""

    right: int
    untold: int
    """Undecided or failed; the undecided are in `others` too, by what they say."""
    others: tuple[int, ...]
    """Votes for each other class of answers."""
    others_told: tuple[int, ...]
    """The same without the undecided."""
    n: int

    def at_k(self, k: int) -> float:
        """maj@k, counting undecided answers as not right."""
        return majority_at_k(self.right, self.others, self.n - self.right - sum(self.others), k)

    def at_most(self, k: int) -> float:
        """maj@k, counting undecided answers as right."""
        right = self.right + self.untold
        return majority_at_k(right, self.others_told, self.n - right - sum(self.others_told), k)


def measure(frame: pd.DataFrame, facts: Sequence[Fact]) -> Report:
    """One row per model, task, checker and k."""
    rows: list[tuple[Scalar, ...]] = []
    sentences, notes = [], [TIES]
    for key, answers in groups(frame):
        classes, note = _merger(key[3])
        votes = list(counted(answers, classes))
        n = [each.n for each in votes]
        if min(n) < max(n):
            notes.append(
                f"{key[0]} on {key[1]} has {min(n):,} to {max(n):,} answers a problem: k goes to "
                f"{min(n):,}, the fewest."
            )
        for k in ks(min(n)):
            mean, low, high = mean_of([each.at_k(k) for each in votes], n)
            most = sum(each.at_most(k) for each in votes) / len(votes)
            rows.append((*key, k, len(votes), mean, low, high, most))
        sentences.append(
            f"{key[0]} on {key[1]} by {key[3]}: maj@{k} is {percent(mean)} of {len(votes):,} "
            "problems"
        )
        notes += note
        if classes.raised:
            notes.append(
                f"{key[3]} raised an error on {classes.raised:,} pairs of answers, which count as "
                "different."
            )
    return Report(
        analysis=ANALYSIS.name,
        columns=COLUMNS,
        rows=tuple(rows),
        summary=". ".join(sentences) + ".",
        notes=tuple(dict.fromkeys(notes)),
    )


def counted(answers: pd.DataFrame, classes: Merger) -> Iterator[Votes]:
    """The votes on each problem."""
    for _, problem in answers.groupby("problem_id", sort=False):
        outcome = problem["outcome"]
        said = problem["extracted"].notna() & ~problem["right"]
        found = problem.loc[said & outcome.isin(["wrong", "undecided"]), "extracted"]
        told = problem.loc[said & (outcome == "wrong"), "extracted"]
        others = tuple(classes.sizes(found.tolist()))
        yield Votes(
            right=int(problem["right"].sum()),
            untold=int((~problem["told"]).sum()),
            others=others,
            others_told=others if len(told) == len(found) else tuple(classes.sizes(told.tolist())),
            n=len(problem),
        )


def _merger(checker: str) -> tuple[Merger, list[str]]:
    try:
        return merger(catalog.find("checkers", checker)), []
    except UnknownName:
        note = f"{checker} is not in the catalogue: its votes are merged by the same characters."
        return merger(None), [note]


ANALYSIS = Analysis(
    name="maj_at_k",
    title="the chance that the majority of k answers is right, votes merged by equivalence",
    source="Wang et al. 2022 (self-consistency); merged by the checker",
    measure=measure,
    samples=True,
)
