"""A backward set: every number of every question, or so many, each with what is proved of it."""

from __future__ import annotations

from mmeval.augmenting.backward_set import BackwardSpec, counts, items
from mmeval.augmenting.masks.improved import improved_masks
from mmeval.records import Problem

EGGS = Problem(
    id="t/eggs",
    question="A box holds 36 eggs. Ben buys 11 boxes. How many eggs does he buy?",
    gold="396",
    meta={"calculation": "36*11=396", "level": "easy", "source": "x"},
)
SPEC = BackwardSpec(style="GSM", rule=improved_masks)


def test_an_item_has_the_fields_of_gsm8k_backward_and_what_is_known_beside() -> None:
    first, _ = items([EGGS], SPEC)
    assert first.to_row(["mmeval/1"]) == {
        "question": (
            "A box holds x eggs. Ben buys 11 boxes. How many eggs does he buy?\nIf we know the "
            "answer to the above question is 396, what is the value of unknown variable x?"
        ),
        "answer": "36",
        "original_question": EGGS.question,
        "original_answer": "396",
        "twin": "t/eggs",
        "style": "fobar",
        "masked": "36",
        "masked_at": 12,
        "determined": {"determined": True, "undetermined": False, "unknown": None}[
            first.proof.state
        ],
        "why": first.proof.reason,
        "level": "easy",
        "checkers": ["mmeval/1"],
    }


def test_a_question_that_comes_twice_is_one_item() -> None:
    made = list(items([EGGS, EGGS], SPEC))
    assert [item.mask.gold for item in made] == ["36", "11"]
    assert counts(made).total() == 2


def test_of_several_numbers_some_are_drawn_by_the_seed_in_their_order() -> None:
    question = "She has 2, 3, 4, 5, 6 and 7 pens. How many in all?"
    many = Problem(id="t/many", question=question, gold="27")

    def drawn(seed: int, n: int | None) -> list[str]:
        spec = BackwardSpec(style="GSM", rule=improved_masks, per_question=n, seed=seed)
        return [item.mask.gold for item in items([many], spec)]

    assert drawn(0, None) == drawn(0, 6) == ["2", "3", "4", "5", "6", "7"]
    draws = [drawn(seed, 2) for seed in range(20)]
    assert all(len(each) == 2 and each == sorted(each) for each in draws)
    assert draws == [drawn(seed, 2) for seed in range(20)]
    assert {gold for each in draws for gold in each} == set("234567"), "any can be drawn"
