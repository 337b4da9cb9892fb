"""The Wilson interval, against scipy's and against its own definition."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.stats import wilson

SHARES = st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize(
    ("right", "n"), [(0, 1), (1, 1), (0, 1319), (1319, 1319), (881, 1319), (1, 5000), (250, 500)]
)
def test_it_is_scipys_interval(right: int, n: int, level: float) -> None:
    scipy_stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    theirs = scipy_stats.binomtest(right, n).proportion_ci(level, "wilson")
    assert wilson(right, n, level) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(share=SHARES)
@settings(derandomize=True, deadline=None)
def test_its_ends_are_the_shares_that_a_score_test_just_accepts(share: tuple[int, int]) -> None:
    right, n = share
    z = NormalDist().inv_cdf(0.975)
    for end in wilson(right, n):
        if 0 < end < 1:
            score = abs(right / n - end) / math.sqrt(end * (1 - end) / n)
            assert score == pytest.approx(z, rel=1e-6)


@given(share=SHARES)
@settings(derandomize=True, deadline=None)
def test_it_holds_the_share_and_stays_in_0_to_1(share: tuple[int, int]) -> None:
    right, n = share
    low, high = wilson(right, n)
    assert 0 <= low <= right / n <= high <= 1
    assert (low == 0) == (right == 0)
    assert (high == 1) == (right == n)


@pytest.mark.parametrize(("right", "n", "level"), [(0, 0, 0.95), (2, 1, 0.95), (-1, 5, 0.95)])
def test_impossible_counts_are_refused(right: int, n: int, level: float) -> None:
    with pytest.raises(ValueError, match="needs 0 <= right <= n"):
        wilson(right, n, level)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_is_a_fraction(level: float) -> None:
    with pytest.raises(ValueError, match="level must be in"):
        wilson(1, 2, level)
