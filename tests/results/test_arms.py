"""Arms: the reference that a caller names, and differences by seed."""

from __future__ import annotations

import pandas as pd
import pytest

from mmeval.errors import DataError
from mmeval.results.arms import against, tasks


def answers(*arms: str, problems: int = 2) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": f"model of {arm}",
            "arm": arm,
            "benchmark": "b",
            "split": "test",
            "checker": "c/1",
            "problem_id": f"b/{i}",
            "training_seed": 0,
            "right": i == 0,
            "told": True,
        }
        for arm in arms
        for i in range(problems)
    )


@pytest.mark.parametrize(("named", "taken"), [("plain", "plain"), ("absent", "arm one")])
def test_the_reference_is_the_arm_that_is_named_or_the_first(named: str, taken: str) -> None:
    (task,) = tasks(answers("plain", "arm one"), named)
    assert task.reference == taken
    assert set(task.shares) == {"plain", "arm one"}


def test_no_answers_are_no_arms() -> None:
    with pytest.raises(DataError, match="no answers to measure"):
        list(tasks(answers(), "plain"))


def test_a_lone_model_stands_beside_each_seed_of_the_other() -> None:
    lone = pd.DataFrame({-1.0: [1.0, 0.0]})
    seeds = pd.DataFrame({0.0: [1.0, 1.0], 1.0: [0.0, 0.0]})
    assert against(lone, seeds).to_numpy().tolist() == [[0.0, 1.0], [-1.0, 0.0]]
    assert against(seeds, lone).to_numpy().tolist() == [[0.0, -1.0], [1.0, 0.0]]
    assert against(seeds, seeds).to_numpy().tolist() == [[0.0, 0.0], [0.0, 0.0]]
