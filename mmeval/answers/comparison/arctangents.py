r"""Sums of arctangents of rational numbers and multiples of pi: whether one is zero.

`\arctan q` is the argument of `1 + iq`, so a whole combination of them is the argument of a
product of such numbers, which is worked out exactly; and a sum that is near zero is zero where
that product is real and positive.
"""

from __future__ import annotations

from fractions import Fraction
from math import atan, lcm, pi

from mmeval.answers.comparison.separation import NoBound, constant
from mmeval.answers.grammar.tree import Node

_MAX_FACTORS = 60


def is_zero_sum(a: Node, b: Node) -> bool | None:
    """Whether two such sums are equal; None where one is none, or it is not known."""
    turns: dict[Fraction, Fraction] = {}
    try:
        half_turns = _collect(a, Fraction(1), turns) + _collect(b, Fraction(-1), turns)
    except NoBound:
        return None
    turns = {slope: count for slope, count in turns.items() if count}
    whole = lcm(half_turns.denominator, *(count.denominator for count in turns.values()))
    counts = {slope: int(count * whole) for slope, count in turns.items()}
    if not counts or sum(map(abs, counts.values())) > _MAX_FACTORS:
        return None
    size = sum(count * atan(slope) for slope, count in counts.items()) + whole * half_turns * pi
    if abs(size) > 3:
        return None
    real, imaginary = Fraction((-1) ** int(whole * half_turns)), Fraction(0)
    for slope, count in counts.items():
        tilt = slope if count > 0 else -slope
        for _ in range(abs(count)):
            real, imaginary = real - tilt * imaginary, imaginary + tilt * real
    return imaginary == 0 and real > 0


def _collect(node: Node, factor: Fraction, turns: dict[Fraction, Fraction]) -> Fraction:  # noqa: PLR0911 - one return a kind
    """The multiples of pi in it; those of arctangents go to `turns`. Raises NoBound."""
    match node.kind:
        case "sym" if node.value == "pi":
            return factor
        case "num" if node.value == 0:
            return Fraction(0)
        case "paren":
            return _collect(node.args[0], factor, turns)
        case "neg":
            return _collect(node.args[0], -factor, turns)
        case "deg":
            return factor * constant(node.args[0]) / 180
        case "add":
            return sum((_collect(each, factor, turns) for each in node.args), Fraction(0))
        case "div" if constant(node.args[1]):
            return _collect(node.args[0], factor / constant(node.args[1]), turns)
        case "mul":
            return _product(node, factor, turns)
        case "fn" if node.value == "arctan":
            slope = constant(node.args[0])
            turns[slope] = turns.get(slope, Fraction(0)) + factor
            return Fraction(0)
    raise NoBound


def _product(node: Node, factor: Fraction, turns: dict[Fraction, Fraction]) -> Fraction:
    """A rational number times one thing of the kind."""
    others = []
    for each in node.args:
        try:
            factor *= constant(each)
        except NoBound:
            others.append(each)
    if len(others) != 1:
        raise NoBound
    return _collect(others[0], factor, turns)
