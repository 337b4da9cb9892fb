"""Fractions of polynomials: the values of exact algebra."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mmeval.answers.comparison import polynomials
from mmeval.answers.comparison.polynomials import Budget, Poly, Undefined
from mmeval.answers.grammar.tree import TooLarge


@dataclass(frozen=True, slots=True)
class Exact:
    """A fraction of polynomials."""

    top: Poly
    bottom: Poly


ONE = polynomials.constant(1)


def same_exact(a: Exact, b: Exact, budget: Budget) -> bool | None:
    """Whether two exact values are equal; None when an opaque atom leaves it open."""
    if a.bottom == b.bottom:
        budget.spend(len(a.top))  # with what `add` takes: the same cost either way round
        difference = polynomials.add(a.top, polynomials.negative(b.top), budget)
    else:
        left = polynomials.multiply(a.top, b.bottom, budget)
        right = polynomials.multiply(b.top, a.bottom, budget)
        budget.spend(len(left))
        difference = polynomials.add(left, polynomials.negative(right), budget)
    if not difference:
        return True
    return False if polynomials.is_complete(difference) else None


def plus(a: Exact, b: Exact, budget: Budget) -> Exact:
    """a + b."""
    if a.bottom == b.bottom:
        return Exact(polynomials.add(a.top, b.top, budget), a.bottom)
    left = polynomials.multiply(a.top, b.bottom, budget)
    right = polynomials.multiply(b.top, a.bottom, budget)
    return Exact(
        polynomials.add(left, right, budget), polynomials.multiply(a.bottom, b.bottom, budget)
    )


def minus(a: Exact, b: Exact, budget: Budget) -> Exact:
    """a - b."""
    return plus(a, Exact(polynomials.negative(b.top), b.bottom), budget)


def times(a: Exact, b: Exact, budget: Budget) -> Exact:
    """a * b."""
    top = polynomials.multiply(a.top, b.top, budget)
    return Exact(top, polynomials.multiply(a.bottom, b.bottom, budget))


def divided(a: Exact, b: Exact, budget: Budget) -> Exact:
    """a / b. Raises Undefined."""
    inverse = polynomials.invert(b.top)
    top = polynomials.multiply(a.top, b.bottom, budget)
    if inverse is not None:
        return Exact(polynomials.multiply(top, inverse, budget), a.bottom)
    return Exact(top, polynomials.multiply(a.bottom, b.top, budget))


def powered(base: Exact, exponent: Fraction, budget: Budget) -> Exact:
    """base ** exponent for a rational exponent; an atom where no normal form is known."""
    if exponent.denominator == 1:
        count = abs(exponent.numerator)
        if count > polynomials.MAX_BITS:
            raise TooLarge("an exponent")
        value = Exact(
            polynomials.power(base.top, count, budget),
            polynomials.power(base.bottom, count, budget),
        )
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
        root = polynomials.root_of_term(base.top, exponent)
        if root is not None:
            return Exact(root, ONE)
    return atom(f"pow[{text(base)}^{exponent}]")


def atom(name: str) -> Exact:
    """The value of an expression that is not expanded, named by its text."""
    if len(name) > 4000:
        raise TooLarge("an atom of exact algebra")
    return Exact(polynomials.generator((2, name)), ONE)


def text(value: Exact) -> str:
    """A string that is the same for the same normal form."""
    if value.bottom == ONE:
        return polynomials.text_of(value.top)
    return polynomials.text_of(value.top) + "/" + polynomials.text_of(value.bottom)
