"""Which field of a row is the question, and which holds the gold and where."""

from __future__ import annotations

from typing import Any

import pytest

from mmeval.errors import DataError
from mmeval.problems.fields import ANSWER_FIELDS, QUESTION_FIELDS, gold_in, read


@pytest.mark.parametrize("answer", ANSWER_FIELDS)
@pytest.mark.parametrize("question", QUESTION_FIELDS)
def test_a_question_and_an_answer_go_by_several_names(question: str, answer: str) -> None:
    item = read({question: "How many?", answer: "So.\n#### 5", "other": 1}, "x")
    assert (item.question, item.gold) == ("How many?", "5")


def test_the_gold_goes_before_what_is_only_an_answer() -> None:
    assert read({"query": "q", "question": "Q", "answer": "6", "gold": "5"}, "x").gold == "5"
    assert read({"query": "q", "question": "Q", "answer": "6"}, "x").question == "Q"


def test_calculations_in_the_answer_are_kept() -> None:
    worked = "2+3=<<2+3=5>>5 and <<5*2=10>>10.\n#### 10"
    assert read({"question": "?", "answer": worked}, "x").meta == {"calculation": "2+3=5\n5*2=10"}
    assert read({"question": "?", "answer": "10"}, "x").meta == {}


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("5", "5"),
        (" $1,018.50 ", "$1,018.50"),
        ("-3%", "-3%"),
        ("So.\n#### 1,018", "1,018"),
        ("#### 4\nNo.\n#### 5\nThe answer is: 6", "5"),  # the last mark, its line alone
        ("####", None),
        ("So.\nThe answer is: 1/2", "1/2"),
        ("The answer is: 1\nThe answer is: 2", "2"),
        ("The answer is: ", None),
        (r"So \boxed{1} or \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        ("x + 1", "x + 1"),  # short: the answer itself
        ("w" * 40, "w" * 40),
        ("w" * 41, None),
    ],
)
def test_the_gold_is_what_a_worked_answer_ends_in(answer: str, gold: str | None) -> None:
    assert gold_in(answer) == gold


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({}, r"here: no field for the question; looked for question, query.*has none$"),
        ({"a": 1, "b": 2}, "the row has a, b"),
        ({"question": 5}, "the field 'question' must hold the question, found int"),
        ({"question": " "}, "must hold the question, found an empty text"),
        ({"question": "?"}, "no field for the answer"),
        ({"question": "?", "gold": None, "answer": "5"}, "'gold' must hold the answer, found None"),
        ({"question": "?", "answer": "w" * 99}, "here: no gold answer in 'w"),
    ],
)
def test_a_row_without_one_says_which_field_it_misses(row: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        read(row, "here")
    assert "\n" not in str(caught.value)
