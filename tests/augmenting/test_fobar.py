"""FOBAR: a question for every number that can be hidden, with the number as its gold."""

from __future__ import annotations

from mmeval.augmenting.fobar import backward, question_rows, step
from mmeval.augmenting.masks.published import masks
from mmeval.records import Problem

PENS = Problem(id="t/0", question="Ann has 5 pens and 6 caps. How many in all?", gold="1,011")
ASKED = "\nIf we know the answer to the above question is 1011, what is the value of unknown "


def test_every_number_is_hidden_once() -> None:
    made = backward([PENS, PENS], "GSM", masks)
    assert [(each.question, each.gold) for each in made] == [
        (f"Ann has x pens and 6 caps. How many in all?{ASKED}variable x?", "5"),
        (f"Ann has 5 pens and x caps. How many in all?{ASKED}variable x?", "6"),
    ]
    assert len({each.id for each in made}) == 2


def test_a_question_tells_where_it_is_from() -> None:
    first, _ = backward([PENS], "GSM", masks, "of")
    assert "the answer of the above question" in first.question
    assert first.meta == {
        "original_question": PENS.question,
        "original": "t/0",
        "original_gold": "1,011",
        "masked": "5",
        "masked_at": 8,
    }
    assert list(question_rows([first])) == [
        {
            "query": first.question,
            "gold": "5",
            "original_question": PENS.question,
            "masked": "5",
            "masked_at": 8,
        }
    ]


def test_competition_mathematics_hides_a_capital() -> None:
    (made,) = backward([Problem(id="t/1", question="Is $39$ odd?", gold="yes")], "MATH", masks)
    assert made.question.startswith("Is X odd?\n") and made.question.endswith("variable X?")


def test_the_step_asks_by_the_examples_of_its_own() -> None:
    made = backward([PENS], "GSM", masks)
    asked = step(made, "GSM", 2)
    assert (asked.name, asked.template.name, asked.samples) == ("fobar", "fobar_gsm.txt", 2)
    assert asked.problems == tuple(made)
