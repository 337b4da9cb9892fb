"""Answers that nothing announces: when each fallback finds one, and when it must not."""

from __future__ import annotations

import pytest

from mmeval.answers.extraction.fallbacks import (
    bold,
    choice_letter,
    last_formula_or_number,
    whole_text,
)


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        (" 18. ", "18", "a number alone"),
        (r"$\frac{1}{2}$", r"$\frac{1}{2}$", "a formula alone"),
        ("5 apples", "5 apples", "with a unit"),
        ("Sunday", "Sunday", "a word"),
        ("He has five apples", None, "a sentence without a number"),
        ("so it is $5$", None, "a sentence around a formula"),
        ("5\nand more words here", None, "prose on several lines"),
        ("1" * 301, None, "longer than any answer"),
        ("", None, "nothing"),
    ],
)
def test_a_whole_text_is_an_answer_when_it_is_nothing_else(
    text: str, value: str | None, why: str
) -> None:
    found = whole_text(text, 0, len(text))
    assert (found and found[1].value) == value, why


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("so **18** it is", "18", "a bold number"),
        ("**5** or **6**", "6", "the last one"),
        ("**We need 5 more of them**", "5", "the number of a bold sentence"),
        ("**Step 1**", None, "a heading"),
        ("**2. Solve**", None, "a numbered heading"),
        ("**done**", None, "neither number nor formula"),
        ("**5**" + "x" * 500, None, "far from the end"),
        ("18", None, "not bold"),
    ],
)
def test_the_last_bold_piece_near_the_end_is_one(text: str, value: str | None, why: str) -> None:
    found = bold(text, 0, len(text))
    assert (found and found[1].value) == value, why


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("we get 5 and then 6", "6", "last number"),
        ("so $x = 5$ follows", "5", "last formula"),
        (r"so $f(x)_{n=1}$", r"$f(x)_{n=1}$", "last formula"),  # an `=` inside braces
        (r"$a = b \approx 0.33$", r"b \approx 0.33", "last formula"),  # its last `=`
        (r"\[x = \frac{1}{2}\]", r"\frac{1}{2}", "last formula"),
    ],
)
def test_of_the_last_formula_its_right_side_counts(text: str, value: str, rule: str) -> None:
    found = last_formula_or_number(text, 0, len(text))
    assert found is not None
    assert (found[1].value, found[1].rule) == (value, rule)


def test_a_number_far_from_the_end_is_not_the_answer() -> None:
    assert last_formula_or_number("5" + " word" * 700, 0, 3501) is None
    assert last_formula_or_number("no number", 0, 9) is None
    assert last_formula_or_number("$x =$", 0, 5) is None, "nothing behind the sign"


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("(B) because", "B", "a leading choice"),
        ("B. It is larger", "B", "with a full stop"),
        ("I think it is C.", "C", "the last letter"),
        ("It is B, not C.", "B", "one that is ruled out"),
        ("We can eliminate D. So E", "E", "another that is"),
        ("A man walks", None, "the article"),
        ("I", None, "the pronoun"),
        ("K.", None, "no choice has that letter"),
    ],
)
def test_a_choice_letter_is_the_leading_one_or_the_last(
    text: str, value: str | None, why: str
) -> None:
    found = choice_letter(text, 0, len(text))
    assert (found and found[1].value) == value, why


@pytest.mark.parametrize("rule", [whole_text, bold, last_formula_or_number, choice_letter])
def test_only_the_part_between_start_and_end_is_read(rule: object) -> None:
    text = "**1** (A) 1 **7** (B) 7"
    assert callable(rule)
    start = text.index("**7")
    for begin, end in ((0, 0), (start, start)):
        assert rule(text, begin, end) is None
    found = rule(text, 0, start)
    assert found is None or ("7" not in found[1].value and found[1].value != "B")
