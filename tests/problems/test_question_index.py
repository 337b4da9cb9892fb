"""Which known question a text is, or contains; more of it, with output files, in test_replay.py."""

from __future__ import annotations

import pytest

from mmeval.problems.question_index import Questions

APPLES = "Ann has 3 apples and buys 4 more. How many apples does she have?"
TRAIN = "A train goes 60 miles an hour. How far does it go in 2 hours?"
LIKE = f"{APPLES[:30]} then eats one. How many are left?"
"""Begins as APPLES does, for longer than the index looks things up by."""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (APPLES, 0),
        (f"\n{APPLES.replace(' ', '  ')} ", 0),
        (f"Q: {TRAIN}\nA: 120\n\nQ: {APPLES}\nA:", 0),  # what is asked comes last
        (f"Q: {APPLES}\nQ: {TRAIN}", 1),
        (LIKE, 2),
        (f"Q: {LIKE}", 2),
        (APPLES[:-1], None),
        (APPLES.replace("3", "5"), None),
        ("", None),
    ],
)
def test_a_question_is_found_by_its_place_in_the_list(text: str, found: int | None) -> None:
    places = [] if found is None else [found]
    assert list(Questions([APPLES, TRAIN, LIKE]).find(text)) == places


def test_of_those_that_end_together_the_longest_is_found() -> None:
    known = Questions([f"Think hard. {APPLES}", APPLES])
    assert list(known.find(f"> Think hard. {APPLES}")) == [0]
    assert list(known.find(f"> Think. {APPLES}")) == [1]


def test_of_equal_questions_all_are_found() -> None:
    known = Questions([APPLES, f" {APPLES}", APPLES])
    assert list(known.find(APPLES)) == [0, 2], "word for word"
    assert list(known.find(f">> {APPLES}")) == [0, 1, 2]
    assert list(known.find(f" {APPLES}")) == [1], "word for word it is the second"
