"""Fractions of polynomials: the values of exact algebra."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mmeval.answers import exact
from mmeval.answers.exact import Budget, Poly, Undefined
from mmeval.answers.syntax import TooLarge


@dataclass(frozen=True, slots=True)
class Exact:
    """A fraction of polynomials."""

    top: Poly
    bottom: Poly


ONE = exact.constant(1)


def same_exact(a: Exact, b: Exact, budget: Budget) -> bool | None:
    """Whether two exact values are equal; None when an opaque atom leaves it open."""
    if a.bottom == b.bottom:
        budget.spend(len(a.top))  # with what `add` takes: the same cost either way round
        difference = exact.add(a.top, exact.negative(b.top), budget)
    else:
        left = exact.multiply(a.top, b.bottom, budget)
        right = exact.multiply(b.top, a.bottom, budget)
        budget.spend(len(left))
        difference = exact.add(left, exact.negative(right), budget)
    if not difference:
        return True
    return False if exact.is_complete(difference) else None


def plus(a: Exact, b: Exact, budget: Budget) -> Exact:
    """a + b."""
    if a.bottom == b.bottom:
        return Exact(exact.add(a.top, b.top, budget), a.bottom)
    left = exact.multiply(a.top, b.bottom, budget)
    right = exact.multiply(b.top, a.bottom, budget)
    return Exact(exact.add(left, right, budget), exact.multiply(a.bottom, b.bottom, budget))


def minus(a: Exact, b: Exact, budget: Budget) -> Exact:
    """a - b."""
    return plus(a, Exact(exact.negative(b.top), b.bottom), budget)


def times(a: Exact, b: Exact, budget: Budget) -> Exact:
    """a * b."""
    top = exact.multiply(a.top, b.top, budget)
    return Exact(top, exact.multiply(a.bottom, b.bottom, budget))


def divided(a: Exact, b: Exact, budget: Budget) -> Exact:
    """a / b. Raises Undefined."""
    inverse = exact.invert(b.top)
    top = exact.multiply(a.top, b.bottom, budget)
    if inverse is not None:
        return Exact(exact.multiply(top, inverse, budget), a.bottom)
    return Exact(top, exact.multiply(a.bottom, b.top, budget))


def powered(base: Exact, exponent: Fraction, budget: Budget) -> Exact:
    """base ** exponent for a rational exponent; an atom where no normal form is known."""
    if exponent.denominator == 1:
        count = abs(exponent.numerator)
        if count > exact.MAX_BITS:
            raise TooLarge("an exponent")
        value = Exact(exact.power(base.top, count, budget), exact.power(base.bottom, count, budget))
        if exponent < 0:
            return divided(Exact(ONE, ONE), value, budget)
        if count == 0 and not base.top:
            raise Undefined("0 to the power 0")
        return value
    if not base.top:
        if exponent < 0:
            raise Undefined("division by zero")
        return base
    if base.bottom == ONE:
        root = exact.root_of_term(base.top, exponent)
        if root is not None:
            return Exact(root, ONE)
    return atom(f"pow[{text(base)}^{exponent}]")


def atom(name: str) -> Exact:
    """The value of an expression that is not expanded, named by its text."""
    if len(name) > 4000:
        raise TooLarge("an atom of exact algebra")
    return Exact(exact.generator((2, name)), ONE)


def text(value: Exact) -> str:
    """A string that is the same for the same normal form."""
    if value.bottom == ONE:
        return exact.text_of(value.top)
    return exact.text_of(value.top) + "/" + exact.text_of(value.bottom)
