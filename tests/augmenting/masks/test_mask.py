"""One hidden number: the answer as a backward question tells it, and the sentences around it."""

from __future__ import annotations

import pytest

from mmeval.augmenting.masks.mask import Mask, all_masks, clean_answer, fobar_question


@pytest.mark.parametrize(
    ("gold", "told"),
    [("1,450,000", "1450000"), ("18.0", "18"), ("2.50", "2.5"), (r"\frac{1}{2}", r"\frac{1}{2}")],
)
def test_the_forward_answer_is_told_without_commas(gold: str, told: str) -> None:
    assert clean_answer(gold) == told


@pytest.mark.parametrize(
    ("gold", "told"),
    [
        ("-1,450", "-1450"),
        ("1,45", "1,45"),  # a pair, no number
        ("(1,234)", "(1,234)"),
        ("100", "100"),
        ("0.50", "0.5"),
        ("5.", "5"),
        ("x", "x"),
    ],
)
def test_what_is_no_plain_number_stays_as_it_is(gold: str, told: str) -> None:
    assert clean_answer(gold) == told


def test_the_answer_is_a_condition_on_a_line_of_its_own() -> None:
    assert fobar_question("x pens?", "5", "GSM") == (
        "x pens?\nIf we know the answer to the above question is 5, what is the value of unknown "
        "variable x?"
    )
    asked = fobar_question("X?", "5", "MATH", "of")
    assert asked.startswith("X?\nIf we know the answer of the above")
    assert asked.endswith("unknown variable X?")


def test_a_mask_without_a_gold_is_left_out() -> None:
    masks = [Mask(question="x", gold=gold, token="5", at=0, to=1) for gold in ("5", " ", "")]
    assert list(all_masks("5", "GSM", lambda question, style: masks)) == masks[:1]
