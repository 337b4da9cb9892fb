"""Formulas of a sentence without dollars."""

from __future__ import annotations

import pytest

from mmeval.answers.extraction.plain_formulas import plain_formula
from mmeval.answers.extraction.statements import last_piece


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("the length is 4√7 cm.", "4√7"),
        ("it is x^2 - 5x + 1.", "x^2 - 5x + 1"),
        ("the set is [4, 9).", "[4, 9)"),
        ("the point (4, -9).", "(4, -9)"),
        ("so it is 3^7.", "3^7"),
        ("an area of 9π units", "9π"),
        ("there are 7! ways", "7!"),
        ("5 + 4 = 9 eggs", "5 + 4 = 9"),
        ("so 9 eggs", None),
        ("it takes 4-9 hours", None),
        ("4 m² of it", None),
        ("It is 9! Great", None),
        ("no number", None),
    ],
)
def test_a_formula_around_the_last_number(text: str, formula: str | None) -> None:
    span = plain_formula(text, last_piece(text, 0, len(text)), 0, len(text))
    assert (span and text[slice(*span)]) == formula
