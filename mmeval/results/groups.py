"""What analyses have in common: groups of answers, shares with intervals, a report's rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmeval.errors import DataError
from mmeval.records import Column
from mmeval.stats.intervals import clustered

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.95
GROUP = ("model", "benchmark", "split", "checker")
GROUP_COLUMNS = tuple(Column(name=name) for name in GROUP)
SHARE_COLUMNS = (
    Column(name="problems", unit="problems"),
    Column(name="answers", unit="answers"),
    Column(name="accuracy", unit="fraction"),
    Column(name="low", unit="fraction"),
    Column(name="high", unit="fraction"),
    Column(name="accuracy_high", unit="fraction"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of some answers is right."""

    problems: int
    answers: int
    accuracy: float
    """right/answers: what is undecided counts as not right."""
    low: float
    """95 % interval of `accuracy`: Wilson's for one answer per problem, else at the number of
    independent answers that they are worth, clustered by problem, or by what problems share."""
    high: float
    accuracy_high: float
    """(right + undecided + failed)/answers: what it could be at most."""

    def cells(self) -> tuple[int | float, ...]:
        """The values of `SHARE_COLUMNS`."""
        return (
            self.problems,
            self.answers,
            self.accuracy,
            self.low,
            self.high,
            self.accuracy_high,
        )


def share(frame: pd.DataFrame) -> Share:
    """How much of a frame of answers is right. Raises DataError for an empty one."""
    n = len(frame)
    if not n:
        raise DataError("there are no answers to measure")
    right = int(frame["right"].sum())
    by = "cluster" if "cluster" in frame and frame["cluster"].notna().all() else "problem_id"
    together = frame.groupby(by, sort=False)["right"].agg(["sum", "size"])
    low, high = clustered(
        list(zip(together["sum"].tolist(), together["size"].tolist(), strict=True)), LEVEL
    )
    untold = int((~frame["told"]).sum())
    return Share(
        problems=frame["problem_id"].nunique(),
        answers=n,
        accuracy=right / n,
        low=low,
        high=high,
        accuracy_high=(right + untold) / n,
    )


def groups(
    frame: pd.DataFrame, by: Sequence[str] = GROUP
) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """(model, benchmark, split, checker) and its answers, in the order they appear.

    Raises DataError for an empty frame: nothing was measured, which is no accuracy of 0.
    """
    if frame.empty:
        raise DataError("there are no answers to measure: was the run folder empty?")
    for key, part in frame.groupby(list(by), sort=False, observed=True):
        yield tuple(map(str, key)), part


def thirds(frame: pd.DataFrame, length: str) -> dict[str, str]:
    """problem_id -> short, medium or long: the problems in three equal parts by a length.

    Ties go by the problems' place in the run, so that the parts differ by one at most:
    439, 440 and 440 of 1,319.
    """
    problems = frame.drop_duplicates("problem_id").sort_values([length, "position"])
    ids, n = problems["problem_id"].tolist(), len(problems)
    cuts = (n // 3, 2 * n // 3)
    names = ("short", "medium", "long")
    return {key: names[sum(place >= cut for cut in cuts)] for place, key in enumerate(ids)}


def mean_of(values: Sequence[float], sizes: Sequence[int]) -> tuple[float, float, float]:
    """(mean, low, high) of one value in [0, 1] per problem, made of `sizes` answers each: the
    95 % interval of `clustered`. Raises DataError for no values."""
    if not values:
        raise DataError("there are no problems to measure")
    pairs = [(value * size, size) for value, size in zip(values, sizes, strict=True)]
    return sum(values) / len(values), *clustered(pairs, LEVEL)
