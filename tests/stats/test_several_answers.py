"""pass@k and maj@k: against every draw written out, and against numpy's estimator."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.stats.several_answers import ks, majority_at_k, pass_at_k

SETTINGS = settings(deadline=None, max_examples=80)
VOTES = st.tuples(st.integers(0, 5), st.lists(st.integers(1, 3), max_size=4), st.integers(0, 3))


def every_draw(right: int, others: list[int], abstained: int, k: int) -> float:
    """maj@k by drawing every k of the answers."""
    ballots: list[int | None] = [0] * right + [None] * abstained
    for number, size in enumerate(others, start=1):
        ballots += [number] * size
    total, draws = Fraction(0), 0
    for drawn in combinations(ballots, k):
        draws += 1
        counts = [drawn.count(number) for number in range(len(others) + 1)]
        if counts[0] and counts[0] == max(counts):
            total += Fraction(1, counts.count(counts[0]))
    return float(total / draws)


@given(votes=VOTES, data=st.data())
@SETTINGS
def test_maj_at_k_is_the_mean_over_every_draw(
    votes: tuple[int, list[int], int], data: st.DataObject
) -> None:
    right, others, abstained = votes
    n = right + sum(others) + abstained
    if n == 0:
        return
    k = data.draw(st.integers(1, n))
    assert majority_at_k(right, others, abstained, k) == pytest.approx(
        every_draw(right, others, abstained, k), abs=1e-12
    )


@given(n=st.integers(1, 40), data=st.data())
@SETTINGS
def test_pass_at_k_is_the_product_that_its_authors_compute(n: int, data: st.DataObject) -> None:
    right, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    theirs = (
        1.0 if n - right < k else 1.0 - float(np.prod(1.0 - k / np.arange(n - right + 1, n + 1)))
    )
    assert pass_at_k(n, right, k) == pytest.approx(theirs, abs=1e-9)


@given(votes=VOTES)
@SETTINGS
def test_of_one_answer_both_are_the_accuracy(votes: tuple[int, list[int], int]) -> None:
    right, others, abstained = votes
    n = right + sum(others) + abstained
    if n:
        assert majority_at_k(right, others, abstained, 1) == pytest.approx(right / n)
        assert pass_at_k(n, right, 1) == pytest.approx(right / n)


MAJORITIES = {
    "two against one": (2, [1], 0, 3, 1.0),
    "a tie of two is broken by lot": (1, [1], 0, 2, 0.5),
    "a tie of three": (1, [1, 1], 0, 3, 1 / 3),
    "who found no answer does not vote": (1, [], 9, 10, 1.0),
    "nobody votes": (0, [], 3, 3, 0.0),
    "outvoted": (2, [3], 0, 5, 0.0),
}


@pytest.mark.parametrize("case", MAJORITIES)
def test_majorities(case: str) -> None:
    right, others, abstained, k, value = MAJORITIES[case]
    assert majority_at_k(right, others, abstained, k) == pytest.approx(value)


@pytest.mark.parametrize(("n", "right", "k"), [(3, 1, 0), (3, 1, 4), (3, 4, 1), (0, 0, 1)])
def test_impossible_draws_are_refused(n: int, right: int, k: int) -> None:
    with pytest.raises(ValueError, match="needs 1 <= k <= n"):
        pass_at_k(n, right, k)


@pytest.mark.parametrize(("n", "found"), [(1, [1]), (4, [1, 2, 4]), (6, [1, 2, 4, 6])])
def test_ks_are_powers_of_two_and_all(n: int, found: list[int]) -> None:
    assert ks(n) == found


def test_many_answers_are_no_trouble() -> None:
    assert 0 < majority_at_k(20, [15, 10, 5, 1, 1, 1], 11, 64) <= 1
