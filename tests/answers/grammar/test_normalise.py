"""One spelling for one notation: what tidying takes off, and that it ends where it begins."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mmeval.answers.comparison.compare import compare
from mmeval.answers.grammar.normalise import (
    closing_brace,
    key,
    strip_end,
    tidy,
    unwrap,
)
from mmeval.answers.grammar.unicode_signs import unify
from tests.builders.notations import ANSWERS

ESCAPES = st.text('\\\\_%&#$"<=!~{}()R5x ', max_size=16)


@pytest.mark.parametrize(
    ("text", "tidied", "why"),
    [
        ("-5.0", "-5.0", "a plain number is left alone, zeros too"),
        ("$$ 5 $$.", "5", "display math and a full stop"),
        (r"\(5\)", "5", "inline math"),
        (r"\boxed{\boxed{5}}", "5", "boxes in each other"),
        ('"odd"', "odd", "quotes"),
        ("**5**", "5", "bold"),
        (r"\$5", "5", "a currency sign"),
        ("€5", "5", "another one"),
        ("−5", "-5", "a minus sign of Unicode"),
        ("x５", "x5", "a digit of full width"),
        (r"1{,}000", "1000", "a separator that TeX does not space"),
        (r"1,\!000", "1000", "the same in the style of MATH"),
        (r"\dfrac12", r"\frac12", "a displayed fraction"),
        (r"\left( 1 \right)", "( 1 )", "sized brackets"),
        (r"90^{\circ}", "90°", "degrees"),
        (r"x \leq 5", r"x \le 5", "one name for one relation"),
        ("x<=5", r"x\le 5", "typed as two signs"),
        (r"x\not=5", r"x\ne 5", "negated by hand"),
        ("x**2", "x^2", "Python's power"),
        (r"5^{\text{th}}", "5", "an ordinal"),
        ("½", r"\frac{1}{2}", "a fraction in one character"),
        ("√2", r"\sqrt{2}", "a root takes the number behind it"),
        (r"5\%", "5%", "an escaped percent sign"),
        (r"5\\%", "5%", "escaped twice, as in JSON"),
        (r"\\_5", "_5", "one backslash was left, and went the second time"),
        (r"\\frac{1}{2}", r"\frac{1}{2}", "a command escaped twice"),
        (r"\begin{matrix}1\\&2\end{matrix}", r"\begin{matrix}1\\&2\end{matrix}", "a row break"),
        ('<"=', r"\le", "what is taken out joins its neighbours"),
        ("1...", "1...", "dots that say it goes on"),
    ],
)
def test_an_answer_is_tidied(text: str, tidied: str, why: str) -> None:
    assert tidy(text) == tidied, why


@settings(max_examples=600, deadline=None)
@given(st.one_of(ANSWERS, ESCAPES))
@example(r"\\_5")
@example('\\l""e""ft(')
@example("\\($\\[$$`5`$$\\]$\\)")
def test_tidying_twice_is_tidying_once(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert compare(once, text).outcome == "equal" or not once
    assert key(key(once)) == key(once)


def nested(times: int) -> str:
    r"""A `\!` that is made only when the one inside it is gone, so often."""
    return "\\" * times + "!" * times


def test_what_does_not_settle_is_left_alone() -> None:
    assert tidy(nested(5)) == ""
    assert tidy(nested(20)) == nested(20)
    begin = time.process_time()
    assert compare(nested(7000), "5").outcome == "undecided"
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    ("text", "unwrapped"),
    [
        ("$5$ and $6$", "$5$ and $6$"),  # two formulas are not one in wrappers
        (r"\boxed{5} or \boxed{6}", r"\boxed{5} or \boxed{6}"),
        ("`$\\boxed{5}$`.", "5"),
        ("$", "$"),
        ("5\\$", "5\\$"),  # the sign is no delimiter
    ],
)
def test_only_what_is_around_the_whole_is_unwrapped(text: str, unwrapped: str) -> None:
    assert unwrap(text) == unwrapped


def test_unicode_becomes_latex_and_ascii_stays_itself() -> None:
    assert unify("x ≤ π·２") == r"x \le  \pi \cdot 2"
    assert unify("√x") == r"\sqrt x"
    text = "".join(map(chr, range(128)))
    assert unify(text) == text


@pytest.mark.parametrize(
    ("text", "start", "close"),
    [
        ("{5}", 1, 2),
        ("{a{b}c}", 1, 6),
        (r"{a\}b}", 1, 5),  # an escaped brace closes nothing
        ("{a{b}", 1, -1),
        ("abc", 0, -1),
    ],
)
def test_a_brace_is_closed_by_its_own(text: str, start: int, close: int) -> None:
    assert closing_brace(text, start) == close


def test_a_brace_is_looked_for_up_to_a_limit() -> None:
    assert closing_brace("x" * 50 + "}", 0, limit=51) == 50
    assert closing_brace("x" * 50 + "}", 0, limit=50) == -1


def test_the_end_is_stripped_of_marks_but_not_of_dots() -> None:
    assert strip_end(" 5.,; \\\\") == "5"
    assert strip_end("1, 2, ...") == "1, 2, ..."
    assert strip_end(".") == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1 1/2", "11/2", False),  # a mixed number is not eleven halves
        ("x + 1", "x+1", True),
        ("( 1 , 2 )", "(1,2)", True),
        ("3 cm", "3cm", False),
        ("1. 5", "1.5", False),
    ],
)
def test_a_key_leaves_out_the_spaces_that_carry_nothing(one: str, other: str, same: bool) -> None:
    assert (key(one) == key(other)) is same
