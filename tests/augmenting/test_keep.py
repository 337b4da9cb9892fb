"""Generations -> training rows: only what checks out, whole, once, in MetaMathQA's format."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval import catalog
from mmeval.augmenting import rejection
from mmeval.augmenting.keep import closed, reasoning, rows_of, sieve
from mmeval.augmenting.metamathqa import fault
from mmeval.problems.backward_words import ask_for, condition
from mmeval.records import Finish, Problem
from tests.builders.generations import said

CHECKER = catalog.load("checkers", "mmeval/1")
PENS = Problem(id="t/pens", question="How many pens?", gold="1,018")


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        ("1000 + 18 = 1018.\nThe answer is 1018.", "stop", None),
        ("1000 + 18 = 1018.\n#### 1018", "stop", None),
        ("1000 + 18 = 1019.\nThe answer is 1019.", "stop", "another answer"),
        ("", "stop", "empty"),
        (" \n", "stop", "empty"),
        ("...", "stop", "no answer found"),
        ("1000 + 18 = 1018", "length", "ran out of tokens"),
        ("1000 + 18 = 1018", "filter", "ended by a filter"),
        ("1000 + 18 = 1018.\nThe answer is 1018.", "unknown", None),
        ("The answer is 1018.", "stop", "no reasoning beside the answer"),
        ("", "error", "the engine gave an error"),
        ("Is it 7?</think>1000 + 18 = 1018.\nThe answer is 1018.", "stop", None),
        ("Is it 7?</think>\n", "stop", "empty"),
        ("1000 + 18 = 1018.</think>The answer is 1018.", "stop", "no reasoning beside the answer"),
        ("<think>1000 + 18 = 1018.\nThe answer is 1018.", "stop", "ran out of tokens"),
    ],
)
def test_an_answer_is_kept_or_dropped_for_one_reason(
    text: str, finish: Finish, reason: str | None
) -> None:
    found = sieve([PENS], said(PENS, text, finish=finish), CHECKER)
    assert dict(found.dropped) == ({} if reason is None else {reason: 1})
    assert len(found.kept) == (reason is None)


def test_a_kept_row_has_no_thought() -> None:
    text = "Is it 7?</think>1000 + 18 = 1018.\nThe answer is 1018."
    [kept] = sieve([PENS], said(PENS, text), CHECKER).kept
    assert kept.reasoning == "1000 + 18 = 1018."


@pytest.mark.parametrize("asked", [ask_for(), ask_for("X"), condition("17"), condition("5", "X")])
def test_a_backward_answer_is_what_it_says_of_x_and_not_its_last_number(asked: str) -> None:
    x = Problem(id="t/x", question=f"Ann has x pens and 5 caps. {asked}", gold="12")
    texts = (
        "So x = 7.\nThe value of x is 7. Check: 7 + 5 = 12",
        "x = 12.\nThe value of $X$ is 12.",
    )
    found = sieve([x], said(x, *texts), CHECKER)
    assert [each.generation.sample for each in found.kept] == [1]


VALUE_IS_A_STEP = [
    ("Mia's age is x. The value of x is 9. 99 + 10 = 109. The answer is 109.", "109", True),
    ("So the value of x is 20. It holds 2 * 20 = 40 books. The answer is 40.", "20", False),
    ("The value of the unknown variable $x$ is 3.\nThen 3 * 4 = 12.\n#### 12", "12", True),
    ("The value of X is: 12\nThen 12 - 2 = 10.\n#### 10", "12", False),
]


@pytest.mark.parametrize(("text", "gold", "kept"), VALUE_IS_A_STEP)
@pytest.mark.parametrize("asked", ["How many books does it hold?", "What is the value of x + 2?"])
def test_the_answer_to_a_forward_question_is_its_last_word_and_not_the_value_of_x(
    asked: str, text: str, gold: str, kept: bool
) -> None:
    problem = Problem(id="t/f", question=asked, gold=gold)
    generations = said(problem, text)
    assert len(sieve([problem], generations, CHECKER).kept) == kept
    assert len(rejection.keep([problem], generations, CHECKER, "GSM")[0]) == kept


def test_the_same_answer_is_kept_once_whatever_its_white_space() -> None:
    found = sieve(
        [PENS], said(PENS, "So 1018. The answer is 1018", "So  1018.\n#### 1018"), CHECKER
    )
    assert (len(found.kept), found.dropped["a duplicate"]) == (1, 1)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("a = 5.\nThe answer is 5.", "a = 5."),
        ("a = 5. The answer is: 5", "a = 5."),
        ("a = 5.\n#### 5\nThe answer is: 5", "a = 5."),
        ("a = 5.\nTherefore, the answer is 5.", "a = 5."),
        ("The value of x is 5.", "The value of x is 5."),
        ("The answer is 5.", ""),
        ("The answer is a sum.\nSo 5.", "The answer is a sum.\nSo 5."),
    ],
)
def test_what_closes_an_answer_is_cut(text: str, body: str) -> None:
    assert reasoning(text) == body


def test_rows_end_as_metamathqa_rows_do() -> None:
    assert closed("So.", "1,018", "GSM") == "So.\n#### 1018\nThe answer is: 1018"
    assert closed("So.", r"\frac{1}{2}", "MATH") == "So.\nThe answer is: \\frac{1}{2}"
    for style, gold in (("GSM", "1,018"), ("MATH", r"\frac{1}{2}")):
        assert fault(f"{style}_SV", closed("So.", gold, style)) is None  # type: ignore[arg-type]
    assert fault("GSM_SV", "So.\nThe answer is: 5") is not None
    assert fault("GSM_SV", "So.\n#### 4\nThe answer is: 5") is not None


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a. The answer is 1018", "1018", "", "b 1018", "19"]), max_size=6))
def test_kept_and_dropped_are_all_that_was_asked(texts: Sequence[str]) -> None:
    found = sieve([PENS], said(PENS, *texts), CHECKER)
    assert len(found.kept) + found.dropped.total() == len(texts)


def test_rows_carry_metamathqas_fields() -> None:
    x = Problem(
        id="t/x",
        question="x?",
        gold="12",
        meta={"original_question": "Has she 12?", "masked": "12"},
    )
    kept = sieve([x], said(x, "So.\nThe value of x is 12."), CHECKER).kept
    assert [row.to_row() for row in rows_of(kept, "FOBAR", "GSM")] == [
        {
            "type": "GSM_FOBAR",
            "query": "x?",
            "original_question": "Has she 12?",
            "response": "So.\nThe value of x is 12.\n#### 12\nThe answer is: 12",
        }
    ]
