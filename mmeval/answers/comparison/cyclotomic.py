"""Exact values of trigonometric expressions at rational multiples of pi.

`\\cos\\frac{\\pi p}{q}` lies in a cyclotomic field, so an expression of such values,
rationals, i and the square roots of 2, 3 and 5 is a rational function of one root of
unity x of order N, and it is zero exactly when the N-th cyclotomic polynomial divides its
numerator. That decides equality both ways, without any simplification.
"""

from __future__ import annotations

from typing import Any

MAX_ORDER = 1440
"""Of the root of unity; `\\cos 1^\\circ` needs 720."""


def is_zero(sympy: Any, expression: Any) -> bool | None:
    """Whether the expression is zero; None when it is not of this kind."""
    trigonometric = expression.atoms(sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec)
    trigonometric |= expression.atoms(sympy.csc)
    if not trigonometric or expression.free_symbols:
        return None
    order = 120  # holds i and the square roots of 2, 3 and 5
    for each in trigonometric:
        turn = each.args[0] / sympy.pi
        if not turn.is_Rational:
            return None
        order = int(sympy.ilcm(order, 2 * turn.q))
    if order > MAX_ORDER:
        return None
    x = sympy.Symbol("root_of_unity")
    replaced = expression.xreplace({t: _function(sympy, t, x, order) for t in trigonometric})
    replaced = _without_roots(sympy, replaced, x, order)
    if replaced is None:
        return None
    top, bottom = sympy.fraction(sympy.together(replaced))
    field = sympy.Poly(sympy.cyclotomic_poly(order, x), x)
    if sympy.Poly(bottom, x).rem(field).is_zero:
        return None
    return bool(sympy.Poly(top, x).rem(field).is_zero)


def _function(sympy: Any, each: Any, x: Any, order: int) -> Any:
    """sin, cos and their quotients as polynomials in the root of unity."""
    step = int(each.args[0] / sympy.pi * order / 2) % order
    plus, minus = x**step, x ** (order - step)
    cosine = (plus + minus) / 2
    sine = (plus - minus) / 2 * x ** (3 * order // 4)  # 1/i is -i
    quotients = {
        sympy.sin: sine,
        sympy.cos: cosine,
        sympy.tan: sine / cosine,
        sympy.cot: cosine / sine,
        sympy.sec: 1 / cosine,
        sympy.csc: 1 / sine,
    }
    return quotients[each.func]


def _without_roots(sympy: Any, expression: Any, x: Any, order: int) -> Any | None:
    """The expression with i and square roots written in x; None when something is left."""

    def real(turn: int) -> Any:
        """2 cos(2 pi / turn)."""
        step = order // turn
        return x**step + x ** (order - step)

    roots = {2: real(8), 3: real(12), 5: 1 + 2 * real(5)}
    swaps: dict[Any, Any] = {sympy.I: x ** (order // 4)}
    for each in expression.atoms(sympy.Pow):
        base, exponent = each.args
        if base.is_Integer and exponent.is_Rational and exponent.q == 2:
            value = sympy.Integer(1)
            for prime, count in sympy.factorint(int(base), limit=100).items():
                if prime not in roots:
                    return None
                value *= roots[prime] ** count
            swaps[each] = value ** int(2 * exponent)
    replaced = expression.xreplace(swaps)
    return replaced if replaced.free_symbols <= {x} and replaced.is_rational_function(x) else None
