"""The gain of distances: their mean, and an interval that draws original questions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.training_data.diversity.gain import Gain, measure_gain, sizes_up_to


def test_a_gain_is_the_mean_and_counts_rows_and_questions() -> None:
    found = measure_gain([2.0, 0.0, 13.0], [0, 0, 1], 0)
    assert (found.gain, found.n, found.questions) == (5.0, 3, 2)


def test_the_mean_is_exact_in_any_order() -> None:
    values = [0.1] * 10 + [1e-17] * 3
    assert measure_gain(values, range(13), 0).gain == measure_gain(values[::-1], range(13), 0).gain


@settings(deadline=None)
@given(
    values=st.lists(st.floats(0, 4), min_size=11, max_size=30),
    seed=st.integers(0, 9),
)
def test_the_interval_is_ordered_within_the_data_and_free_of_their_order(
    values: list[float], seed: int
) -> None:
    questions = [i // 2 for i in range(len(values))]
    one = measure_gain(values, questions, seed, draws=50)
    assert one.low is not None and one.high is not None
    assert min(values) - 1e-9 <= one.low <= one.high <= max(values) + 1e-9
    other = measure_gain(values[::-1], questions[::-1], seed, draws=50)
    assert other == one


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_handful_of_questions_has_no_interval(count: int) -> None:
    """One row was printed as [1.4730 - 1.4730]."""
    found = measure_gain([1.5] * count * 3, [*range(count)] * 3, 0, draws=50)
    assert (found.gain, found.questions, found.low, found.high) == (1.5, count, None, None)


def width(gain: Gain) -> float:
    assert gain.low is not None and gain.high is not None
    return gain.high - gain.low


def test_rows_of_one_question_count_as_one_draw() -> None:
    rng = np.random.default_rng(3)
    of_question = rng.uniform(0, 1, 400)
    alone = measure_gain(of_question, np.arange(400), 0)
    tenfold = measure_gain(np.repeat(of_question, 10), np.repeat(np.arange(400), 10), 0)
    naive = measure_gain(np.repeat(of_question, 10), np.arange(4000), 0)
    assert width(tenfold) == pytest.approx(width(alone), rel=1e-9)
    assert width(naive) < width(alone) / 2


def test_the_interval_agrees_with_the_normal_one_where_that_holds() -> None:
    values = np.random.default_rng(0).uniform(0, 1, 2000)
    found = measure_gain(values, np.arange(2000), 0)
    half = 1.96 * values.std() / np.sqrt(2000)
    assert found.low == pytest.approx(values.mean() - half, abs=half / 8)
    assert found.high == pytest.approx(values.mean() + half, abs=half / 8)


@pytest.mark.parametrize("values", [[], [1.0, float("nan")], [float("inf")]])
def test_nothing_and_what_is_not_finite_have_no_gain(values: list[float]) -> None:
    with pytest.raises(ValueError, match=r"no new items|not finite"):
        measure_gain(values, list(range(len(values))), 0)


def test_sizes_of_a_curve() -> None:
    assert sizes_up_to(100, 3) == [25, 50, 100]
    assert sizes_up_to(1, 6) == [1]
    with pytest.raises(ValueError, match="at least 1"):
        sizes_up_to(0, 3)


def test_the_seed_draws_the_interval() -> None:
    values = [0.1 * i * i for i in range(9)]
    one, again, other = (measure_gain(values, range(9), seed, draws=50) for seed in (1, 1, 2))
    assert one == again
    assert (one.low, one.high) != (other.low, other.high)


@pytest.mark.parametrize(
    ("total", "steps", "sizes"),
    [(100, 1, [100]), (7, 3, [1, 3, 7]), (2, 9, [1, 2]), (64, 3, [16, 32, 64])],
)
def test_sizes_double_up_to_the_total(total: int, steps: int, sizes: list[int]) -> None:
    assert sizes_up_to(total, steps) == sizes
