"""Numbers that refute: only real differences, at points where both sides have a value."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.comparison import refute
from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.polynomials import Total, UsedUp
from mmeval.answers.comparison.refute import differ, real_value
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.parser import parse


def refuted(a: str, b: str) -> bool:
    left, right = parse(tidy(a)), parse(tidy(b))
    found = differ(left, right)
    assert differ(right, left) is found
    return found


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (r"\sin x", r"\cos x"),
        (r"\sqrt{2}", "1.41421356"),
        ("|x|", "x"),  # at a negative point
        (r"\sqrt{x^2}", "x"),
        (r"\ln x^2", r"2\ln(x+1)"),
        ("f(x)", "f(x+1)"),
        ("f(x)", "g(x)"),
        ("5!", "121"),
        (r"\binom{5}{2}", "11"),
        (r"\sqrt[3]{-8}", "2"),
        ("1°", "1"),
        (r"\lfloor 2.5 \rfloor", "3"),
        ("i^2", "1"),
        (r"2\frac{1}{2}", "1"),
    ],
)
def test_a_difference_is_seen(a: str, b: str) -> None:
    assert refuted(a, b)


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (r"\sin^2 x+\cos^2 x", "1", "they are equal"),
        (r"\sqrt[3]{-8}", "-2", "the real root"),
        ("i^2", "-1", "the constant"),
        ("180°", r"\pi", "degrees"),
        ("xy", "yx", "a product of letters"),
        (r"\log x", r"\ln x", "a bare log may be the natural one"),
        (r"\log x", r"\lg x", "or the decimal one"),
        (r"\sin 1 + 10^{-60}", r"\sin 1 + 10^{-60}", "the noise of forty digits"),
        (r"\frac{1}{0}", "5", "no value, so no point says anything"),
        (r"\ln(-1)", "5", "outside the domain"),
        ("(x+1)'", "x", "a kind without a value"),
        (r"\gcd(4,6)", "5", "a function without one"),
    ],
)
def test_no_difference_is_made_up(a: str, b: str, why: str) -> None:
    assert not refuted(a, b), why


@pytest.mark.parametrize("text", ["9^{9^9}", r"\sin(10^{7})", "2^{10^7}", "(2x)^{10^7}"])
def test_a_point_that_would_be_too_much_work_says_nothing(text: str) -> None:
    assert not refuted(text, "1")


def test_the_whole_comparison_pays_for_each_point() -> None:
    total = Total()
    before = total.left
    differ(parse("x+1"), parse("x+1"), total)
    assert before - total.left >= 5 * 2 * (4 + 2 * 3 * 2), "5 points, 2 precisions, 6 nodes"
    with pytest.raises(UsedUp):
        differ(parse("x"), parse("y"), Total(10))
    with pytest.raises(UsedUp):  # within the last point, too
        differ(parse("1+1+1"), parse("3"), Total(2 * 4 + 2 * 4))


@settings(max_examples=100, deadline=None)
@given(st.fractions(max_denominator=50), st.fractions(max_denominator=50))
def test_fractions_differ_where_they_do(p: Fraction, q: Fraction) -> None:
    def written(f: Fraction) -> str:
        return rf"\frac{{{f.numerator}}}{{{f.denominator}}}"

    assert refuted(written(p), written(q)) is (p != q)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\sqrt{2}", math.sqrt(2)),
        (r"\pi", math.pi),
        ("e^2", math.e**2),
        (r"\frac{1}{3}", 1 / 3),
        (r"\sin 1", math.sin(1)),
        (r"\log_2 10", math.log2(10)),
        ("x", None),
        ("i", None),
        (r"\frac{1}{0}", None),
        ("9^{9^9}", None),
    ],
)
def test_the_real_value_of_a_number(text: str, value: float | None) -> None:
    found = real_value(parse(text))
    assert found == pytest.approx(value) if value is not None else found is None


def test_threads_do_not_share_mpmath_s_precision() -> None:
    """mpmath changes the precision of a context while it works."""
    near = parse(r"\sin 1 + \frac{1}{10^{60}}"), parse(r"\sin 1 + \frac{2}{10^{60}}")
    far = parse(r"\cos 2"), parse(r"\cos 3")
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda pair: differ(*pair), [near, far] * 50))
    assert found == [differ(*near), differ(*far)] * 50
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(refute._context, 40).result() is not refute._context(40)


@pytest.mark.parametrize(
    "text", ["(i^2+6)!", r"\binom{i^2+5}{2}", r"\ln(2-i^2)", r"\sqrt[4+i^2]{5x}", r"\frac{0}{i}!"]
)
def test_a_complex_number_without_an_imaginary_part_is_real(text: str) -> None:
    found = compare(text, "2")
    assert found.reason != "failed", found.rule
    assert found.outcome == "different"


@pytest.mark.parametrize(
    ("a", "b"),
    [("|ab|", "ab"), (r"\sqrt{x^2y^2}", "xy"), ("|x+y|", "|x|+|y|"), ("|p-q|+|q-r|", "p-r")],
)
def test_symbols_of_mixed_signs_refute(a: str, b: str) -> None:
    assert compare(a, b).outcome == "different"
    assert compare(b, a).outcome == "different"
