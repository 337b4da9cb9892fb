"""One pass over a tidied answer: what is one token, and what the tokens remember."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.tokens import Token, tokens
from mmeval.answers.grammar.tree import MAX_CHARS, MAX_DIGITS, MAX_NODES, NotParsed, TooLarge
from tests.builders.notations import ANSWERS


def brief(text: str, grouped: bool = True) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in tokens(text, grouped)]


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("1,234", [("num", "1234")], "a separator of thousands"),
        ("1 234", [("num", "1234")], "a blank as one"),
        ("1,23", [("num", "1"), ("op", ","), ("num", "23")], "two digits are no group"),
        ("1,234,5", [("num", "1"), ("op", ","), ("num", "234"), ("op", ","), ("num", "5")], "list"),
        ("(1,234)", [("op", "("), ("num", "1"), ("op", ","), ("num", "234"), ("op", ")")], "pair"),
        (".5", [("num", ".5")], "no digit before the point"),
        ("1.5e-3", [("num", "1.5e-3")], "an exponent of ten"),
        (r"0.1\overline{6}", [("rep", r"0.1\overline{6}")], "a repeating decimal"),
        ("x", [("sym", "x")], "a symbol"),
        ("xy", [("run", "xy")], "letters that may be a product"),
        ("cat", [("run", "cat")], "three letters, too: `compare` leaves them open"),
        ("eggs", [("word", "eggs")], "four letters are a word"),
        ("the", [("word", "the")], "a small word is no product"),
        ("cm", [("unit", "cm")], "an abbreviated unit"),
        ("five", [("word", "five")], "a number word"),
        ("pi", [("cmd", r"\pi")], "a constant by its name"),
        ("oo", [("cmd", r"\infty")], "sympy's infinity"),
        ("sin", [("cmd", r"\sin")], "a function by its name"),
        ("and", [("cmd", "and")], "a connective"),
        (r"\begin{array}", [("cmd", r"\begin:array")], "an environment is one command"),
        (r"\begin {bmatrix*}", [("cmd", r"\begin:bmatrix")], "with its star left out"),
        (r"\\", [("cmd", "\\\\")], "a row break"),
        (r"\text{min}", [("word", "min")], "minutes, where words are written"),
        ("min", [("cmd", r"\min")], "the least, where formulas are"),
        (r"\mathrm{E}", [("sym", "E")], "an upright symbol"),
    ],
)
def test_a_text_has_its_tokens(text: str, expected: list[tuple[str, str]], why: str) -> None:
    assert brief(text) == expected, why


def test_outside_groups_are_read_only_when_asked() -> None:
    assert brief("1,234", grouped=False) == [("num", "1"), ("op", ","), ("num", "234")]


def test_a_token_remembers_white_space_and_prose() -> None:
    assert tokens("5 x") == [Token("num", "5"), Token("sym", "x", spaced=True)]
    assert tokens(r"5\text{ cm}") == [Token("num", "5"), Token("word", "cm", True, True)]
    assert tokens(r"5\text{ m}") == [Token("num", "5"), Token("sym", "m", True, True)]  # a unit
    assert tokens(r"5\mathrm{m}") == [Token("num", "5"), Token("sym", "m", True, True)]
    assert tokens(r"5\mathrm{e}") == [Token("num", "5"), Token("sym", "e")]  # no unit
    assert tokens(r"\mathrm{m}") == [Token("sym", "m")]  # behind no value


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1" * (MAX_CHARS + 1), TooLarge),
        ("9" * (MAX_DIGITS + 1), TooLarge),
        ("+" * (MAX_NODES + 1), TooLarge),
        (r"\text{open", NotParsed),
    ],
)
def test_limits_and_what_is_no_token(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        tokens(text)


def test_at_its_limits_a_text_is_still_read() -> None:
    assert brief("9" * MAX_DIGITS) == [("num", "9" * MAX_DIGITS)]
    assert len(tokens("+" * MAX_NODES)) == MAX_NODES


@settings(max_examples=300, deadline=None)
@given(ANSWERS)
def test_no_letter_and_no_digit_is_lost_or_made_up(text: str) -> None:
    tidied = tidy(text)
    if "\\" in tidied or not tidied.isascii():
        return  # commands are renamed
    try:
        found = tokens(tidied)
    except (NotParsed, TooLarge):
        return
    letters = "".join(each.text for each in found).replace("\\", "")
    renamed = letters.replace("infty", "oo") if "infty" not in tidied else letters
    kept = [c for c in tidied if c.isalnum()]
    lowered = [c for c in renamed if c.isalnum()]
    assert "".join(kept).lower().replace("infinity", "oo").replace("inf", "oo") == (
        "".join(lowered).lower().replace("infinity", "oo").replace("inf", "oo")
    )
