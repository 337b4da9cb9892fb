r"""Algebraic numbers: whether one is zero, by a bound below which none of its kind can be.

An expression of integers, `+ - * /`, roots, i and sines of rational multiples of pi that is not
zero is at least `1 / (u^(D-1) l)` in size, where u and l are counted along the expression and D is
its degree (Burnikel, Funke, Mehlhorn, Schirra and Schmitt, "A separation bound for real algebraic
expressions", 2009; 2 cos(pi p/q) is an algebraic integer all of whose conjugates are at most 2).
Worked out to more digits than that it is either further from zero, or zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb, lcm, log2
from typing import Any

from mmeval.answers.comparison.polynomials import Total
from mmeval.answers.comparison.refute import value_at
from mmeval.answers.grammar.tree import Node, TooLarge

MAX_BITS = 80_000
"""Of the number that is worked out: some tenths of a second."""
_MAX_ORDER = 2000
_SPARE = 200
"""Bits more than the bound, for what rounding loses."""
_TRIGONOMETRIC = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})


class NoBound(ValueError):
    """No algebraic number of the kind that is known here."""


@dataclass(frozen=True, slots=True)
class _Size:
    """Logarithms to the base 2 of u and l."""

    above: float
    below: float


class _Degree:
    """The roots that occur, each once, and the order of the root of unity whose real part the
    cosines need."""

    def __init__(self) -> None:
        self.roots: dict[tuple[Node, int], int] = {}
        self.order = 1

    @property
    def value(self) -> int:
        """An upper bound of the degree."""
        degree = max(1, _totient(self.order) // 2)
        for index in self.roots.values():
            degree *= index
        return degree


def is_zero_difference(a: Node, b: Node, total: Total) -> bool | None:
    """Whether two algebraic numbers are equal: a proof either way; None where they are no such
    numbers or the bound is too small to be reached. Raises UsedUp."""
    difference = Node("add", (a, Node("neg", (b,))))
    degree = _Degree()
    try:
        size = _size(difference, degree)
    except (NoBound, TooLarge):
        return None
    needed = (degree.value - 1) * max(size.above, 0.0) + max(size.below, 0.0) + 2
    if needed > MAX_BITS:
        return None
    total.spend(int(needed) // 8)
    value = value_at(difference, int(needed) + _SPARE, total)
    if value is None:
        return None
    return _below(value, needed)


def _below(value: Any, bits: float) -> bool:
    """Whether it is smaller than 2^-bits, with some bits to spare."""
    if value == 0:
        return True
    sign_free = abs(value)
    mantissa, exponent = sign_free.man_exp
    return bool(mantissa.bit_length() + exponent < -bits)


def _size(node: Node, degree: _Degree) -> _Size:  # noqa: PLR0911 - one return a kind
    match node.kind:
        case "num":
            assert isinstance(node.value, Fraction)
            return _rational(node.value)
        case "paren" | "base" | "neg":
            return _size(node.args[0], degree)
        case "sym" if node.value == "i":
            degree.roots[node, 2] = 2
            return _Size(0.0, 0.0)
        case "add" | "mixed":
            return _folded([_size(each, degree) for each in node.args], _sum)
        case "mul":
            return _folded([_size(each, degree) for each in node.args], _product)
        case "div":
            top, bottom = (_size(each, degree) for each in node.args)
            return _product(top, _Size(bottom.below, bottom.above))
        case "pct":
            return _product(_size(node.args[0], degree), _Size(0.0, log2(100)))
        case "root":
            index = node.args[1]
            if index.kind != "num" or not isinstance(index.value, Fraction):
                raise NoBound
            return _root(node.args[0], index.value, degree)
        case "pow":
            return _power(node, degree)
        case "fact" | "binom":
            return _rational(_whole(node))
        case "fn" if node.value in _TRIGONOMETRIC and len(node.args) == 1:
            return _angle(str(node.value), node.args[0], degree)
    raise NoBound


def _rational(value: Fraction) -> _Size:
    return _Size(_log(abs(value.numerator)), _log(value.denominator))


def _log(value: int) -> float:
    return log2(value) if value > 1 else 0.0


def _folded(sizes: list[_Size], step: Any) -> _Size:
    total: _Size = sizes[0]
    for each in sizes[1:]:
        total = step(total, each)
    return total


def _sum(a: _Size, b: _Size) -> _Size:
    left, right = a.above + b.below, a.below + b.above
    larger, smaller = max(left, right), min(left, right)
    return _Size(larger + log2(1 + 2.0 ** max(smaller - larger, -1000)), a.below + b.below)


def _product(a: _Size, b: _Size) -> _Size:
    return _Size(a.above + b.above, a.below + b.below)


def _root(base: Node, index: Fraction, degree: _Degree) -> _Size:
    if index.denominator != 1 or not 2 <= index <= 60:
        raise NoBound
    k = index.numerator
    degree.roots[base, k] = k
    size = _size(base, degree)
    return _rooted(size, k)


def _rooted(size: _Size, k: int) -> _Size:
    if size.above >= size.below:
        return _Size((size.above + (k - 1) * size.below) / k, size.below)
    return _Size(size.above, ((k - 1) * size.above + size.below) / k)


def _power(node: Node, degree: _Degree) -> _Size:
    base, exponent = node.args
    value = constant(exponent)
    if value.denominator != 1:
        size = _root(base, Fraction(value.denominator), degree)
    else:
        size = _size(base, degree)
    times = abs(value.numerator)
    if times > 10_000:
        raise NoBound
    size = _Size(size.above * times, size.below * times)
    return size if value >= 0 else _Size(size.below, size.above)


def constant(node: Node) -> Fraction:
    """The value of a rational tree."""
    match node.kind:
        case "num" if isinstance(node.value, Fraction):
            return node.value
        case "neg":
            return -constant(node.args[0])
        case "paren":
            return constant(node.args[0])
        case "div":
            bottom = constant(node.args[1])
            if bottom:
                return constant(node.args[0]) / bottom
        case "mul":
            product = Fraction(1)
            for each in node.args:
                product *= constant(each)
            return product
        case "add":
            return sum((constant(each) for each in node.args), Fraction(0))
    raise NoBound


def _whole(node: Node) -> Fraction:
    values = [constant(each) for each in node.args]
    if any(value.denominator != 1 or not 0 <= value <= 1000 for value in values):
        raise NoBound
    if node.kind == "binom":
        return Fraction(comb(values[0].numerator, values[1].numerator))
    product = 1
    for factor in range(2, values[0].numerator + 1):
        product *= factor
    return Fraction(product)


def _angle(name: str, angle: Node, degree: _Degree) -> _Size:
    """sin, cos and their quotients at a rational multiple of pi."""
    turn = _over_pi(angle)
    if name in ("cos", "sec", "tan", "cot"):
        degree.order = _ordered(degree.order, (turn / 2).denominator)
    if name in ("sin", "csc", "tan", "cot"):  # the cosine of what it lacks of a right angle
        degree.order = _ordered(degree.order, ((Fraction(1, 2) - turn) / 2).denominator)
    value = _Size(1.0, 1.0)  # 2 cos over 2
    inverse = _Size(1.0, 1.0)
    if name in ("sin", "cos"):
        return value
    return _product(value, inverse) if name in ("tan", "cot") else inverse


def _over_pi(node: Node) -> Fraction:  # noqa: PLR0911, PLR0912 - one return a kind
    """The rational multiple of pi that an angle is."""
    match node.kind:
        case "sym" if node.value == "pi":
            return Fraction(1)
        case "num" if node.value == 0:
            return Fraction(0)
        case "neg":
            return -_over_pi(node.args[0])
        case "paren":
            return _over_pi(node.args[0])
        case "deg":
            return constant(node.args[0]) / 180
        case "add":
            return sum((_over_pi(each) for each in node.args), Fraction(0))
        case "div":
            bottom = constant(node.args[1])
            if bottom:
                return _over_pi(node.args[0]) / bottom
        case "mul":
            product, found = Fraction(1), False
            for each in node.args:
                try:
                    product *= constant(each)
                except NoBound:
                    if found:
                        raise
                    product, found = product * _over_pi(each), True
            if found:
                return product
    raise NoBound


def _ordered(order: int, more: int) -> int:
    order = lcm(order, more)
    if order > _MAX_ORDER:
        raise NoBound
    return order


def _totient(order: int) -> int:
    count, rest, factor = order, order, 2
    while factor * factor <= rest:
        if rest % factor == 0:
            count -= count // factor
            while rest % factor == 0:
                rest //= factor
        factor += 1
    return count - count // rest if rest > 1 else count
