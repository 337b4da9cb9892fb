"""Sympy as the last resort: what it proves, what it must not say, what it is spared."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.comparison.sympy_proof import MAX_BITS, prove
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.parser import parse
from mmeval.answers.grammar.tree import TooLarge, num

pytest.importorskip("sympy")


def proved(a: str, b: str) -> bool | None:
    return prove(parse(tidy(a)), parse(tidy(b)))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (r"\sin^2 x", r"1-\cos^2 x"),
        (r"\sqrt{3+2\sqrt{2}}", r"1+\sqrt{2}"),
        (r"\sqrt[3]{2+\sqrt{5}}+\sqrt[3]{2-\sqrt{5}}", "1"),  # real roots of negatives
        (r"\log_2 8", "3"),
        (r"\ln(ab)", r"\ln a+\ln b"),
        (r"\lg 100", "2"),
        (r"\cos\frac{\pi}{5}", r"\frac{1+\sqrt{5}}{4}"),
        (r"\tan\frac{\pi}{8}", r"\sqrt{2}-1"),
        (r"\lfloor 2.5 \rfloor", "2"),
        ("f(x)+1", "1+f(x)"),
        (r"\binom{5}{2}", "10"),
        ("5!", "120"),
        (r"50\%", r"\frac{1}{2}"),
        ("180°", r"\pi"),
        ("204_5", "54"),
        ("xy", "yx"),
        (r"2\frac{1}{2}", r"\frac{5}{2}"),
    ],
)
def test_equal_values_are_proved_both_ways(a: str, b: str) -> None:
    assert proved(a, b) is True
    assert proved(b, a) is True


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        ("x", "y", "two symbols: numbers refute that, not sympy"),
        (r"\sqrt{2}", r"\sqrt{3}", "what is not shown to be 0 is not shown to differ"),
        (r"\frac{1}{0}", "1", "no value"),
        (r"\emptyset", "1", "no scalar"),
        (r"\infty", r"\infty", "no number either"),
        ("x'", "x", "no counterpart in sympy"),
        (r"\log_1 5", "1", "no logarithm"),
        (r"\gcd(4,6)", "2", "a function it is not given"),
    ],
)
def test_the_rest_stays_open(a: str, b: str, why: str) -> None:
    assert proved(a, b) is None, why
    assert proved(b, a) is None, why


def test_only_the_cyclotomic_field_says_different() -> None:
    assert proved(r"\cos\frac{\pi}{7}", r"\frac{9}{10}") is False
    assert (
        proved(r"\cos\frac{\pi}{7}+\cos\frac{3\pi}{7}+\cos\frac{5\pi}{7}", r"\frac{1}{2}") is True
    )


@pytest.mark.parametrize(
    "text",
    ["(x+1)^{30}", "2^{300}", "600!", "(-1)!", r"\binom{2000}{3}", "9^{9^9}"],
)
def test_what_would_take_it_too_long_is_refused(text: str) -> None:
    with pytest.raises(TooLarge):
        proved(text, "1")


def test_a_number_of_too_many_bits_is_refused() -> None:
    assert prove(num(2 ** (MAX_BITS - 2)), num(2 ** (MAX_BITS - 2))) is True
    with pytest.raises(TooLarge, match="a number"):
        prove(num(Fraction(1, 2**MAX_BITS)), num(1))


@settings(max_examples=40, deadline=None)
@given(*[st.integers(-6, 6)] * 3)
def test_an_expanded_product_is_proved_and_a_shifted_one_never(a: int, b: int, c: int) -> None:
    product = f"(x+({a}))(x+({b}))"
    expanded = f"x^2+({a + b})x+({a * b})"
    assert proved(product, expanded) is True
    if c:
        assert proved(product, f"{expanded}+({c})") is None
