"""Choice letters: with their text, and named as right."""

from __future__ import annotations

import pytest

from mmeval.answers.extraction.choices import chosen, letter_of


@pytest.mark.parametrize(
    ("value", "letter"),
    [
        ("C. 12", "C"),
        ("C) 12", "C"),
        ("C: twelve", "C"),
        ("(C) 12", "C"),
        (r"\textbf{(C) }12", "C"),
        (r"(\text{C})\; 12", "C"),
        (r"\text{C. twelve}", "C"),
        ("Option C", "C"),
        ("letter C.", "C"),
        (r"\text{C.}", "C"),
        ("C", None),  # as it is, brackets and all
        ("(C)", None),
        ("C, D", None),
        ("C = 12", None),
        ("C: x > 3", None),  # a domain
        ("C(1, 2)", None),  # a point
        ("Cats", None),
        ("K. 12", None),
        ("12", None),
        ("", None),
    ],
)
def test_a_choice_with_its_text_is_its_letter(value: str, letter: str | None) -> None:
    assert letter_of(value) == letter


@pytest.mark.parametrize("value", ["C - 12", "C, 12", "C (12)"])
def test_some_forms_are_choices_only_where_an_answer_is_announced(value: str) -> None:
    assert letter_of(value) is None
    assert letter_of(value, announced=True) == "C"


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("So option D is correct.", "D"),
        ("Therefore, D is the right answer.", "D"),
        ("The correct choice is **D**.", "D"),
        ("The best answer choice: (D)", "D"),
        ("I would choose D.", "D"),
        ("We pick option D", "D"),
        ("因此选D。", "D"),
        ("正确选项为 D", "D"),
        ("D选项正确", "D"),
        ("D is not correct.", None),
        ("D is incorrect.", None),
        ("Option D is wrong.", None),
        ("I select a number.", None),
        ("The right side is A + B.", None),
        ("nothing", None),
    ],
)
def test_a_sentence_names_the_choice(text: str, letter: str | None) -> None:
    span = chosen(text, 0, len(text))
    assert (span and text[slice(*span)]) == letter
