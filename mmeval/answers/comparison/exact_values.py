"""Tree -> exact value, and the two exact questions: equal, different, or not known."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from mmeval.answers.comparison import polynomials
from mmeval.answers.comparison.polynomials import STEPS, Budget, Poly, Total, Undefined, UsedUp
from mmeval.answers.comparison.quotients import (
    ONE,
    Exact,
    atom,
    divided,
    plus,
    powered,
    same_exact,
    text,
    times,
)
from mmeval.answers.grammar.tree import Kind, Node, NotParsed, TooLarge

_SPECIAL = {  # (numerator, denominator) of the angle over pi, sine only
    (0, 1): (0, 0),
    (1, 6): (1, 0),
    (1, 4): (2, 0),
    (1, 3): (3, 0),
    (1, 2): (4, 0),
}


class Values:
    """The scalars of one comparison: each worked out once, and all of it counted.

    A list of 50 against another asks 2,500 times for 100 values.
    """

    def __init__(self) -> None:
        self.total = Total()
        self._known: dict[Node, tuple[Exact | NotParsed | TooLarge, int]] = {}

    def same(self, a: Node, b: Node) -> bool | None:
        """True or False where exact algebra proves it, else None.

        Raises TooLarge when a counted limit is reached, NotParsed when an operand is no
        scalar or has no value, and UsedUp when the whole comparison has cost too much.
        """
        budget = Budget(whole=self.total)
        left, right = self.both(a, b, budget)
        return same_exact(left, right, budget)

    def both(self, a: Node, b: Node, budget: Budget) -> tuple[Exact, Exact]:
        """Their values, counted as if they were worked out for this pair alone. Raises as
        `same`; what has no value goes before what is too large, so either way round alike."""
        values = [self._value(each) for each in (a, b)]
        for kind in (NotParsed, TooLarge):
            for value, _ in values:
                if isinstance(value, kind):
                    raise value
        budget.count(sum(cost for _, cost in values))
        left, right = (value for value, _ in values)
        assert isinstance(left, Exact)
        assert isinstance(right, Exact)
        return left, right

    def _value(self, node: Node) -> tuple[Exact | NotParsed | TooLarge, int]:
        if node not in self._known:
            budget = Budget(whole=self.total)
            value: Exact | NotParsed | TooLarge
            try:
                value = evaluate(node, budget)
            except UsedUp:
                raise
            except (NotParsed, TooLarge) as error:
                value = error
            self._known[node] = value, STEPS - budget.left
        return self._known[node]


def evaluate(node: Node, budget: Budget) -> Exact:
    """The exact value of a scalar tree. Raises TooLarge, NotParsed or Undefined."""
    budget.spend(1)
    rule = _RULES.get(node.kind)
    if rule is None:
        raise NotParsed(f"{node.kind} is no scalar")
    if node.kind in _PLAIN:
        return rule(node, budget)
    budget.inside += 1
    value = rule(node, budget)
    budget.inside -= 1
    return value


_PLAIN: frozenset[Kind] = frozenset({"num", "sym", "neg", "paren"})
"""In which an infinity keeps its meaning."""


def _num(node: Node, budget: Budget) -> Exact:
    assert isinstance(node.value, Fraction)
    return Exact(polynomials.constant(node.value), ONE)


def _sym(node: Node, budget: Budget) -> Exact:
    if node.value in ("empty", "bbR"):
        raise NotParsed("a set is no scalar")
    if node.value == "oo" and budget.inside:
        raise Undefined("an infinity has no arithmetic")
    return Exact(polynomials.generator((1, str(node.value))), ONE)


def _word(node: Node, budget: Budget) -> Exact:
    value = ONE
    for letter in str(node.value):
        value = polynomials.multiply(value, polynomials.generator((1, letter)), budget)
    return Exact(value, ONE)


def _add(node: Node, budget: Budget) -> Exact:
    total = evaluate(node.args[0], budget)
    for each in node.args[1:]:
        total = plus(total, evaluate(each, budget), budget)
    return total


def _neg(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    return Exact(polynomials.negative(value.top), value.bottom)


def _mul(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    for each in node.args[1:]:
        value = times(value, evaluate(each, budget), budget)
    return value


def _div(node: Node, budget: Budget) -> Exact:
    a, b = (evaluate(each, budget) for each in node.args)
    return divided(a, b, budget)


def _mixed(node: Node, budget: Budget) -> Exact:
    whole, part = (evaluate(each, budget) for each in node.args)
    return plus(whole, part, budget)


def _pow(node: Node, budget: Budget) -> Exact:
    base = evaluate(node.args[0], budget)
    exponent = evaluate(node.args[1], budget)
    value = polynomials.rational(exponent.top) if exponent.bottom == ONE else None
    if value is None:
        if exponent.bottom == ONE:
            split = _split_power(base, exponent.top, budget)
            if split is not None:
                return split
        return atom(f"pow[{text(base)}^{text(exponent)}]")
    return powered(base, value, budget)


_WHOLE = frozenset("nkmjl")
"""Letters that stand for a whole number where they are an exponent."""


def _split_power(base: Exact, exponent: Poly, budget: Budget) -> Exact | None:
    """`6^{2n+1}` as `6 (2^n)^2 (3^n)^2`, and `(-x)^n` as `(-1)^n x^n`; else None.

    One power of each prime, of -1 and of each symbol for each monomial of the exponent, so that
    the same value has the same form however it is written. Of a symbol and of a negative number
    it is done for whole exponents alone.
    """
    number = polynomials.rational(base.top) if base.bottom == ONE else None
    whole = all(
        len(mono) <= 1
        and all(gen[0] == 1 and gen[1] in _WHOLE for gen, _ in mono)
        and value.denominator == 1
        for mono, value in exponent.items()
    )
    factors: list[tuple[Exact, str, Fraction | int]] = []  # (base, its name, exponent inside)
    if base.bottom != ONE or len(base.top) != 1 or len(exponent) > 6:
        return None
    ((mono, scale),) = base.top.items()
    if mono and not whole:
        return None
    if any(gen[0] != 1 or isinstance(power, Fraction) for gen, power in mono):
        return None
    if scale < 0 and not whole:
        return None
    if number == 1 or abs(scale.numerator) > 10**9 or scale.denominator > 10**9:
        return None
    parts = [(scale.numerator, 1), (scale.denominator, -1)]
    if scale < 0:
        factors.append((Exact(polynomials.constant(-1), ONE), "-1", 1))
    for size, sign in parts:
        for prime, count in _primes(abs(size)):
            factors.append((Exact(polynomials.constant(prime), ONE), str(prime), sign * count))
    for gen, power in mono:
        factors.append((Exact(polynomials.generator(gen), ONE), str(gen[1]), power))
    total = Exact(ONE, ONE)
    for value, name, power in factors:
        for part, coefficient in exponent.items():
            times_power = coefficient * power
            if not part:
                total = times(total, powered(value, Fraction(times_power), budget), budget)
                continue
            inner = polynomials.text_of({part: Fraction(1, times_power.denominator)})
            opaque = atom(f"pow[{name}^{inner}]")
            raised = powered(opaque, Fraction(times_power.numerator), budget)
            total = times(total, raised, budget)
    return total


def _primes(value: int) -> list[tuple[int, int]]:
    found, factor = [], 2
    while factor * factor <= value and factor < 1000:
        count = 0
        while value % factor == 0:
            value, count = value // factor, count + 1
        if count:
            found.append((factor, count))
        factor += 1
    return [*found, (value, 1)] if value > 1 else found


def _root(node: Node, budget: Budget) -> Exact:
    index = evaluate(node.args[1], budget)
    value = polynomials.rational(index.top) if index.bottom == ONE else None
    base = evaluate(node.args[0], budget)
    if value is None:
        return atom(f"root[{text(base)},{text(index)}]")
    if value == 0:
        raise Undefined("a zeroth root")
    return powered(base, 1 / value, budget)


def _fact(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    number = polynomials.whole_number(value.top) if value.bottom == ONE else None
    if number is None:
        return atom(f"fact[{text(value)}]")
    result = polynomials.small_factorial(number)
    budget.spend(result.bit_length() // 64)
    return Exact(polynomials.constant(result), ONE)


def _binom(node: Node, budget: Budget) -> Exact:
    top, bottom = (evaluate(each, budget) for each in node.args)
    n, k = polynomials.whole_number(top.top), polynomials.whole_number(bottom.top)
    if n is None or k is None or top.bottom != ONE or bottom.bottom != ONE or not 0 <= k <= n:
        return atom(f"binom[{text(top)},{text(bottom)}]")
    f = polynomials.small_factorial
    budget.spend(f(n).bit_length() // 32)
    return Exact(polynomials.constant(f(n) // (f(k) * f(n - k))), ONE)


def _pct(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    return times(value, Exact(polynomials.constant(Fraction(1, 100)), ONE), budget)


def _deg(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    turn = polynomials.multiply(
        polynomials.generator((1, "pi")), polynomials.constant(Fraction(1, 180)), budget
    )
    return times(value, Exact(turn, ONE), budget)


def _abs(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    number = polynomials.rational(value.top) if value.bottom == ONE else None
    if number is not None:
        return Exact(polynomials.constant(abs(number)), ONE)
    opposite = text(Exact(polynomials.negative(value.top), value.bottom))
    return atom(f"abs[{min(text(value), opposite)}]")


def _fn(node: Node, budget: Budget) -> Exact:
    if node.value == "abs":
        return _abs(node, budget)
    parts = [evaluate(each, budget) for each in node.args]
    if node.value in ("sin", "cos", "tan") and len(parts) == 1:
        special = _special_angle(str(node.value), parts[0], budget)
        if special is not None:
            return special
    number = polynomials.rational(parts[0].top) if parts[0].bottom == ONE else None
    if number is not None and node.value in ("floor", "ceil"):
        whole = number.numerator // number.denominator
        ceiling = whole + (number.denominator != 1)
        return Exact(polynomials.constant(whole if node.value == "floor" else ceiling), ONE)
    if node.value == "mod" and number is not None and len(parts) == 2:
        modulus = polynomials.rational(parts[1].top) if parts[1].bottom == ONE else None
        if modulus and modulus.denominator == number.denominator == 1:
            return Exact(polynomials.constant(number % modulus), ONE)
    name = {"lg": "log"}.get(str(node.value), str(node.value))
    return atom(f"{name}[{','.join(text(part) for part in parts)}]")


def _special_angle(name: str, angle: Exact, budget: Budget) -> Exact | None:
    """sin, cos and tan of multiples of pi/6 and pi/4."""
    over_pi = divided(angle, Exact(polynomials.generator((1, "pi")), ONE), budget)
    turn = polynomials.rational(over_pi.top) if over_pi.bottom == ONE else None
    if turn is None:
        return None
    sine, cosine = _sine(turn, budget), _sine(turn + Fraction(1, 2), budget)
    if sine is None or cosine is None:
        return None
    if name == "tan":
        return divided(sine, cosine, budget)
    return sine if name == "sin" else cosine


def _sine(turn: Fraction, budget: Budget) -> Exact | None:
    """sin(pi * turn) = sqrt(k)/2 with its sign, where k is 0 to 4."""
    turn %= 2
    sign = 1 if turn < 1 else -1
    turn %= 1
    turn = min(turn, 1 - turn)
    radicand = _SPECIAL.get((turn.numerator, turn.denominator))
    if radicand is None:
        return None
    value = powered(Exact(polynomials.constant(radicand[0]), ONE), Fraction(1, 2), budget)
    return times(value, Exact(polynomials.constant(Fraction(sign, 2)), ONE), budget)


def _call(node: Node, budget: Budget) -> Exact:
    return atom(f"call {node.value}[{text(evaluate(node.args[0], budget))}]")


def _only(node: Node, budget: Budget) -> Exact:
    return evaluate(node.args[0], budget)


_RULES: dict[Kind, Callable[[Node, Budget], Exact]] = {
    "num": _num,
    "sym": _sym,
    "word": _word,
    "add": _add,
    "neg": _neg,
    "mul": _mul,
    "div": _div,
    "mixed": _mixed,
    "pow": _pow,
    "root": _root,
    "fact": _fact,
    "binom": _binom,
    "pct": _pct,
    "deg": _deg,
    "abs": _abs,
    "fn": _fn,
    "call": _call,
    "paren": _only,
    "base": _only,
}
