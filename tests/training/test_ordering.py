"""Which rows make a step and a pass: nothing is lost, doubled or left to chance."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.errors import ConfigError
from mmeval.training.examples import Examples
from mmeval.training.ordering import Order, order_rows, split_evenly
from mmeval.training.settings import Settings


def rows_of_lengths(lengths: list[int]) -> Examples:
    """Examples of a prompt of 2 tokens and a response of `length - 2`."""
    examples = Examples()
    for number, length in enumerate(lengths):
        examples.add([number] * 2, [number] * (length - 2))
    return examples


LENGTHS = st.lists(st.integers(3, 40), min_size=8, max_size=80)


def seen(order: Order) -> Counter[int]:
    return Counter(index for step in order.steps for index in step)


@settings(deadline=None)
@given(LENGTHS, st.integers(1, 20), st.integers(1, 3), st.integers(0, 3))
def test_each_epoch_sees_each_row_once(
    lengths: list[int], batch: int, epochs: int, seed: int
) -> None:
    examples = rows_of_lengths(lengths)
    order = order_rows(examples, Settings(batch_size=batch, epochs=epochs, seed=seed))
    assert seen(order) == Counter(dict.fromkeys(range(len(lengths)), epochs))
    assert order.tokens == epochs * sum(lengths)
    assert order.response_tokens == epochs * sum(n - 2 for n in lengths)


@settings(deadline=None)
@given(LENGTHS, st.integers(1, 20), st.integers(1, 9), st.integers(1, 3))
def test_no_step_and_no_pass_is_more_than_one_row_larger_than_another(
    lengths: list[int], batch: int, micro: int, devices: int
) -> None:
    examples = rows_of_lengths(lengths)
    chosen = Settings(batch_size=max(batch, devices), micro_batch=micro, epochs=1)
    try:
        order = order_rows(examples, chosen, devices)
    except ConfigError:
        assert len(lengths) < devices * len(lengths) / chosen.batch_size + devices
        return
    sizes = {len(step) for step in order.steps}
    assert max(sizes) - min(sizes) <= 1 and max(sizes) <= chosen.batch_size
    for number, step in enumerate(order.steps):
        passes = order.passes_of(number, examples)
        assert len(passes) == order.passes * devices
        assert all(passes)
        assert sorted(index for each in passes for index in each) == sorted(step)
        lengths_of = [[examples.length(index) for index in each] for each in passes]
        assert all(max(a) <= min(b) for a, b in pairwise(lengths_of))


def test_the_rows_of_a_step_depend_on_the_seed_and_on_nothing_else() -> None:
    examples = rows_of_lengths([5 + n % 7 for n in range(64)])
    one = order_rows(examples, Settings(batch_size=16, micro_batch=4), devices=1)
    two = order_rows(examples, Settings(batch_size=16, micro_batch=2), devices=2)
    other = order_rows(examples, Settings(batch_size=16, micro_batch=4, seed=1), devices=1)
    assert one.steps == two.steps
    assert one.steps != other.steps


def test_epochs_have_different_orders() -> None:
    examples = rows_of_lengths([5] * 32)
    order = order_rows(examples, Settings(batch_size=32, epochs=2))
    assert order.steps[0] != order.steps[1]
    assert sorted(order.steps[0]) == sorted(order.steps[1])


def test_a_budget_of_response_tokens_is_met_to_within_a_row() -> None:
    examples = rows_of_lengths([4, 8, 12, 16] * 10)
    for budget in (10, 300, 1000):
        order = order_rows(examples, Settings(response_tokens=budget, batch_size=4))
        assert budget <= order.response_tokens < budget + 14


def test_arms_of_other_lengths_get_equal_tokens_and_equal_steps() -> None:
    chosen = Settings(response_tokens=2000, steps=10)
    short = order_rows(rows_of_lengths([6] * 900), chosen)
    long = order_rows(rows_of_lengths([42] * 30), chosen)
    assert len(short.steps) == len(long.steps) == 10
    assert abs(short.response_tokens - long.response_tokens) <= 40
    assert short.rows == 500 and long.rows == 30


def test_drawn_rows_are_as_many_as_asked_and_the_seed_decides_which() -> None:
    examples = rows_of_lengths([5] * 50)
    drawn = [set(seen(order_rows(examples, Settings(rows=20, seed=s)))) for s in (1, 1, 2)]
    assert [len(each) for each in drawn] == [20, 20, 20]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(
    ("chosen", "devices", "words"),
    [
        (Settings(rows=9), 1, "only 8 rows to draw from"),
        (Settings(steps=25), 1, "need 25 rows"),
        (Settings(batch_size=8), 9, "on 9 device(s)"),
    ],
)
def test_what_cannot_be_ordered_is_told(chosen: Settings, devices: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        order_rows(rows_of_lengths([5] * 8), chosen, devices)
    assert words in str(caught.value)


@settings(deadline=None)
@given(st.lists(st.integers(), max_size=50), st.integers(1, 10))
def test_splitting_keeps_order_and_loses_nothing(items: list[int], parts: int) -> None:
    pieces = list(split_evenly(items, parts))
    assert [each for piece in pieces for each in piece] == items
    assert len(pieces) == parts
