"""Trigonometric values at rational multiples of pi: decided, both ways, or left alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.comparison.cyclotomic import is_zero

sympy = pytest.importorskip("sympy")


P = sympy.pi
c, s, t = sympy.cos, sympy.sin, sympy.tan


def e(angle: Any) -> Any:
    """cos + i sin."""
    return c(angle) + sympy.I * s(angle)


@pytest.mark.parametrize(
    ("expression", "zero", "why"),
    [
        (c(P / 7) - c(2 * P / 7) + c(3 * P / 7) - sympy.Rational(1, 2), True, "a sum of cosines"),
        (c(P / 7) - c(2 * P / 7) + c(3 * P / 7) - sympy.Rational(1, 3), False, "another value"),
        (s(P / 9) * s(2 * P / 9) * s(4 * P / 9) - sympy.sqrt(3) / 8, True, "a product of sines"),
        (s(P / 9) * s(2 * P / 9) * s(4 * P / 9) - sympy.sqrt(2) / 8, False, "another root"),
        (s(P / 9) * s(2 * P / 9) - sympy.sqrt(7), None, "a root that is not written in the field"),
        (sympy.cot(P / 7) * t(P / 7) - 1, True, "a cotangent"),
        (sympy.sec(P / 7) * c(P / 7) - 1, True, "a secant"),
        (sympy.csc(P / 7) * s(P / 7) - 2, False, "a cosecant"),
        (c(P / 7) + sympy.I * s(P / 7) + sympy.I, False, "with i"),
        (
            (c(P / 7) + sympy.I * s(P / 7)) ** 2 - c(2 * P / 7) - sympy.I * s(2 * P / 7),
            True,
            "de Moivre",
        ),
        (c(1), None, "no rational multiple of pi"),
        (c(sympy.Symbol("x")) - 1, None, "a symbol"),
        (sympy.sqrt(2) - 1, None, "nothing trigonometric"),
        (c(P / 1009) - 1, None, "an order beyond the limit"),
    ],
)
def test_an_expression_is_zero_or_not_or_of_another_kind(
    expression: Any, zero: bool | None, why: str
) -> None:
    assert is_zero(sympy, expression) is zero, why


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 40), st.sampled_from([7, 9, 11]))
def test_the_angle_doubled_is_what_the_formula_says(top: int, bottom: int) -> None:
    """cos 2a = 2 cos^2 a - 1, and no other number; of these angles sympy writes out none."""
    angle = P * top / bottom
    identity = c(2 * angle) - 2 * c(angle) ** 2 + 1
    if identity.has(c):
        assert is_zero(sympy, identity) is True
        assert is_zero(sympy, identity + sympy.Rational(1, 7)) is False
