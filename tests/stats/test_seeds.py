"""The mean over problems and seeds: Student's interval of each source of error, and how often it
is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mmeval.stats.seeds import matched_seeds, over_seeds


def test_one_seed_has_students_interval_of_its_problems() -> None:
    values = [[1.0], [0.0], [0.0], [1.0], [1.0]]
    found = over_seeds(values)
    flat = [row[0] for row in values]
    assert found.value == pytest.approx(0.6)
    low, high = stats.t.interval(0.9, 4, 0.6, stats.sem(flat))
    assert found.bounds(0.9) == pytest.approx((low, high))


def test_problems_that_all_seeds_answer_alike_leave_the_error_of_the_problems() -> None:
    one, three = over_seeds([[1.0], [0.0]] * 9), over_seeds([[1.0] * 3, [0.0] * 3] * 9)
    assert three.bounds() == pytest.approx(one.bounds())


def test_seeds_that_differ_as_a_whole_leave_the_error_of_the_seeds() -> None:
    found = over_seeds([[0.2, 0.4, 0.9]] * 50)
    low, high = stats.t.interval(0.95, 2, 0.5, stats.sem([0.2, 0.4, 0.9]))
    assert found.bounds() == pytest.approx((low, high))


def test_a_difference_of_seeds_that_is_nothing_is_called_one_at_most_as_often_as_said() -> None:
    generator = np.random.default_rng(0)
    wrong = 0
    for _ in range(400):
        problem = generator.normal(0.3, 0.15, size=(200, 1))
        arms = [
            generator.random((200, 3)) < np.clip(problem + generator.normal(0, 0.03, 3), 0, 1)
            for _ in range(2)
        ]
        low, high = over_seeds((arms[0].astype(float) - arms[1]).tolist()).bounds()
        wrong += not low <= 0 <= high
    assert wrong / 400 <= 0.06


@pytest.mark.parametrize(
    ("one", "two", "places"),
    [
        ([0, 1, 2], [2, 0], [(0, 1), (2, 0)]),
        ([None], [1, 2], [(0, 0), (0, 1)]),
        ([1, 2], [None], [(0, 0), (1, 0)]),
        ([1, 2, 3], [4, 5], [(0, 0), (1, 1)]),
        ([None], [None], [(0, 0)]),
    ],
)
def test_models_of_two_arms_stand_side_by_side_by_seed(
    one: list[object], two: list[object], places: list[tuple[int, int]]
) -> None:
    assert matched_seeds(one, two) == places


def test_one_problem_says_nothing() -> None:
    found = over_seeds([[0.0, 1.0]])
    assert found.value == 0.5
    assert found.bounds() == (-np.inf, np.inf)
