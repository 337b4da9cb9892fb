"""What words mean, and which words mean no value."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mmeval.answers.grammar.tree import Node, num
from mmeval.answers.grammar.words import meant

EMPTY, REALS = Node("sym", (), "empty"), Node("sym", (), "bbR")


def of(text: str, numbers: bool = True) -> Node:
    return meant(Node("text", (), text), numbers)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("four", 4),
        ("Twenty-one", 21),
        ("one half", Fraction(1, 2)),
        ("two and a half", Fraction(5, 2)),
        ("minus five", -5),
        ("negative 5", -5),
        ("half a million", 500_000),
        ("two hundred and five", 205),
        ("三分之二", Fraction(2, 3)),
        ("一百零五", 105),
    ],
)
def test_spelled_numbers(text: str, value: Fraction | int) -> None:
    assert of(text) == num(value)
    assert of(text, numbers=False).kind == "text"


@pytest.mark.parametrize("text", ["no solution", "There are no solutions.", "empty set", "无解"])
def test_no_solution_is_the_empty_set(text: str) -> None:
    assert of(text) == EMPTY


@pytest.mark.parametrize("text", ["all real numbers", "the set of all reals", "Any real number"])
def test_all_reals_are_a_set(text: str) -> None:
    assert of(text) == REALS


def test_what_is_counted_is_a_label_and_percent_a_share() -> None:
    assert of("four red apples") == Node("label", (num(4),), "red apples")
    assert of("twenty-five percent") == Node("pct", (num(25),))


@pytest.mark.parametrize(
    "text",
    ["one of them", "two or three", "no real solutions", "odd", "ten to the sixth", "a circle"],
)
def test_other_words_stay_words(text: str) -> None:
    assert of(text).kind == "text"
