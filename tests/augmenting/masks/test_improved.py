"""The improved rule: which numbers it hides, which it leaves, and what it says of words."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings

from mmeval.augmenting.masks.improved import improved_masks, spoken_numbers
from tests.builders.number_texts import TEXT

IMPROVED = [
    ("It costs $5.", ["It costs $x."], ["5"]),
    ("She is (5), not five, or Five!", None, ["5", "5", "5"]),
    ("a 10-minute call", ["a x-minute call"], ["10"]),
    ("A 20-year-old paid $80,000.", None, ["20", "80000"]),
    ("twenty-five pens", ["x pens"], ["25"]),
    ("three hundred and six pens", ["x pens"], ["306"]),
    ("ninety-nine thousand pens", ["x pens"], ["99000"]),
    ("a dozen eggs", ["x eggs"], ["12"]),
    ("two dozen eggs", ["x dozen eggs"], ["2"]),
    ("half a dozen eggs", [], []),
    ("twice as many", ["x times as many"], ["2"]),
    ("half of them", ["x% of them"], ["50"]),
    ("two and a half hours", ["x and a half hours"], ["2"]),
    ("two thirds of it", ["x of it"], ["2/3"]),
    ("one-third of it", ["x of it"], ["1/3"]),
    ("2/5 of it", ["x of it"], ["2/5"]),
    ("25% off", ["x% off"], ["25"]),
    ("1.50 and .5", None, ["1.5", "0.5"]),
    ("one of them", [], []),
    ("at 3:30 or 2:1 or 5-7 or 3 1/2 cups", [], []),
    ("the 2nd, the fifth, A4", [], []),
    ("the number x is 5", [], []),
]


@pytest.mark.parametrize(("question", "made", "golds"), IMPROVED, ids=[c[0] for c in IMPROVED])
def test_the_improved_rule(question: str, made: list[str] | None, golds: list[str]) -> None:
    found = improved_masks(question, "GSM")
    assert [mask.gold for mask in found] == golds
    assert made is None or [mask.question for mask in found] == made


@pytest.mark.parametrize(
    ("question", "golds"),
    [
        (r"Is $39$, or 15\% of 20?", ["39", "15", "20"]),
        (r"$3^4$, $a_1$, $\frac12$, $(2,3)$, $5!$", []),
        (r"It costs \$30.", ["30"]),
        ("The digit X of 5", []),
    ],
)
def test_the_improved_rule_leaves_formulas_alone(question: str, golds: list[str]) -> None:
    assert [mask.gold for mask in improved_masks(question, "MATH")] == golds


@settings(deadline=None)
@given(TEXT)
def test_the_gold_of_the_improved_rule_is_a_number(question: str) -> None:
    for mask in improved_masks(question, "GSM"):
        assert Fraction(mask.gold) >= 0


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Ann has 5 pens.", [(8, Fraction(5))]),
        ("1,360.5 of it", [(0, Fraction("1360.5"))]),
        ("half", [(0, Fraction(1, 2))]),
        ("2/5 of it", [(0, Fraction(2)), (2, Fraction(5)), (0, Fraction(2, 5))]),
        ("1/0", [(0, Fraction(1)), (2, Fraction(0))]),  # no value
        ("doubled", [(0, Fraction(2))]),
        ("two dozens", [(0, Fraction(2)), (4, Fraction(12)), (0, Fraction(2))]),
        ("no number", []),
    ],
)
def test_every_piece_of_a_phrase_may_be_a_number(
    question: str, numbers: list[tuple[int, Fraction]]
) -> None:
    assert list(spoken_numbers(question)) == numbers
