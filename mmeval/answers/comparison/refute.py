"""Numbers that refute: two scalars that differ at a point are different, beyond doubt.

Each side is evaluated at two precisions; the gap must exceed what the precision leaves
open by far. Agreement proves nothing here: that is for algebra.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from mmeval.answers.comparison.polynomials import Total, UsedUp
from mmeval.answers.grammar.tree import Kind, Node, TooLarge, names

_DIGITS = (40, 80)
_POINTS = (
    ("0.7310858", "0.4142"),
    ("-0.8134715", "-0.3178"),
    ("5.2186317", "1.3719"),
    ("23.7193124", "2.6107"),
    ("-7.4112639", "-1.1301"),
)
"""(start, step) of the values that the symbols take, in alphabetical order."""
_SIGNS = (0b01010101, 0b10101010, 0b00110011, 0b11000110, 0b10010100, 0b01111110)
"""Which of several symbols are negative at further points, one bit each: of symbols that always
had one sign `|ab|` would be `ab`."""
_MAX_EXPONENT = 10**6
_BITS = 4_000_000
_POINT_STEPS, _NODE = 4, 2
"""Steps that a point at one precision and a node of the tree there count."""


_OWN = threading.local()


class NoValue(ArithmeticError):
    """The expression has no (real) value at this point; the point proves nothing."""


def differ(a: Node, b: Node, total: Total | None = None) -> bool:
    """Whether some point shows that the scalars differ; False proves nothing.

    A point where evaluating would be too much work proves nothing either. Raises UsedUp where
    the whole comparison has cost too much.
    """
    total = total or Total()
    bases = (None, 10) if _bare_log(a) or _bare_log(b) else (None,)
    return all(_differ_in(a, b, base, total) for base in bases)


def _bare_log(node: Node) -> bool:
    """Whether a logarithm without a base occurs: it is read as natural and as decimal."""
    bare = node.kind == "fn" and node.value == "log" and len(node.args) == 1
    return bare or any(_bare_log(each) for each in node.args)


def _differ_in(a: Node, b: Node, log_base: int | None, total: Total) -> bool:
    symbols = sorted(names(a) | names(b))
    for start, step, signs in _points(len(symbols)):
        total.spend(len(_DIGITS) * _POINT_STEPS)
        try:
            rough, fine = (
                _both(a, b, (symbols, (start, step, signs), log_base), digits, total)
                for digits in _DIGITS
            )
        except UsedUp:
            raise
        except (ArithmeticError, ValueError):  # no value there, or TooLarge
            continue
        if _apart(rough, fine):
            return True
    return False


def _points(symbols: int) -> list[tuple[str, str, int]]:
    """(start, step, signs) of the points that are tried."""
    if not symbols:
        return [(*_POINTS[0], 0)]
    mixed = [(*_POINTS[0], signs) for signs in _SIGNS] if symbols > 1 else []
    return [*((start, step, 0) for start, step in _POINTS), *mixed]


def _apart(rough: tuple[Any, Any], fine: tuple[Any, Any]) -> bool:
    noise = abs(rough[0] - fine[0]) + abs(rough[1] - fine[1])
    size = max(abs(fine[0]), abs(fine[1]))
    return bool(abs(fine[0] - fine[1]) > 10**9 * noise + size * 1e-28)


def _both(
    a: Node,
    b: Node,
    setting: tuple[list[str], tuple[str, str, int], int | None],
    digits: int,
    total: Total,
) -> tuple[Any, Any]:
    context = _context(digits)
    symbols, point, log_base = setting
    start, step = context.mpf(point[0]), context.mpf(point[1])
    values = {
        name: (start + k * step) * (-1 if point[2] >> k % 8 & 1 else 1)
        for k, name in enumerate(symbols)
    }
    evaluator = _Evaluator(context, values, log_base, total)
    return evaluator.value(a), evaluator.value(b)


def _context(digits: int) -> Any:
    """The thread's own context of mpmath at this precision: functions change it while they
    work, so threads may not share one, and making one costs more than most evaluations."""
    import mpmath

    name = f"at {digits}"
    if not hasattr(_OWN, name):
        setattr(_OWN, name, mpmath.MPContext())
    context = getattr(_OWN, name)
    context.dps = digits
    return context


class _Evaluator:
    """One precision and one point."""

    def __init__(
        self,
        context: Any,
        values: dict[str, Any],
        log_base: int | None = None,
        total: Total | None = None,
    ) -> None:
        self.context = context
        self.total = total or Total()
        self.log_base = log_base
        self.values = values
        self.constants = {"pi": context.pi, "e": context.e, "i": context.mpc(0, 1)}

    def value(self, node: Node) -> Any:
        """The value of a scalar. Raises NoValue, TooLarge or an ArithmeticError."""
        self.total.spend(_NODE)
        rule = _RULES.get(node.kind)
        if rule is None:
            raise NoValue(node.kind)
        result = rule(self, node)
        if not self.context.isfinite(result):
            raise NoValue("not finite")
        if self.context.im(result) == 0:  # `i^2` is a real number: it can be compared
            result = self.context.re(result)
        if self.context.mag(result) > _BITS or (result and self.context.mag(result) < -_BITS):
            raise TooLarge("a number of too many digits")
        return result

    def all(self, node: Node) -> list[Any]:
        """The values of the operands."""
        return [self.value(each) for each in node.args]

    def number(self, node: Node) -> Any:
        """A rational literal."""
        assert isinstance(node.value, Fraction)
        return self.context.mpf(node.value.numerator) / node.value.denominator

    def symbol(self, node: Node) -> Any:
        """A constant, or the point's value of a symbol."""
        name = str(node.value)
        if name in self.constants:
            return +self.constants[name]
        if name not in self.values:
            raise NoValue(name)
        return self.values[name]

    def word(self, node: Node) -> Any:
        """A product of one-letter symbols."""
        return self.context.fprod(self.values.get(letter, 1) for letter in str(node.value))

    def power(self, node: Node) -> Any:
        """base ** exponent, real roots of negatives left out."""
        base, exponent = self.all(node)
        if abs(exponent) > _MAX_EXPONENT:
            raise TooLarge("an exponent beyond a million")
        return self.raised(base, exponent)

    def raised(self, base: Any, exponent: Any) -> Any:
        """The real power; the principal one only of a square root."""
        context = self.context
        if context.im(base) == 0 and context.re(base) < 0 and not context.isint(exponent):
            if 2 * exponent == int(context.re(2 * exponent)):
                return context.power(base, exponent)
            raise NoValue("a power of a negative number")
        return context.power(base, exponent)

    def root(self, node: Node) -> Any:
        """The n-th root: real for an odd n."""
        base, index = self.all(node)
        context = self.context
        odd = context.isint(index) and int(index) % 2 == 1
        if odd and context.im(base) == 0 and context.re(base) < 0:
            return -context.power(-base, 1 / index)
        if self.values and context.im(base) == 0 and context.re(base) < 0:
            raise NoValue("outside the domain of the root")
        return context.power(base, 1 / index)

    def factorial(self, node: Node) -> Any:
        """n! for a whole number."""
        number = self.value(node.args[0])
        if not self.context.isint(number) or not 0 <= number <= _MAX_EXPONENT:
            raise NoValue("a factorial of no whole number")
        return self.context.factorial(number)

    def binomial(self, node: Node) -> Any:
        """Of whole numbers."""
        top, bottom = self.all(node)
        if not (self.context.isint(top) and self.context.isint(bottom)) or top > 10**5:
            raise NoValue("a binomial of no whole numbers")
        return self.context.binomial(top, bottom)

    def call(self, node: Node) -> Any:
        """A value of an unknown function: any smooth one will do, the same for one name."""
        inner = self.value(node.args[0])
        if abs(inner) > _MAX_EXPONENT:
            raise NoValue("a large argument")
        return self.context.sin(inner * 3 + ord(str(node.value)[0])) + inner * inner / 7

    def function(self, node: Node) -> Any:
        """sin, log and their like."""
        values = self.all(node)
        name = str(node.value)
        if any(abs(value) > _MAX_EXPONENT for value in values) and name not in ("abs", "floor"):
            raise TooLarge("a function of a large number")
        if name in ("log", "lg", "ln"):
            if any(self.context.im(v) != 0 or v <= 0 for v in values):
                raise NoValue("a logarithm of no positive number")
            base = values[1] if len(values) > 1 else None
            if base is None:
                base = {"lg": 10, "log": self.log_base}.get(name)
            return self.context.log(values[0]) / (self.context.log(base) if base else 1)
        plain = _FUNCTIONS.get(name)
        if name == "mod" and all(self.context.isint(value) for value in values) and values[1]:
            return values[0] - values[1] * self.context.floor(values[0] / values[1])
        if plain is None or len(values) != 1:
            raise NoValue(name)
        return getattr(self.context, plain)(values[0])


_FUNCTIONS = {
    **{name: name for name in ("sin", "cos", "tan", "cot", "sec", "csc", "exp", "floor", "ceil")},
    **{name: name for name in ("sinh", "cosh", "tanh")},
    **{"arcsin": "asin", "arccos": "acos", "arctan": "atan", "abs": "fabs"},
    **{"arccot": "acot", "arcsec": "asec", "arccsc": "acsc", "arcsinh": "asinh"},
    **{"arccosh": "acosh", "arctanh": "atanh", "coth": "coth", "sech": "sech", "csch": "csch"},
}

_RULES: dict[Kind, Callable[[_Evaluator, Node], Any]] = {
    "num": _Evaluator.number,
    "sym": _Evaluator.symbol,
    "word": _Evaluator.word,
    "add": lambda e, n: e.context.fsum(e.all(n)),
    "mul": lambda e, n: e.context.fprod(e.all(n)),
    "mixed": lambda e, n: e.context.fsum(e.all(n)),
    "neg": lambda e, n: -e.value(n.args[0]),
    "div": lambda e, n: e.value(n.args[0]) / e.value(n.args[1]),
    "pow": _Evaluator.power,
    "root": _Evaluator.root,
    "fact": _Evaluator.factorial,
    "binom": _Evaluator.binomial,
    "abs": lambda e, n: abs(e.value(n.args[0])),
    "fn": _Evaluator.function,
    "call": _Evaluator.call,
    "pct": lambda e, n: e.value(n.args[0]) / 100,
    "deg": lambda e, n: e.value(n.args[0]) * e.context.pi / 180,
    "paren": lambda e, n: e.value(n.args[0]),
    "base": lambda e, n: e.value(n.args[0]),
}


def value_at(node: Node, bits: int, total: Total) -> Any | None:
    """The size of a number without symbols at that precision; None when it has none.

    Raises UsedUp.
    """
    context = _context(40)
    context.prec = bits
    try:
        return abs(_Evaluator(context, {}, None, total).value(node))
    except UsedUp:
        raise
    except (ArithmeticError, ValueError):
        return None


def real_value(node: Node) -> Fraction | None:
    """A number without symbols to 30 digits, as a fraction; None when it is not real."""
    if names(node):
        return None
    context = _context(30)
    try:
        value = _Evaluator(context, {}).value(node)
    except (ArithmeticError, ValueError):
        return None
    if context.im(value) != 0 or context.mag(value) > 2000:
        return None
    return Fraction(str(context.nstr(context.re(value), 30)))
