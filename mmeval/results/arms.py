"""Arms of a training study: what each was trained on, as problems by seeds.

An arm is what `mmeval train` trained a model on; a model that it did not make is an arm of
its own under its label.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mmeval.errors import DataError
from mmeval.stats.seeds import matched_seeds

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What all arms were asked, and judged by."""

    key: tuple[str, str, str]
    """(benchmark, split, checker)."""
    answers: pd.DataFrame
    """With the arm of each in `name`."""
    shares: dict[str, pd.DataFrame]
    """Arm -> problems by seeds: the share of a model's samples that are right, undecided ones as
    not right."""
    most: dict[str, pd.DataFrame]
    """The same with undecided ones as right."""
    reference: str
    """The arm that others are compared with."""

    def gaps(self, name: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """(least, seen, most): an arm's differences to the reference, problems by seeds, with the
        undecided answers of both against the arm, as not right, and for it."""
        own, other = (name, self.reference)
        return (
            against(self.shares[own], self.most[other]),
            against(self.shares[own], self.shares[other]),
            against(self.most[own], self.shares[other]),
        )


def tasks(frame: pd.DataFrame, reference: str) -> Iterator[Task]:
    """Each task of the answers; where no arm is called as the reference is, the first trained
    one by name is taken. Raises DataError for an empty frame, without a model that was
    trained here, and where two arms were asked different problems."""
    if frame.empty:
        raise DataError("there are no answers to measure: was the run folder empty?")
    trained = set(frame["arm"].dropna())
    if not trained:
        raise DataError("no run is of a model that mmeval train made, so there are no arms")
    named = frame.assign(name=arms_of(frame))
    for key, part in named.groupby(["benchmark", "split", "checker"], sort=False):
        arms = list(by_arm(part))
        shares = {name: table(some, name) for name, some in arms}
        most = {
            name: table(some.assign(right=some["right"] | ~some["told"]), name)
            for name, some in arms
        }
        first = reference if reference in shares else min(trained & shares.keys() or shares)
        for name, each in shares.items():
            require_same_problems(each, shares[first], (name, first), str(key[0]))
        benchmark, split, checker = map(str, key)
        key_of = (benchmark, split, checker)
        yield Task(key=key_of, answers=part, shares=shares, most=most, reference=first)


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


def against(shares: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Differences to the reference, problems by seeds, with seeds side by side as
    `matched_seeds` has them."""
    reference = reference.loc[shares.index]
    pairs = matched_seeds(list(shares.columns), list(reference.columns))
    theirs = reference.iloc[:, [j for _, j in pairs]].to_numpy()
    return shares.iloc[:, [i for i, _ in pairs]] - theirs
