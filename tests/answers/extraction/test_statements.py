"""What a statement gives: the piece that is the answer, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.extraction.statements import is_answer, last_piece, parses, stated


def answer(text: str, sure: bool = False) -> str | None:
    span = stated(text, 0, len(text), sure)
    return None if span is None else text[slice(*span)]


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("18.", "18", "a number and a full stop"),
        ("$18 because he paid for all of it.", "$18", "a price with its reason"),
        ("18 eggs, since he lost two of them.", "18", "words behind a number"),
        ("5 feet.", "5 feet", "a number with its unit"),
        ("$x+1$, which is positive.", "$x+1$", "a formula"),
        ("$1$ and $2$.", "$1$ and $2$", "formulas that a list joins"),
        ("$1$ but not $2$.", "$1$", "and those that none joins"),
        ("**18**", "18", "bold"),
        ("Sunday.", "Sunday", "a word"),
        ("1,234 (see above).", "1,234", "a remark in brackets"),
        ("1, 2 and 3.", "1, 2 and 3", "a list"),
        ("that we get to 12 in the end", "12", "the last number of a longer sentence"),
        ("", None, "nothing"),
        (" . ", None, "nothing but a full stop"),
    ],
)
def test_a_statement_gives_its_answer(text: str, expected: str | None, why: str) -> None:
    assert answer(text) == expected, why


def test_words_alone_need_a_sure_statement() -> None:
    """`The final answer is:` announces them; `is` alone may be any sentence."""
    words = "a rather long name indeed"
    assert answer(words, sure=True) == words
    assert answer(words) is None
    assert answer("it is the sum of all the parts", sure=True) is None, "a sentence"


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        ("5", True),
        (r"\frac{1}{2}", True),
        ("x = 5", True),
        ("5 eggs", True),
        ("5 eggs that are left over now", False),
        ("Sunday morning", True),
        ("a sentence of five words", False),
        ("5 (five)", False),
        ("", False),
        ("5" + "0" * 400, False),  # a number beyond the longest statement
        ("+", False),
        ("B, it can't be C", False),
    ],
)
def test_a_value_is_one_answer_by_the_grammar_or_not(value: str, whole: bool) -> None:
    assert is_answer(value) is whole


@pytest.mark.parametrize(
    ("value", "known"), [("5", True), ("x+", False), ("9" * 1200, False), ("", False)]
)
def test_what_the_grammar_knows_parses(value: str, known: bool) -> None:
    assert parses(value) is known


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("from 5 to 6 apples", "6"),
        ("from $x$ to $y$", "$y$"),
        ("from $x$ to 6", "6"),
        ("from 6 to $x$", "$x$"),
        ("no number", None),
    ],
)
def test_the_last_piece_is_a_formula_or_a_number(text: str, piece: str | None) -> None:
    span = last_piece(text, 0, len(text))
    assert (None if span is None else text[slice(*span)]) == piece


@settings(max_examples=400, deadline=None)
@given(st.text("ab 12.,$()\\{}*=\n-", max_size=50), st.booleans(), st.integers(0, 20))
def test_a_stated_span_lies_in_the_statement(text: str, sure: bool, start: int) -> None:
    start = min(start, len(text))
    span = stated(text, start, len(text), sure)
    if span is not None:
        assert start <= span[0] <= span[1] <= len(text)
        assert stated(text[: span[1]], start, span[1], sure) is None or text[slice(*span)].strip()
