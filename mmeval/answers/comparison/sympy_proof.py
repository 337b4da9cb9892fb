"""Sympy, the last resort, fed with our own tree and nothing else.

No text reaches sympy: `sympify` and `parse_expr` evaluate their input, so the expression
is built node by node. Symbols are taken as positive; differences at negative points were
refuted before (`refute.differ`). This module runs in the worker processes of `pool`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from mmeval.answers.comparison.cyclotomic import is_zero
from mmeval.answers.grammar.tree import Kind, Node, TooLarge

MAX_EXPONENT = 200
"""Of a whole power that sympy may multiply out."""
MAX_SUM_EXPONENT = 20
"""Of a power of a sum, which sympy would multiply out."""
MAX_BITS = 4000
"""Of one rational number."""
_ONLY: frozenset[Kind] = frozenset({"paren", "base"})
_NAMES: frozenset[Kind] = frozenset({"sym", "word"})


def prove(a: Node, b: Node) -> bool | None:
    """True when a - b is shown to be zero, False when it is not, None when open.

    False only where exact algebra in a cyclotomic field proves the difference.
    Raises TooLarge for what would take it too long.
    """
    import sympy

    builder = _Builder(sympy)
    left, right = builder.build(a), builder.build(b)
    if left is None or right is None:
        return None
    difference = left - right
    zero = is_zero(sympy, difference)
    if zero is not None:
        return zero
    for step in _STEPS:
        difference = step(sympy, difference)
        if difference == 0:
            return True
    if not difference.free_symbols and _algebraic_zero(sympy, difference):
        return True
    return None


def _algebraic_zero(sympy: Any, number: Any) -> bool:
    """Whether an algebraic number is 0, by its minimal polynomial."""
    if not number.is_algebraic or sympy.count_ops(number) > 80:
        return False
    x = sympy.Dummy("x")
    try:
        return bool(sympy.minimal_polynomial(number, x) == x)
    except NotImplementedError:
        return False  # not shown to be 0, so the caller cannot tell; never "different"


_STEPS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda s, e: e,
    lambda s, e: s.expand(e),
    lambda s, e: s.expand_log(s.expand(e, power_exp=True, func=True), force=True),
    lambda s, e: s.sqrtdenest(e),
    lambda s, e: s.radsimp(s.powsimp(e)),
    lambda s, e: s.trigsimp(s.expand(e, complex=False)),
    lambda s, e: s.expand_trig(e),
    lambda s, e: s.simplify(e),
    lambda s, e: s.simplify(e.rewrite(s.exp)) if e.has(s.sin, s.cos, s.tan) else e,
)


class _Builder:
    """Tree -> sympy expression; None for what sympy has no counterpart of."""

    def __init__(self, sympy: Any) -> None:
        self.s = sympy

    def build(self, node: Node) -> Any:  # noqa: PLR0911 - one return a rule
        """The expression. Raises TooLarge."""
        if node.kind == "num" and isinstance(node.value, Fraction):
            return self._number(node.value)
        if node.kind in _ONLY:
            return self.build(node.args[0])
        if node.kind in _NAMES:
            return self._symbol(node)
        parts = [self.build(each) for each in node.args]
        if any(part is None for part in parts):
            return None
        rule = _RULES.get(node.kind)
        if rule is not None:
            return rule(self, parts)
        if node.kind == "fn":
            return self._function(str(node.value), parts)
        if node.kind == "call":
            return self.s.Function(str(node.value))(*parts)
        return None

    def _number(self, value: Fraction) -> Any:
        if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS:
            raise TooLarge("a number for sympy")
        return self.s.Rational(value.numerator, value.denominator)

    def _symbol(self, node: Node) -> Any:
        name = str(node.value)
        constants = {"pi": self.s.pi, "e": self.s.E, "i": self.s.I}
        if name in ("oo", "empty"):
            return None
        if node.kind == "word":
            return self.s.Mul(*(constants.get(c, self.s.Symbol(c, positive=True)) for c in name))
        return constants.get(name, self.s.Symbol(name, positive=True))

    def power(self, parts: list[Any]) -> Any:
        """base ** exponent, bounded."""
        base, exponent = parts
        if exponent.is_number:
            if base.is_Add and not base.is_number and abs(exponent) > MAX_SUM_EXPONENT:
                raise TooLarge("a power of a sum for sympy")
            size = abs(exponent)
            if not size.is_extended_real or (size > MAX_EXPONENT) != False:  # noqa: E712
                raise TooLarge("an exponent for sympy")
        if base.is_Rational and exponent.is_Rational and base < 0 and exponent.q % 2:
            return self.s.Pow(-1, exponent.p) * self.s.Pow(-base, exponent)
        return self.s.Pow(base, exponent)

    def root(self, parts: list[Any]) -> Any:
        """The n-th root, real for an odd index of a negative number."""
        base, index = parts
        if index.is_Integer and index % 2 and base.is_number and base.is_negative:
            return -self.s.Pow(-base, 1 / index)
        if index == 0:
            return None
        return self.s.Pow(base, 1 / index)

    def factorial(self, parts: list[Any]) -> Any:
        """n!, bounded."""
        if parts[0].is_number and not (parts[0].is_Integer and 0 <= parts[0] <= 500):
            raise TooLarge("a factorial for sympy")
        return self.s.factorial(parts[0])

    def binomial(self, parts: list[Any]) -> Any:
        """Binomial coefficient, bounded."""
        if any(part.is_number and not abs(part) <= 1000 for part in parts):
            raise TooLarge("a binomial for sympy")
        return self.s.binomial(*parts)

    def quotient(self, parts: list[Any]) -> Any:
        """a / b; None for a division by zero."""
        return None if parts[1] == 0 else parts[0] / parts[1]

    def _function(self, name: str, parts: list[Any]) -> Any:
        if name in ("log", "ln"):
            if any(part == 0 for part in parts) or (len(parts) > 1 and parts[1] == 1):
                return None
            return self.s.log(parts[0]) / (self.s.log(parts[1]) if len(parts) > 1 else 1)
        if name == "lg":
            return self.s.log(parts[0]) / self.s.log(10)
        plain = _FUNCTIONS.get(name)
        return getattr(self.s, plain)(parts[0]) if plain and len(parts) == 1 else None


_FUNCTIONS = {
    **{name: name for name in ("sin", "cos", "tan", "cot", "sec", "csc", "exp", "floor")},
    **{name: name for name in ("sinh", "cosh", "tanh")},
    **{"arcsin": "asin", "arccos": "acos", "arctan": "atan", "abs": "Abs", "ceil": "ceiling"},
    **{"arccot": "acot", "arcsec": "asec", "arccsc": "acsc", "arcsinh": "asinh"},
    **{"arccosh": "acosh", "arctanh": "atanh", "coth": "coth", "sech": "sech", "csch": "csch"},
    **{"Re": "re", "Im": "im"},
}

_RULES: dict[Kind, Callable[[_Builder, list[Any]], Any]] = {
    "add": lambda b, p: b.s.Add(*p),
    "mul": lambda b, p: b.s.Mul(*p),
    "mixed": lambda b, p: b.s.Add(*p),
    "neg": lambda b, p: -p[0],
    "div": _Builder.quotient,
    "pow": _Builder.power,
    "root": _Builder.root,
    "fact": _Builder.factorial,
    "binom": _Builder.binomial,
    "abs": lambda b, p: b.s.Abs(p[0]),
    "pct": lambda b, p: p[0] / 100,
    "deg": lambda b, p: p[0] * b.s.pi / 180,
}
