"""The sentences of backward questions: byte for byte, and found again by what looks for them."""

from __future__ import annotations

import pytest

from mmeval.augmenting.masks.mask import fobar_question
from mmeval.problems.backward_words import ASKED, CONDITION, Wording, ask_for, condition


def test_they_are_those_of_metamathqa() -> None:
    assert condition("70000") == (
        "If we know the answer to the above question is 70000, "
        "what is the value of unknown variable x?"
    )
    assert condition("5", "X", "of") == (
        "If we know the answer of the above question is 5, what is the value of unknown variable X?"
    )
    assert ask_for() == "What is the value of unknown variable x?"
    assert fobar_question("Ann has x pens.", "5", "MATH", "of") == (
        f"Ann has x pens.\n{condition('5', 'X', 'of')}"
    )


@pytest.mark.parametrize("wording", ["to", "of"])
@pytest.mark.parametrize("answer", ["70000", "2/5", r"\\frac{1}{2}, or so"])
def test_what_is_written_is_found_again(answer: str, wording: Wording) -> None:
    found = CONDITION.search(f"Ann has x pens.\n{condition(answer, 'x', wording)}")
    assert found is not None and found.groups() == (answer, "x")
    asked = ASKED.search(f"Ann has X pens. {ask_for('X')}")
    assert asked is not None and asked[1] == "X"
    assert CONDITION.search(f"Ann has X pens. {ask_for('X')}") is None
