"""Exact arithmetic with one unknown: formulas, rational functions of x, and solving for x.

A formula is written as in Python (`(a + b) * 3 / c`) and read by a walker that knows
names, whole numbers, `+ - * /` and parentheses, and nothing else. It is computed in
`Fraction`s, or, when one name stands for the unknown, in `Ratio`s, so that a whole
calculation becomes one function of x that can be solved and not only tried out.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar

from mmeval.errors import DataError

Expr: TypeAlias = "int | str | tuple[str, Expr, Expr]"
"""A whole number, a name, or (operator, left, right)."""
Poly: TypeAlias = "tuple[Fraction, ...]"
"""Coefficients of 1, x, x^2 ...; the last one is not 0, and 0 itself is ()."""

MAX_FORMULA = 200
"""Characters; bounds the depth of what is read."""
_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def parse(formula: str) -> Expr:
    """The formula as a tree; DataError on anything but names, whole numbers and + - * / ( )."""
    if len(formula) > MAX_FORMULA:
        raise DataError(f"a formula has {len(formula)} characters, at most {MAX_FORMULA} are read")
    try:
        return _walk(ast.parse(formula.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError) as error:
        reason = error.args[0] if error.args else type(error).__name__
        raise DataError(
            f"formula {formula!r} cannot be read ({reason}); it may hold names, whole numbers,"
            " + - * / and parentheses"
        ) from None


def _walk(node: ast.expr) -> Expr:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and type(node.value) is int:  # a bool is an int too
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        return (_SIGNS[type(node.op)], _walk(node.left), _walk(node.right))
    raise ValueError(f"{type(node).__name__} is not allowed")


def names(expr: Expr) -> set[str]:
    """The names that occur in a formula."""
    if isinstance(expr, tuple):
        return names(expr[1]) | names(expr[2])
    return {expr} if isinstance(expr, str) else set()


@dataclass(frozen=True, slots=True)
class Ratio:
    """top / bottom, two polynomials in x with exact coefficients; bottom is never 0.

    A constant bottom is divided out, so a polynomial always has the bottom 1.
    """

    top: Poly
    bottom: Poly = (Fraction(1),)

    @classmethod
    def of(cls, value: int | Fraction) -> Ratio:
        """A constant."""
        return cls(_trimmed([Fraction(value)]))

    def __add__(self, other: Ratio) -> Ratio:
        left, right = _times(self.top, other.bottom), _times(other.top, self.bottom)
        return _reduced(_plus(left, right), _times(self.bottom, other.bottom))

    def __sub__(self, other: Ratio) -> Ratio:
        return self + Ratio(_times(other.top, (Fraction(-1),)), other.bottom)

    def __mul__(self, other: Ratio) -> Ratio:
        return _reduced(_times(self.top, other.top), _times(self.bottom, other.bottom))

    def __truediv__(self, other: Ratio) -> Ratio:
        if not other.top:
            raise ZeroDivisionError("division by a function that is 0 everywhere")
        return _reduced(_times(self.top, other.bottom), _times(self.bottom, other.top))

    def __str__(self) -> str:
        """As a teacher writes it: `5x + 10`, `120 - 3x / 4`, `(x + 3) / 2`, `80 - 90 / x`."""
        if len(self.bottom) == 1:
            return _polynomial(self.top)
        top, bottom = _polynomial(self.top), _polynomial(self.bottom)
        if (parts := _whole_and_rest(self)) is not None and parts[0]:
            whole, rest = parts
            sign = "-" if whole < 0 else "+"
            return f"{whole} - {-rest} / x" if rest < 0 else f"{rest} / x {sign} {abs(whole)}"
        return f"{_wrapped(top, 2)} / {_wrapped(bottom, 3)}"


X = Ratio((Fraction(0), Fraction(1)))
"""The unknown itself."""

T = TypeVar("T", Fraction, Ratio)


def evaluate(expr: Expr, values: Mapping[str, T], constant: Callable[[int], T]) -> T:
    """The value of a formula. ZeroDivisionError where it has none, KeyError on a free name."""
    if isinstance(expr, str):
        return values[expr]
    if isinstance(expr, int):
        return constant(expr)
    left, right = (evaluate(each, values, constant) for each in expr[1:])
    result: T = _OPERATORS[expr[0]](left, right)
    return result


def render(expr: Expr, texts: Mapping[str, str]) -> str:
    """The formula as text, each name replaced; parentheses only where they are needed."""
    if isinstance(expr, str):
        return texts[expr]
    if isinstance(expr, int):
        return str(expr)
    sign, left, right = expr[0], render(expr[1], texts), render(expr[2], texts)
    level = 1 if sign in "+-" else 2
    # a - (b + c), a / (b * c) and a * (b / c) keep theirs; a + (b - c) and a * 5x do not
    strict = sign in "-/" or (sign == "*" and "/" in right)
    return f"{_wrapped(left, level)} {sign} {_wrapped(right, level + strict)}"


def solve(function: Ratio, value: int | Fraction) -> Fraction | None:
    """The one x at which the function has this value; None where that is not proved.

    function = value is top - value * bottom = 0 with bottom != 0. Of degree 1 it has
    exactly one root among all numbers. Degree 0 is true for no x or for every x, and a
    higher degree may have several roots, so both are refused and not searched.
    """
    equation = _plus(function.top, _times(function.bottom, (Fraction(-value),)))
    if len(equation) != 2:
        return None
    root = -equation[0] / equation[1]
    bottom = sum((c * root**i for i, c in enumerate(function.bottom)), Fraction(0))
    return root if bottom else None


def explain(function: Ratio, value: int) -> list[str]:
    """The equations from `function = value` to `x = ...`, one per line and step.

    Each holds for the x that `solve` finds. ValueError where `solve` finds none.
    """
    root = solve(function, value)
    if root is None:
        raise ValueError(f"{function} = {value} has no single solution")
    if len(function.bottom) == 1:
        constant, slope = function.top
        return [f"{function} = {value}", *_linear(slope, constant, value)]
    lines = [f"{function} = {value}"]
    parts = _whole_and_rest(function)
    if parts is not None and parts[0]:
        whole, rest = parts
        left = int(value - whole if rest > 0 else whole - value)
        signs = f"{value} {'-' if whole > 0 else '+'} {abs(whole)}" if rest > 0 else None
        lines.append(f"{abs(rest)} / x = {signs or f'{whole} - {value}'} = {left}")
        function, value = Ratio((abs(rest),), X.top), left
    return [*lines, *_cross_multiplied(function, value, root)]


def _linear(slope: Fraction, constant: Fraction, value: int) -> list[str]:
    lines = []
    if constant.denominator != 1:
        scale = math.lcm(slope.denominator, constant.denominator)
        slope, constant = slope * scale, constant * scale
        lines.append(f"{_line(slope, constant)} = {value} * {scale} = {value * scale}")
        value *= scale
    rest = value - int(constant)
    if constant and slope > 0:
        sign = "-" if constant > 0 else "+"
        lines.append(f"{_line(slope)} = {value} {sign} {abs(constant)} = {rest}")
    elif slope < 0:
        lines.append(f"{_line(-slope)} = {constant} - {value} = {-rest}")
        slope, rest = -slope, -rest
    if slope.denominator != 1:
        whole = rest * slope.denominator
        lines.append(f"{_line(slope * slope.denominator)} = {rest} * {slope.denominator} = {whole}")
        slope, rest = slope * slope.denominator, whole
    if slope != 1:
        lines.append(f"x = {rest} / {slope} = {Fraction(rest) / slope}")
    return lines


def _cross_multiplied(function: Ratio, value: int, root: Fraction) -> list[str]:
    top, bottom = _polynomial(function.top), _polynomial(function.bottom)
    product = _times(function.bottom, (Fraction(value),))
    lines = [f"{top} = {value} * {_wrapped(bottom, 2)} = {_polynomial(product)}"]
    equation = _plus(product, _times(function.top, (Fraction(-1),)))
    slope, rest = abs(equation[1]), -equation[0] * (1 if equation[1] > 0 else -1)
    if len(function.top) == 1 and product[0]:
        sign = "-" if product[0] > 0 else "+"
        lines.append(f"{_line(slope)} = {top} {sign} {abs(product[0])} = {rest}")
    elif len(function.top) > 1 or slope == 1:
        lines.append(f"{_line(slope)} = {rest}")
    if slope != 1:
        lines.append(f"x = {rest} / {slope} = {root}")
    return lines


def _trimmed(coefficients: list[Fraction]) -> Poly:
    while coefficients and not coefficients[-1]:
        coefficients.pop()
    return tuple(coefficients)


def _plus(left: Poly, right: Poly) -> Poly:
    size = max(len(left), len(right))
    padded = ((*each, *[Fraction(0)] * (size - len(each))) for each in (left, right))
    return _trimmed([a + b for a, b in zip(*padded, strict=True)])


def _times(left: Poly, right: Poly) -> Poly:
    product = [Fraction(0)] * (len(left) + len(right))
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            product[i + j] += a * b
    return _trimmed(product)


def _reduced(top: Poly, bottom: Poly) -> Ratio:
    if not top:
        return Ratio(top)
    if len(bottom) == 1:
        return Ratio(_times(top, (1 / bottom[0],)))
    both = (*top, *bottom)
    scale = Fraction(math.lcm(*(c.denominator for c in both)))
    scale /= math.gcd(*(int(c * scale) for c in both))
    # (5x + 30) / (40 - x) and not (-5x - 30) / (x - 40)
    minus, plus = sum(c < 0 for c in both), sum(c > 0 for c in both)
    if minus > plus or (minus == plus and bottom[-1] < 0):
        scale = -scale
    return Ratio(_times(top, (scale,)), _times(bottom, (scale,)))


def _whole_and_rest(function: Ratio) -> tuple[Fraction, Fraction] | None:
    """(a, b) of a function a + b / x with whole a and b; None of any other."""
    if len(function.bottom) != 2 or function.bottom[0] or len(function.top) > 2:
        return None
    rest, whole = (*function.top, Fraction(0))[:2]
    rest, whole = rest / function.bottom[1], whole / function.bottom[1]
    return (whole, rest) if whole.denominator == rest.denominator == 1 else None


def _line(slope: Fraction, constant: Fraction = Fraction(0)) -> str:
    return _polynomial((constant, slope))


def _polynomial(coefficients: Poly) -> str:
    """`3x / 4 + 10`; fractions that do not divide out become one: `(3x + 2) / 4`."""
    constant = coefficients[0] if coefficients else Fraction(0)
    if constant.denominator != 1 and len(coefficients) > 1:
        scale = math.lcm(*(c.denominator for c in coefficients))
        return f"({_polynomial(tuple(c * scale for c in coefficients))}) / {scale}"
    powers = [_power(c, i) for i, c in enumerate(coefficients) if i and c]
    terms = [*reversed(powers), *([str(constant)] if constant or not powers else [])]
    if terms[0].startswith("-") and not terms[-1].startswith("-"):
        terms = [terms[-1], *terms[:-1]]  # 40 - 3x and not -3x + 40
    joined = " + ".join(terms)
    return joined.replace("+ -", "- ")


def _power(coefficient: Fraction, power: int) -> str:
    digits = str(coefficient.numerator) if abs(coefficient.numerator) != 1 else ""
    sign = "-" if coefficient == -1 or coefficient.numerator == -1 else ""
    text = f"{digits or sign}x{f'^{power}' if power > 1 else ''}"
    return text if coefficient.denominator == 1 else f"{text} / {coefficient.denominator}"


def _wrapped(text: str, level: int) -> str:
    """The text in parentheses if it binds more loosely than `level`: 1 sum, 2 product, 3 atom."""
    bare = re.sub(r"\([^()]*\)", "", text)
    binds = 1 if " + " in bare or " - " in bare else 2 if re.search(r"[*/]|\dx", bare) else 3
    return f"({text})" if binds < level else text
