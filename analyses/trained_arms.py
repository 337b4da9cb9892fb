"""Arms of a training study over their seeds: accuracy, and the difference to one of them.

An arm is what `mmeval train` trained a model on; a model that it did not make is an arm of
its own under its label. For an arm with K seeds, p_i is the share of its seeds that are
right on problem i (of several samples, the mean).

    accuracy   = mean of p_i over problems, a fraction
    error^2    = s^2(p_i)/n + s^2(seed accuracies)/K     (the second where K > 1)
    difference = mean of p_i - q_i, q being the reference arm; its error alike, the second
                 term from the differences of seeds that both have

Problems of one cluster (a template, an original question) are not independent: the first
term is then of clusters. Intervals are 95 %, Student's, each term with its own degrees of
freedom (`mmeval/stats/seeds.py`).
What is undecided counts as not right; each end of an interval has the undecided answers as far its
way as they could have gone. Higher is better. One
seed says nothing about others: its interval is over problems alone, and `seeds` shows it.
The reference is the arm `SFT` where there is one, else the first trained arm by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmeval.declare import Analysis
from mmeval.records import Column, Fact, Report, Scalar
from mmeval.results.arms import Task, tasks
from mmeval.stats.seeds import over_seeds
from mmeval.text import percent

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.95
REFERENCE = "SFT"
COLUMNS = (
    *(Column(name=name) for name in ("benchmark", "split", "checker", "arm")),
    Column(name="seeds", unit="models"),
    Column(name="problems", unit="problems"),
    Column(name="accuracy", unit="fraction"),
    Column(name="low", unit="fraction"),
    Column(name="high", unit="fraction"),
    Column(name="no answer", unit="fraction"),
    Column(name="difference", unit="fraction"),
    Column(name="difference low", unit="fraction"),
    Column(name="difference high", unit="fraction"),
)
NOTES = (
    "Differences are paired by problem. What is undecided counts as not right, and each end of an "
    "interval has it as far its way as it could have gone.",
    "An arm with one seed has an interval over problems alone: another seed may lie outside.",
)


def measure(frame: pd.DataFrame, facts: Sequence[Fact]) -> Report:
    """A row per task, checker and arm. Raises DataError for an empty frame, without a model
    that was trained here, and where two arms were asked different problems."""
    rows: list[tuple[Scalar, ...]] = []
    sentences = []
    for task in tasks(frame, REFERENCE):
        for name, each in task.shares.items():
            difference = (None, None, None) if name == task.reference else gap(task, name)
            said = task.answers.loc[task.answers["name"] == name, "outcome"]
            silent = float((said == "no_answer").mean())
            seeds = (each.shape[1], each.shape[0])
            rows.append((*task.key, name, *seeds, *level(task, name), silent, *difference))
        best = max(task.shares, key=lambda name: level(task, name)[0])
        accuracy, low, high = map(percent, level(task, best))
        by = f"{task.key[0]} by {task.key[2]}"
        sentences.append(f"{by}: best is {best} with {accuracy} ({low} to {high})")
    return Report(
        analysis=ANALYSIS.name,
        columns=COLUMNS,
        rows=tuple(rows),
        summary=". ".join(sentences) + ".",
        notes=NOTES,
    )


def level(task: Task, name: str) -> tuple[float, float, float]:
    """(accuracy, low, high) of an arm."""
    clusters = shared_by(task, task.shares[name])
    value, low, _ = interval(task.shares[name], clusters)
    return value, max(0.0, low), min(1.0, interval(task.most[name], clusters)[2])


def gap(task: Task, name: str) -> tuple[float, float, float]:
    """(difference, low, high) of an arm to the reference."""
    clusters = shared_by(task, task.shares[name])
    least, seen, most = (interval(each, clusters) for each in task.gaps(name))
    return seen[0], max(-1.0, least[1]), min(1.0, most[2])


def shared_by(task: Task, problems: pd.DataFrame) -> list[str]:
    """What each of the problems, the rows, shares with those that are not independent of it."""
    clusters: list[str] = (
        task.answers.groupby("problem_id")["cluster"].first()[problems.index].tolist()
    )
    return clusters


def interval(values: pd.DataFrame, clusters: Sequence[str] = ()) -> tuple[float, float, float]:
    """The mean of problems by seeds with Student's interval, see the head of this file."""
    mean = over_seeds(values.to_numpy(dtype=float).tolist(), clusters)
    return mean.value, *mean.bounds(LEVEL)


ANALYSIS = Analysis(
    name="trained_arms",
    title="arms of a training study over their seeds, and their difference to SFT",
    source="ours: paired by problem, with the spread of seeds (paper Tables 3 and 9 have one)",
    measure=measure,
)
