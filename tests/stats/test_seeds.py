"""The mean over problems and seeds: Student's interval of each source of error, and how often it
is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mmeval.stats.intervals import difference_bounds, wilson
from mmeval.stats.seeds import difference_of_shares, matched_seeds, over_seeds, share_bounds


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


# --- shares over seeds ----------------------------------------------------------------------


def test_of_one_seed_and_independent_answers_it_is_wilsons_and_newcombes() -> None:
    short, long = [(1, 1)] * 30 + [(0, 1)] * 10, [(1, 1)] * 12 + [(0, 1)] * 28
    assert share_bounds(short, [0.75], 0.9) == pytest.approx(wilson(30, 40, 0.9))
    found = difference_of_shares([short, long], [0.45], 0.9)
    assert found == pytest.approx(difference_bounds((12, 40), (30, 40), 0.9))


@pytest.mark.parametrize("right", [0, 3])
def test_seeds_that_agree_at_an_end_are_no_certainty(right: int) -> None:
    low, high = share_bounds([(right, 3)] * 10, [right / 3] * 3, 0.95)
    assert 0.2 < high - low < 0.5


def test_seeds_hold_the_truth_of_a_difference_of_two_groups() -> None:
    """Two groups of 40 problems, three seeds that move both by 5 points and the first by 5 more."""
    draws = np.random.default_rng(2)
    held = 0
    for _ in range(400):
        moved = draws.normal(0, 0.05, size=(3, 2))
        chances = np.clip([0.6 + moved.sum(axis=1), 0.4 + moved[:, 0]], 0.01, 0.99)
        rights = draws.random((2, 40, 3)) < chances[:, None, :]
        groups = [[(int(row.sum()), 3) for row in group] for group in rights]
        by_seed = (rights[0].mean(axis=0) - rights[1].mean(axis=0)).tolist()
        low, high = difference_of_shares(groups, by_seed, 0.95)
        held += low <= 0.2 <= high
    assert held / 400 >= 0.93
