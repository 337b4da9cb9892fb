"""Answers that a checker calls equal are one class, whatever the checker does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval import catalog
from mmeval.judging.merge_answers import Merger, merger


def parity(one: str, other: str) -> str:
    return "right" if int(one) % 2 == int(other) % 2 else "wrong"


def test_classes_are_counted_in_the_order_in_which_they_appear() -> None:
    assert Merger(compare=parity).sizes(["1", "2", "3", "1", "4"]) == [3, 2]
    assert Merger(compare=parity).sizes([]) == []


def test_without_a_checker_only_the_same_characters_are_one() -> None:
    assert merger(None).sizes(["1/2", "0.5", "1/2"]) == [2, 1]


def test_a_checker_merges_what_it_calls_equal() -> None:
    votes = merger(catalog.load("checkers", "mmeval/1"))
    assert votes.sizes(["1/2", "0.5", r"\frac{1}{2}", "0.6"]) == [3, 1]


def test_a_checker_is_asked_either_way_round_and_each_way_once() -> None:
    asked: list[tuple[str, str]] = []

    def one_sided(one: str, other: str) -> str:
        asked.append((one, other))
        return "right" if (one, other) == ("b", "a") else "wrong"

    votes = Merger(compare=one_sided)
    assert votes.sizes(["a", "b", "a", "b"]) == [4]
    assert votes.sizes(["a", "b"]) == [2]
    assert asked == [("a", "b"), ("b", "a")]


def test_a_comparison_that_raises_is_counted_and_keeps_its_answers_apart() -> None:
    def raising(one: str, other: str) -> str:
        raise OSError(one, other)

    votes = Merger(compare=raising)
    assert votes.sizes(["a", "b", "a"]) == [2, 1]
    assert votes.raised == 2, "once for each way round"
    assert votes.same("a", "a") and votes.raised == 2, "the same characters need no checker"


@pytest.mark.parametrize("outcome", ["wrong", "undecided", "failed", "no_answer"])
def test_only_right_says_equal(outcome: str) -> None:
    assert Merger(compare=lambda one, other: outcome).sizes(["a", "b"]) == [1, 1]


@settings(deadline=None)
@given(st.lists(st.integers(0, 30).map(str), max_size=20))
def test_the_sizes_add_up_to_the_answers(answers: list[str]) -> None:
    sizes = Merger(compare=parity).sizes(answers)
    assert sum(sizes) == len(answers)
    assert len(sizes) == len({int(each) % 2 for each in answers})
