"""Rephrasing: a new question must be one, be another, and keep its original's gold."""

from __future__ import annotations

import pytest

from mmeval.augmenting.rephrasing import NONSENSE, SAME, first_line, reworded, step
from mmeval.records import Finish, Problem
from tests.builders.generations import said

PENS = Problem(id="t/0", question="How many pens has Ann got?", gold="5")


def test_a_rephrased_question_must_be_one_and_another() -> None:
    problem = Problem(id="t/0", question="How many pens has Ann got?", gold="5")
    texts = (
        "What is the number of Ann's pens?\nQuestion: more",
        "how many  pens has Ann got?",
        "Pens?",
        "What is the number of Ann's pens?",
        "",
        "word " * 200,
    )
    made, dropped = reworded([problem], said(problem, *texts))
    assert [each.question for each in made] == ["What is the number of Ann's pens?"]
    assert made[0].gold == "5" and made[0].meta["original_question"] == problem.question
    assert dropped == {
        SAME: 1,
        NONSENSE: 2,
        "a duplicate": 1,
        "empty": 1,
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("How many?", "How many?"),
        ("\n \n  How many?  \nTwo.", "How many?"),
        ('"How many?"', "How many?"),
        ("“How many?”", "How many?"),
        ('"How" many', '"How" many'),  # no pair around all of it
        ('"', '"'),
        ("", ""),
        (" \n", ""),
    ],
)
def test_the_first_line_that_says_anything(text: str, line: str) -> None:
    assert first_line(text) == line


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        ("How many pens are Ann's?", "stop", None),
        ("How many pens are Ann's?", "length", NONSENSE),  # cut off before its end
        ("Ann's pens?", "stop", NONSENSE),
        ("How many pens?", "stop", None),  # three words
        ("x y " + "z" * 274, "stop", None),  # 278 = 3 * 26 + 200
        ("x y " + "z" * 275, "stop", NONSENSE),
        ("HOW MANY pens has Ann got?", "stop", SAME),
        ("", "stop", "empty"),
        ("", "error", "the engine gave an error"),
    ],
)
def test_a_question_is_kept_or_dropped_for_one_reason(
    text: str, finish: Finish, reason: str | None
) -> None:
    made, dropped = reworded([PENS], said(PENS, text, finish=finish))
    assert dropped == ({} if reason is None else {reason: 1})
    assert [each.gold for each in made] == ([] if reason else ["5"])


def test_two_questions_of_one_wording_are_one() -> None:
    other = Problem(id="t/1", question="How many has she?", gold="7")
    text = "How many pens are Ann's?"
    made, dropped = reworded([PENS, other], [*said(other, text), *said(PENS, text)])
    assert [(each.gold, each.meta["original"]) for each in made] == [("5", "t/0")], "in order"
    assert dropped == {"a duplicate": 1}


def test_the_step_is_followed_by_answers() -> None:
    asked = step([PENS], "GSM", 4)
    assert (asked.name, asked.followed_by, asked.samples) == ("rephrase", "answers", 4)
    assert asked.template.name == "rephrase_gsm.txt"
