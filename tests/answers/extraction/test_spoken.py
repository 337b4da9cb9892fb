"""Arithmetic in words."""

from __future__ import annotations

import pytest

from mmeval.answers.extraction.spoken import CHANGES, in_signs


@pytest.mark.parametrize(
    ("words", "signs"),
    [
        ("4 and a half", "4 1/2"),
        ("4 and three quarters", "4 3/4"),
        ("4 out of 9", "4/9"),
        ("4 over 9", "4/9"),
        ("4 to the power of 9", "4^{9}"),
        ("4 less than 9", "9 - 4"),
        ("4 more than 9", "9 + 4"),
        ("4 to 9", "4:9"),
        ("4 times 9 plus 1", r"4 \cdot 9 + 1"),
        ("4 squared plus 9 cubed", "4^{2} + 9^{3}"),
        ("110 (base 2)", "110_{2}"),
        ("4 eggs", None),
        ("four out of nine", None),
    ],
)
def test_words_become_signs(words: str, signs: str | None) -> None:
    assert in_signs(words) == signs


@pytest.mark.parametrize(
    ("rest", "changes"),
    [
        (" out of 9", True),
        (" and a half", True),
        (" hundred people", True),
        (" or more", True),
        ("! ways", True),
        (" eggs", False),
        (" total", False),
        ("! Great", False),
    ],
)
def test_words_behind_a_number_change_it_or_not(rest: str, changes: bool) -> None:
    assert (CHANGES.match(rest) is not None) is changes
