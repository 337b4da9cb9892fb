"""Pieces of a text: each found where it stands, whole, and in time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.extraction.spans import (
    FORMULA,
    NUMBER,
    boxes,
    last_boxes,
    line_end,
    sentence_end,
    trimmed,
)

SIGNS = st.text("ab1 .,$\\{}[]()-*\n", max_size=60)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("so $x+1$ it is", ["$x+1$"]),
        ("$$a$$ and $b$", ["$$a$$", "$b$"]),
        (r"\[a\] or \(b\)", [r"\[a\]", r"\(b\)"]),
        ("it costs $5 and $6 each", []),  # two prices: nothing may follow a digit's dollar
        (r"a \$5 and b \$6", []),
        ("$\nx\n$", ["$\nx\n$"]),
        ("$ x $", ["$ x $"]),
        ("$5", []),
    ],
)
def test_formulas_are_between_their_signs(text: str, found: list[str]) -> None:
    assert [each.group() for each in FORMULA.finditer(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from 1,234 to 5", ["1,234", "5"]),
        ("-5 and 3 - 5", ["-5", "3", "- 5"]),
        ("$5.50, 40%", ["$5.50", "40%"]),
        ("3/4 or 1 1/2", ["3/4", "1 1/2"]),
        ("6.02e23", ["6.02e23"]),
        ("x2 and 2x", []),  # part of a name
        ("5km or 5 apples", ["5", "5"]),
        ("1.2.3", ["1.2"]),
        (".5", [".5"]),
        ("−5", ["−5"]),
    ],
)
def test_numbers_are_found_whole(text: str, found: list[str]) -> None:
    assert [each.group() for each in NUMBER.finditer(text)] == found


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        (r"\boxed{5}", ["5"]),
        (r"\boxed {\frac{1}{2}} and \fbox{6}", [r"\frac{1}{2}", "6"]),
        (r"\boxed{\boxed{5}}", [r"\boxed{5}"]),  # the outer one
        ("\\boxed{5\nmore", ["5"]),  # unclosed: its line
        (r"$\boxed 5$", ["5"]),  # without braces: up to the formula's end
        (r"\boxedx", ["x"]),
        ("none", []),
    ],
)
def test_boxes_are_found_with_what_is_in_them(text: str, contents: list[str]) -> None:
    found = boxes(text, 0, len(text))
    assert [text[a:b] for _, (a, b) in found] == contents
    assert all(text[start] == "\\" for (start, _), _ in found)


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        (r"\boxed{1} and \boxed{2}", ["1", "2"]),
        (r"$\boxed{1}$, $\boxed{2}$ or $\boxed{3}$", ["1", "2", "3"]),
        (r"x = \boxed{1}, y = \boxed{2}", ["1", "2"]),
        (r"\boxed{1} is wrong. It is \boxed{2}", ["2"]),  # prose between: the last alone
        (r"\boxed{1}" + " " * 41 + r"\boxed{2}", ["2"]),  # too far apart for a list
        (r"\boxed{1}" + " " * 500 + r"\boxed{2}", ["2"]),
        ("none", []),
        (r"\frac12", []),
    ],
)
def test_boxes_that_a_list_joins_are_one_answer(text: str, contents: list[str]) -> None:
    assert [text[a:b] for _, (a, b) in last_boxes(text, 0, len(text))] == contents


def test_a_box_outside_the_part_that_is_read_is_not_found() -> None:
    text = r"\boxed{1} \boxed{2}"
    assert [text[a:b] for _, (a, b) in last_boxes(text, 0, 9)] == ["1"]
    assert last_boxes(text, 0, 5) == [] or last_boxes(text, 0, 5)[0][0][1] <= 5


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("5. Then 6", "5"),
        ("5.5 km. Then", "5.5 km"),  # a point inside a number
        ("five\nsix", "five"),
        ("$a. B$ is it. So", "$a. B$ is it"),  # inside a formula
        (r"\text{one. Two} it is. So", r"\text{one. Two} it is"),  # inside braces
        ("is it? Yes", "is it"),
        ("no end", "no end"),
        ("open {brace. So", "open {brace"),
    ],
)
def test_a_sentence_ends_outside_formulas_and_braces(text: str, sentence: str) -> None:
    assert text[: sentence_end(text, 0, len(text))] == sentence


def test_a_line_ends_before_its_break_or_with_the_part() -> None:
    assert line_end("ab\ncd", 0, 5) == 2
    assert line_end("ab\ncd", 3, 5) == 5
    assert line_end("ab\ncd", 0, 2) == 2


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        (' **"5"**. ', "5"),
        ("5,;.", "5"),
        ("f'", "f'"),  # its prime
        ("'f'", "f'"),
        ("`x`", "x"),
        ("  \n", ""),
        ("", ""),
    ],
)
def test_a_piece_is_trimmed_of_its_decoration(text: str, piece: str) -> None:
    start, end = trimmed(text, 0, len(text))
    assert text[start:end] == piece


@settings(max_examples=500, deadline=None)
@given(SIGNS, st.data())
def test_every_span_lies_in_the_part_that_was_asked_for(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    low, high = trimmed(text, start, end)
    assert start <= low and high <= end
    assert trimmed(text, low, high) == (low, high) or low >= high
    assert start <= sentence_end(text, start, end) <= end
    assert start <= line_end(text, start, end) <= end
    marked = text[:start] + r"\boxed{" + text[start:end]
    for (whole, whole_end), (inner, inner_end) in boxes(marked, 0, len(marked)):
        assert 0 <= whole < inner <= inner_end <= whole_end <= len(marked)
