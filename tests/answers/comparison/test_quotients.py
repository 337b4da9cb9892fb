"""Fractions of polynomials: arithmetic by a second opinion, and what has no normal form."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.comparison import polynomials
from mmeval.answers.comparison.polynomials import Budget, Undefined
from mmeval.answers.comparison.quotients import (
    ONE,
    Exact,
    atom,
    divided,
    minus,
    plus,
    powered,
    same_exact,
    text,
    times,
)
from mmeval.answers.grammar.tree import TooLarge

X = Exact(polynomials.generator((1, "x")), ONE)
FRACTIONS = st.fractions(max_denominator=50)


def number(value: Fraction | int) -> Exact:
    return Exact(polynomials.constant(value), ONE)


def value(exact: Exact) -> Fraction:
    top, bottom = polynomials.rational(exact.top), polynomials.rational(exact.bottom)
    assert top is not None and bottom
    return top / bottom


@settings(deadline=None)
@given(FRACTIONS, FRACTIONS, st.integers(-5, 5))
def test_rationals_are_worked_out_as_fractions_are(p: Fraction, q: Fraction, n: int) -> None:
    a, b, budget = number(p), number(q), Budget()
    assert value(plus(a, b, budget)) == p + q
    assert value(minus(a, b, budget)) == p - q
    assert value(times(a, b, budget)) == p * q
    if q:
        assert value(divided(a, b, budget)) == p / q
        assert value(powered(b, Fraction(n), budget)) == q**n
    assert same_exact(a, b, budget) is (p == q)


@settings(deadline=None)
@given(*[st.integers(-4, 4)] * 3)
def test_a_sum_of_quotients_is_the_same_over_any_denominator(a: int, b: int, c: int) -> None:
    """a/(x+1) + b/(x+2) = ((a + b) x + 2a + b) / ((x+1)(x+2)), and not with c more."""
    budget = Budget()
    one, two = (plus(X, number(k), budget) for k in (1, 2))
    total = plus(divided(number(a), one, budget), divided(number(b), two, budget), budget)
    top = plus(times(number(a + b), X, budget), number(2 * a + b), budget)
    common = divided(top, times(one, two, budget), budget)
    assert same_exact(total, common, budget) is True
    assert same_exact(total, plus(common, number(c), budget), budget) is (c == 0)


@settings(deadline=None)
@given(st.fractions(0, 1000, max_denominator=50), st.sampled_from([1, -1]))
def test_a_square_root_squared_is_its_radicand(base: Fraction, sign: int) -> None:
    if base:
        root = powered(number(base), Fraction(sign, 2), Budget())
        assert value(times(root, root, Budget())) == base**sign


def test_nothing_divides_by_zero() -> None:
    with pytest.raises(Undefined):
        divided(X, number(0), Budget())
    for exponent in (Fraction(-1), Fraction(-1, 2), Fraction(0)):
        with pytest.raises(Undefined):
            powered(number(0), exponent, Budget())
    assert value(powered(number(0), Fraction(1, 2), Budget())) == 0


def test_what_has_no_normal_form_is_an_atom_that_leaves_a_difference_open() -> None:
    root = powered(plus(X, number(1), Budget()), Fraction(1, 2), Budget())
    assert same_exact(root, root, Budget()) is True
    assert same_exact(root, X, Budget()) is None
    assert same_exact(atom("cos[1]"), atom("cos[2]"), Budget()) is None
    assert same_exact(X, number(1), Budget()) is False, "no atom: proved"


def test_atoms_and_exponents_are_bounded() -> None:
    atom("x" * 4000)
    with pytest.raises(TooLarge):
        atom("x" * 4001)
    with pytest.raises(TooLarge, match="an exponent"):
        powered(X, Fraction(10**6), Budget())


def test_the_text_of_a_value_is_that_of_its_normal_form() -> None:
    budget = Budget()
    assert text(plus(X, number(1), budget)) == text(plus(number(1), X, budget))
    quotients = [divided(number(1), each, budget) for each in (X, plus(X, number(1), budget))]
    assert len({text(each) for each in (X, number(1), *quotients)}) == 4
