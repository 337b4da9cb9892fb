"""A correlation of a few points: Fisher's interval, and what orders of them can show."""

from __future__ import annotations

import random
from math import factorial

import numpy as np
import pytest
from scipy import stats

from mmeval.stats.correlation import EXACT, ORDERS, correlation, fisher_bounds, permutation_p


@pytest.mark.parametrize("n", [4, 5, 30])
def test_a_correlation_has_fishers_interval(n: int) -> None:
    from scipy import stats

    pairs = [(float(i), float((7 * i) % 5 + i)) for i in range(n)]
    theirs = stats.pearsonr([x for x, _ in pairs], [y for _, y in pairs])
    r = correlation(pairs)
    assert r == pytest.approx(theirs.statistic)
    expected = theirs.confidence_interval(0.9)
    assert fisher_bounds(r, n, 0.9) == pytest.approx((expected.low, expected.high))


def test_three_points_say_nothing_of_a_correlation() -> None:
    assert fisher_bounds(0.999, 3) == (-1.0, 1.0)
    assert fisher_bounds(1.0, 9) == (1.0, 1.0)
    with pytest.raises(ValueError, match="r must be"):
        fisher_bounds(1.5, 9)
    with pytest.raises(ValueError):
        correlation([(1.0, 2.0)])


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7])
def test_a_perfect_order_has_the_smallest_p_of_all_orders(n: int) -> None:
    p, least = permutation_p([(float(i), float(i * i)) for i in range(n)])
    assert p == least == min(1.0, 2 / factorial(n))


@pytest.mark.parametrize("turned", [1.0, -1.0])
def test_it_is_scipys_permutation_test(turned: float) -> None:
    draw = np.random.default_rng(3)
    x, y = draw.normal(size=6), turned * draw.normal(size=6)
    theirs = stats.permutation_test(
        (x,),
        lambda a: float(np.corrcoef(a, y)[0, 1]),
        permutation_type="pairings",
        alternative="two-sided",
        n_resamples=np.inf,
    )
    p, _ = permutation_p(list(zip(x.tolist(), y.tolist(), strict=True)))
    assert p == pytest.approx(theirs.pvalue)


def test_more_points_have_no_p_below_what_was_drawn() -> None:
    points = [(float(i), float(i)) for i in range(EXACT + 3)]
    assert permutation_p(points) == (2 / (1 + ORDERS), 2 / (1 + ORDERS))


def test_unrelated_points_are_called_related_as_often_as_stated() -> None:
    draw = random.Random(0)
    called = 0
    for _ in range(400):
        called += permutation_p([(draw.random(), draw.random()) for _ in range(5)])[0] <= 0.05
    assert called / 400 <= 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5


def test_a_constant_side_is_refused() -> None:
    with pytest.raises(ValueError):
        permutation_p([(1.0, 2.0), (1.0, 3.0), (1.0, 4.0)])
