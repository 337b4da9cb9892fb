"""Backward questions taken back to the question they were made from."""

from __future__ import annotations

import pytest

from mmeval.training_data.overlap.unmask import unmask
from tests.builders.backward_texts import FOBAR, FORWARD, MASKED, SV


@pytest.mark.parametrize(
    ("query", "response", "forward", "style"),
    [
        (FOBAR, "So x is 1500.\nThe answer is: 1500", MASKED.replace("x", "1500", 1), "fobar"),
        (FOBAR.replace("answer to", "answer of"), "#### 1500", None, "fobar"),
        (
            "Solve $X + 2$.\n### " + FOBAR.split("\n")[1].replace("x?", "$X$?"),
            "#### 2",
            None,
            "fobar",
        ),
        (SV, "The answer is: 1500", None, "self_verification"),
    ],
    ids=["MetaMathQA's form", "GSM8K-Backward's form", "the MATH prompts' form", "SV, asked twice"],
)
def test_a_backward_question_is_taken_back(
    query: str, response: str, forward: str | None, style: str
) -> None:
    made = unmask(query, response)
    assert made is not None
    assert (made.style, made.filled) == (style, True)
    assert "unknown variable" not in made.question
    if forward is not None:
        # `x` stands in no other word of this question.
        assert made.question == forward


def test_a_row_without_an_answer_keeps_its_variable() -> None:
    made = unmask(FOBAR, "")
    assert made is not None
    assert (made.filled, made.question) == (False, MASKED)


def test_of_a_statement_only_what_asks_is_taken_away() -> None:
    made = unmask(SV, "The answer is: 1500")
    assert made is not None
    assert made.question.endswith("She has 600 dollars left to pay for the sacks.")
    assert "$1500" in made.question


def test_only_the_variable_itself_is_filled() -> None:
    query = "Max has x boxes of six axes. What is the value of unknown variable x?"
    made = unmask(query, "The answer is: 4")
    assert made is not None
    assert made.question == "Max has 4 boxes of six axes."


def test_however_often_it_is_asked_all_of_it_goes() -> None:
    query = "Ann has x pens." + " What is the value of unknown variable x?" * 3
    made = unmask(query, "The answer is: 4")
    assert made is not None and made.question == "Ann has 4 pens."


def test_an_answer_is_put_in_as_it_stands() -> None:
    query = "Is x even? What is the value of unknown variable x?"
    made = unmask(query, r"The answer is: \frac{1}{2}")
    assert made is not None and made.question == r"Is \frac{1}{2} even?"


@pytest.mark.parametrize("query", [FORWARD, "What is the value of x?", ""])
def test_a_forward_question_is_no_backward_one(query: str) -> None:
    assert unmask(query, "The answer is: 1") is None
