"""Polynomials with roots and i: arithmetic by a second opinion, and every limit."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.comparison import polynomials
from mmeval.answers.comparison.polynomials import (
    MAX_BITS,
    Budget,
    Poly,
    Total,
    Undefined,
    UsedUp,
    add,
    constant,
    generator,
    invert,
    is_complete,
    multiply,
    negative,
    power,
    rational,
    root_of_term,
    small_factorial,
    text_of,
    whole_number,
)
from mmeval.answers.grammar.tree import TooLarge

X, Y, IMAGINARY, PI, E = (generator((1, name)) for name in ("x", "y", "i", "pi", "e"))
COEFFICIENTS = st.lists(st.integers(-5, 5), min_size=1, max_size=4)


def polynomial(coefficients: list[int]) -> Poly:
    total: Poly = {}
    for k, each in enumerate(coefficients):
        term = multiply(constant(each), power(X, k, Budget()), Budget()) if each else {}
        total = add(total, term, Budget())
    return total


def at(poly: Poly, x: int) -> Fraction:
    """The value at x = x, by hand."""
    value = Fraction(0)
    for mono, coefficient in poly.items():
        value += coefficient * prod(Fraction(x) ** int(exponent) for _, exponent in mono)
    return value


@settings(deadline=None)
@given(COEFFICIENTS, COEFFICIENTS, st.integers(-3, 3), st.integers(0, 4))
def test_arithmetic_agrees_with_the_values_at_a_point(
    p: list[int], q: list[int], x: int, n: int
) -> None:
    a, b, budget = polynomial(p), polynomial(q), Budget()
    assert at(add(a, b, budget), x) == at(a, x) + at(b, x)
    assert at(multiply(a, b, budget), x) == at(a, x) * at(b, x)
    assert at(power(a, n, budget), x) == at(a, x) ** n
    assert add(a, negative(a), budget) == {}
    assert multiply(a, b, budget) == multiply(b, a, budget)


def test_i_squared_is_minus_one_and_roots_of_primes_multiply() -> None:
    budget = Budget()
    assert multiply(IMAGINARY, IMAGINARY, budget) == constant(-1)
    assert power(IMAGINARY, 7, budget) == negative(IMAGINARY)
    root = root_of_term(constant(8), Fraction(1, 2))
    assert root is not None
    assert multiply(root, root, budget) == constant(8)
    assert root_of_term(constant(9), Fraction(1, 2)) == constant(3)
    assert root_of_term(constant(-4), Fraction(1, 2)) == multiply(constant(2), IMAGINARY, budget)
    assert root_of_term(constant(-8), Fraction(1, 3)) == constant(-2)
    assert root_of_term({}, Fraction(1, 2)) == {}


@pytest.mark.parametrize(
    ("poly", "exponent", "why"),
    [
        (add(X, constant(1), Budget()), Fraction(1, 2), "a sum"),
        (multiply(X, X, Budget()), Fraction(1, 2), "the root of x^2 is |x|"),
        (IMAGINARY, Fraction(1, 2), "a root of i"),
        (constant(-4), Fraction(1, 4), "a fourth root of a negative"),
        (generator((2, "cos[1]")), Fraction(1, 2), "an atom"),
        (constant((10**9 + 7) * (10**9 + 9)), Fraction(1, 2), "factors beyond trial division"),
        (constant(2**401), Fraction(1, 2), "a number too long to factor"),
    ],
)
def test_a_root_without_a_normal_form_is_none(poly: Poly, exponent: Fraction, why: str) -> None:
    assert root_of_term(poly, exponent) is None, why


def test_the_square_of_a_large_prime_is_found() -> None:
    prime = 10**7 + 19
    assert root_of_term(constant(prime**2), Fraction(1, 2)) == constant(prime)


def test_only_a_single_term_is_inverted_here() -> None:
    inverse = invert(multiply(constant(2), X, Budget()))
    assert inverse is not None
    assert multiply(inverse, multiply(constant(2), X, Budget()), Budget()) == constant(1)
    assert invert(add(X, Y, Budget())) is None
    with pytest.raises(Undefined):
        invert({})


@pytest.mark.parametrize(
    ("poly", "value", "whole"),
    [
        ({}, 0, 0),
        (constant(5), 5, 5),
        (constant(Fraction(1, 2)), Fraction(1, 2), None),
        (X, None, None),
    ],
)
def test_a_rational_polynomial_has_a_value(
    poly: Poly, value: Fraction | None, whole: int | None
) -> None:
    assert rational(poly) == value
    assert whole_number(poly) == whole


@pytest.mark.parametrize(
    ("poly", "complete"),
    [
        (X, True),
        (add(PI, constant(-3), Budget()), True),
        (add(PI, E, Budget()), False),  # nobody knows whether they are independent
        (generator((2, "cos[1]")), False),
    ],
)
def test_what_is_not_zero_is_proved_unless_something_is_opaque(poly: Poly, complete: bool) -> None:
    assert is_complete(poly) is complete


def test_the_text_of_a_polynomial_does_not_depend_on_the_order_of_its_terms() -> None:
    a, b = add(X, Y, Budget()), add(Y, X, Budget())
    assert text_of(a) == text_of(b) != text_of(X)
    long = constant(Fraction(3) ** 6000)
    assert "0x" not in text_of(long) and text_of(long) != text_of(constant(Fraction(3) ** 6001))


@pytest.mark.parametrize(
    "costly",
    [
        lambda: multiply(polynomial(list(range(1, 60))), power(Y, 300, Budget()), Budget(50)),
        lambda: power(add(X, Y, Budget()), polynomials.MAX_POWER + 1, Budget()),
        lambda: power(constant(3), MAX_BITS, Budget()),
        lambda: power(add(add(X, Y, Budget()), constant(1), Budget()), 30, Budget(10**9)),
        lambda: small_factorial(3001),
        lambda: small_factorial(-1),
    ],
)
def test_what_would_be_too_large_is_refused(costly: object) -> None:
    assert callable(costly)
    with pytest.raises(TooLarge):
        costly()


def test_a_budget_counts_its_own_steps_and_the_whole_those_of_all() -> None:
    whole = Total(15)
    for _ in range(2):
        budget = Budget(10, whole)
        budget.spend(7)
        with pytest.raises(TooLarge, match="exact algebra"):
            Budget(10).spend(11)
    assert whole.left == 1
    with pytest.raises(UsedUp):
        Budget(10, whole).spend(2)
    paid = Budget(10, whole)
    paid.count(10)
    with pytest.raises(TooLarge):
        paid.count(1)


@pytest.mark.parametrize(
    ("exponent", "kind"), [(2, int), (Fraction(4, 2), int), (Fraction(1, 2), None)]
)
def test_a_whole_exponent_is_an_int(exponent: polynomials.Exponent, kind: type | None) -> None:
    [mono] = polynomials.generator((1, "x"), exponent)
    assert type(mono[0][1]) is (kind or Fraction)
    assert polynomials.generator((1, "x"), exponent) == {(((1, "x"), Fraction(exponent)),): 1}
