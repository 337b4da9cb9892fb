"""Arms of a training study over their seeds: accuracy, and the difference to one of them.

An arm is what `mmeval train` trained a model on; a model that it did not make is an arm of
its own under its label. For an arm with K seeds, p_i is the share of its seeds that are
right on problem i (of several samples, the mean).

    accuracy   = mean of p_i over problems, a fraction
    error^2    = s^2(p_i)/n + s^2(seed accuracies)/K     (the second where K > 1)
    difference = mean of p_i - q_i, q being the reference arm; its error alike, the second
                 term from the differences of seeds that both have

Intervals are 95 %, Student's with Satterthwaite's degrees of freedom. Higher is better. One
seed says nothing about others: its interval is over problems alone, and `seeds` shows it.
The reference is the arm `SFT` where there is one, else the first trained arm by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mmeval.declare import Analysis
from mmeval.errors import DataError
from mmeval.measuring import percent
from mmeval.records import Column, Fact, Report, Scalar
from mmeval.seeds import over_seeds

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
    "Differences are paired by problem. What could not be told counts as not right.",
    "An arm with one seed has an interval over problems alone: another seed may lie outside.",
)


def measure(frame: pd.DataFrame, facts: Sequence[Fact]) -> Report:
    """A row per task, checker and arm. Raises DataError for an empty frame, without a model
    that was trained here, and where two arms were asked different problems."""
    if frame.empty:
        raise DataError("there are no answers to measure: was the run folder empty?")
    trained = set(frame["arm"].dropna())
    if not trained:
        raise DataError("no run is of a model that mmeval train made, so there are no arms")
    rows: list[tuple[Scalar, ...]] = []
    sentences = []
    task = ["benchmark", "split", "checker"]
    for key, part in frame.assign(name=arms_of(frame)).groupby(task, sort=False):
        tables = {str(name): table(some, str(name)) for name, some in by_arm(part)}
        first = REFERENCE if REFERENCE in tables else min(trained & tables.keys() or tables)
        for name, each in tables.items():
            require_same_problems(each, tables[first], (name, first), str(key[0]))
            difference = (None, None, None) if name == first else gap(each, tables[first])
            silent = float((part.loc[part["name"] == name, "outcome"] == "no_answer").mean())
            seeds = (each.shape[1], each.shape[0])
            rows.append((*map(str, key), name, *seeds, *level(each), silent, *difference))
        best = max(tables, key=lambda name: level(tables[name])[0])
        accuracy, low, high = map(percent, level(tables[best]))
        sentences.append(f"{key[0]} by {key[2]}: best is {best} with {accuracy} ({low} to {high})")
    return Report(
        analysis=ANALYSIS.name,
        columns=COLUMNS,
        rows=tuple(rows),
        summary=". ".join(sentences) + ".",
        notes=NOTES,
    )


def arms_of(frame: pd.DataFrame) -> pd.Series[Any]:
    """The arm of each answer; of a model that was not trained here, the model's label."""
    named: pd.Series[Any] = frame["arm"].where(frame["arm"].notna(), frame["model"])
    return named


def by_arm(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The answers of each arm, in the order they appear."""
    for name, some in frame.groupby("name", sort=False):
        yield str(name), some


def table(frame: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Problems by seeds: the share of a model's samples that are right. DataError where two
    models of an arm have one seed, or a model lacks some of the problems."""
    seeds = frame.groupby("model", sort=False)["training_seed"].first()
    if len(seeds) > 1 and (seeds.isna().any() or seeds.duplicated().any()):
        raise DataError(
            f"arm {arm}: {', '.join(map(str, seeds.index))} are models of one arm and not of "
            "different seeds; name the runs of one of them"
        )
    shares: pd.DataFrame = (
        frame.assign(value=frame["right"].astype(float), seed=frame["training_seed"].fillna(-1))
        .groupby(["problem_id", "seed"])["value"]
        .mean()
        .unstack("seed")
    )
    if shares.isna().to_numpy().any():
        raise DataError(f"arm {arm}: its seeds were asked different problems; run the same for all")
    return shares


def require_same_problems(
    one: pd.DataFrame, other: pd.DataFrame, names: tuple[str, str], benchmark: str
) -> None:
    """Raises DataError where two arms cannot be paired."""
    shared = len(one.index.intersection(other.index))
    if shared < max(len(one), len(other)):
        raise DataError(
            f"{benchmark}: {names[0]} was asked {len(one):,} problems and {names[1]} "
            f"{len(other):,}, of which {shared:,} are the same; arms are compared on the same ones"
        )


def level(shares: pd.DataFrame) -> tuple[float, float, float]:
    """(accuracy, low, high) of problems by seeds."""
    value, low, high = interval(shares)
    return value, max(0.0, low), min(1.0, high)


def gap(shares: pd.DataFrame, reference: pd.DataFrame) -> tuple[float, float, float]:
    """(difference, low, high) to the reference, seed by seed where both have the seeds."""
    both = shares.columns.intersection(reference.columns)
    reference = reference.loc[shares.index]
    if len(both) == shares.shape[1] == reference.shape[1]:
        value, low, high = interval(shares - reference)
    else:
        value, low, high = interval(shares.sub(reference.mean(axis=1), axis=0))
    return value, max(-1.0, low), min(1.0, high)


def interval(values: pd.DataFrame) -> tuple[float, float, float]:
    """The mean of problems by seeds with Student's interval, see the head of this file."""
    mean = over_seeds(values.to_numpy(dtype=float).tolist())
    return mean.value, *mean.bounds(LEVEL)


ANALYSIS = Analysis(
    name="trained_arms",
    title="arms of a training study over their seeds, and their difference to SFT",
    source="ours: paired by problem, with the spread of seeds (paper Tables 3 and 9 have one)",
    measure=measure,
)
