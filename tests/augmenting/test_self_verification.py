"""Self-verification: the last clause and the answer become a statement that holds both."""

from __future__ import annotations

import pytest

from mmeval.augmenting.masks.improved import improved_masks
from mmeval.augmenting.masks.published import masks
from mmeval.augmenting.self_verification import (
    A_QUESTION,
    NO_ANSWER,
    NO_UNKNOWN,
    Clause,
    answer_step,
    rewrite_step,
    rewritten,
    split_clause,
    to_rewrite,
)
from mmeval.records import Finish, Generation, Problem
from tests.builders.generations import said


def test_the_published_clause_rule_cuts_at_the_last_comma_and_the_improved_one_does_not() -> None:
    masked = "He reads x pages. How long does he spend reading, in minutes?"
    assert split_clause(masked, "published") == (
        "He reads x pages. How long does he spend reading,",
        "in minutes?",
    )
    assert split_clause(masked, "improved") == (
        "He reads x pages.",
        "How long does he spend reading, in minutes?",
    )


@pytest.mark.parametrize(
    ("masked", "clause", "parts"),
    [
        ("It costs x.50 each. How much?", "published", ("It costs x.50 each.", "How much?")),
        ("How much is x.50?", "published", ("How much is x.", "50?")),  # cut in a decimal
        ("How much is x.50?", "improved", ("", "How much is x.50?")),
        ("How much?", "published", ("", "How much?")),
        ("He ran. She has x.", "published", ("He ran. She has x.", "")),
        ("He ran. She has x.", "improved", ("He ran.", "She has x.")),
        ("Really? No! How much?", "improved", ("Really? No!", "How much?")),
    ],
)
def test_a_question_is_cut_before_what_it_asks(
    masked: str, clause: Clause, parts: tuple[str, str]
) -> None:
    assert split_clause(masked, clause) == parts


def test_a_statement_must_hold_the_answer_and_the_unknown() -> None:
    problem = Problem(id="t/0", question="Ann has 5 pens. How many has she with 3 more?", gold="8")
    asked = to_rewrite([problem], "GSM", improved_masks, "improved")
    assert [each.question for each in asked] == [
        "How many has she with 3 more? The answer is 8.",
        "How many has she with x more? The answer is 8.",
    ]
    texts = [
        ("She has 8 with 3 more.", 0),
        ("She has some.", 0),
        ("Is it 8?", 0),
        ("She has 8.", 1),
    ]
    generations = [
        Generation(problem_id=asked[i].id, sample=n, text=text, finish="stop")
        for n, (text, i) in enumerate(texts)
    ]
    made, dropped = rewritten(asked, generations, "GSM")
    assert [each.question for each in made] == [
        "Ann has x pens. She has 8 with 3 more. What is the value of unknown variable x?"
    ]
    assert made[0].gold == "5"
    assert dropped == {
        NO_ANSWER: 1,
        A_QUESTION: 1,
        NO_UNKNOWN: 1,
    }


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        ("She has 1,018 with x more.", "stop", None),  # commas are no other number
        ("She has 1018 with x more.", "stop", None),
        ("She has 1018 with 3 more.", "stop", NO_UNKNOWN),
        ("She has 1018 with xy more.", "stop", NO_UNKNOWN),  # a letter of a word
        ("She has 18 with x more.", "stop", NO_ANSWER),
        ("Has she 1018 with x more?", "stop", A_QUESTION),
        ("", "stop", "empty"),
        ("", "error", "the engine gave an error"),
    ],
)
def test_a_statement_is_kept_or_dropped_for_one_reason(
    text: str, finish: Finish, reason: str | None
) -> None:
    problem = Problem(id="t/0", question="Ann has pens. How many with 3 more?", gold="1,018")
    (asked,) = to_rewrite([problem], "GSM", improved_masks, "improved")
    assert asked.question == "How many with x more? The answer is 1018."
    made, dropped = rewritten([asked], said(asked, text, finish=finish), "GSM")
    assert dropped == ({} if reason is None else {reason: 1})
    for each in made:
        assert each.question == f"Ann has pens. {text} What is the value of unknown variable x?"
        assert set(each.meta) == {
            *("original_question", "original", "original_gold", "masked", "masked_at"),
        }


def test_a_formula_is_told_in_dollars_and_a_full_stop_leaves_nothing_to_rewrite() -> None:
    formula = Problem(id="t/0", question="Is it 5? What is it?", gold=r"\frac{1}{2}")
    (asked,) = to_rewrite([formula], "MATH", improved_masks, "improved")
    assert asked.question == r"What is it? The answer is $\frac{1}{2}$."
    ended = Problem(id="t/1", question="Find the half of 5.", gold="2.5")
    assert to_rewrite([ended], "GSM", masks, "published") == []


def test_both_rules_give_self_verification_questions() -> None:
    problem = Problem(id="t/0", question="Ann has 5 pens. How many has she?", gold="5")
    for rule in (masks, improved_masks):
        assert to_rewrite([problem], "GSM", rule, "published")


def test_the_steps_follow_each_other() -> None:
    problem = Problem(id="t/0", question="How many?", gold="5")
    first, second = rewrite_step([problem], "MATH", 3), answer_step([problem], "MATH", True, 2)
    assert first.followed_by == second.name == "self_verify"
    assert (first.template.name, first.samples) == ("rewrite_math.txt", 3)
    assert (second.template.name, second.template.kind, second.samples) == (
        "verify_math.txt",
        "chat",
        2,
    )
