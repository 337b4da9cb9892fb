"""Tree -> exact value, and the two exact questions: equal, different, or not known."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mmeval.answers import exact
from mmeval.answers.exact import Budget, Poly, Undefined
from mmeval.answers.syntax import Node, NotParsed, TooLarge


@dataclass(frozen=True, slots=True)
class Exact:
    """A fraction of polynomials."""

    top: Poly
    bottom: Poly


_ONE = exact.constant(1)
_SPECIAL = {  # (numerator, denominator) of the angle over pi, sine only
    (0, 1): (0, 0),
    (1, 6): (1, 0),
    (1, 4): (2, 0),
    (1, 3): (3, 0),
    (1, 2): (4, 0),
}


def same_value(a: Node, b: Node) -> bool | None:
    """True or False where exact algebra proves it, else None.

    Raises TooLarge when a counted limit is reached and NotParsed when an operand is no
    scalar or has no value.
    """
    budget = Budget()
    return same_exact(evaluate(a, budget), evaluate(b, budget), budget)


def same_exact(a: Exact, b: Exact, budget: Budget) -> bool | None:
    """Whether two exact values are equal; None when an opaque atom leaves it open."""
    if a.bottom == b.bottom:
        difference = exact.add(a.top, exact.negative(b.top), budget)
    else:
        left = exact.multiply(a.top, b.bottom, budget)
        right = exact.multiply(b.top, a.bottom, budget)
        difference = exact.add(left, exact.negative(right), budget)
    if not difference:
        return True
    return False if exact.is_complete(difference) else None


def evaluate(node: Node, budget: Budget) -> Exact:
    """The exact value of a scalar tree. Raises TooLarge, NotParsed or Undefined."""
    budget.spend(1)
    rule = _RULES.get(node.kind)
    if rule is None:
        raise NotParsed(f"{node.kind} is no scalar")
    return rule(node, budget)


def _num(node: Node, budget: Budget) -> Exact:
    assert isinstance(node.value, Fraction)
    return Exact(exact.constant(node.value), _ONE)


def _sym(node: Node, budget: Budget) -> Exact:
    if node.value == "empty":
        raise NotParsed("the empty set is no scalar")
    return Exact(exact.generator((1, str(node.value))), _ONE)


def _word(node: Node, budget: Budget) -> Exact:
    value = _ONE
    for letter in str(node.value):
        value = exact.multiply(value, exact.generator((1, letter)), budget)
    return Exact(value, _ONE)


def _add(node: Node, budget: Budget) -> Exact:
    total = evaluate(node.args[0], budget)
    for each in node.args[1:]:
        total = plus(total, evaluate(each, budget), budget)
    return total


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


def _neg(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    return Exact(exact.negative(value.top), value.bottom)


def _mul(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    for each in node.args[1:]:
        value = times(value, evaluate(each, budget), budget)
    return value


def times(a: Exact, b: Exact, budget: Budget) -> Exact:
    """a * b."""
    top = exact.multiply(a.top, b.top, budget)
    return Exact(top, exact.multiply(a.bottom, b.bottom, budget))


def _div(node: Node, budget: Budget) -> Exact:
    a, b = (evaluate(each, budget) for each in node.args)
    return divided(a, b, budget)


def divided(a: Exact, b: Exact, budget: Budget) -> Exact:
    """a / b. Raises Undefined."""
    inverse = exact.invert(b.top)
    top = exact.multiply(a.top, b.bottom, budget)
    if inverse is not None:
        return Exact(exact.multiply(top, inverse, budget), a.bottom)
    return Exact(top, exact.multiply(a.bottom, b.top, budget))


def _mixed(node: Node, budget: Budget) -> Exact:
    whole, part = (evaluate(each, budget) for each in node.args)
    return plus(whole, part, budget)


def _pow(node: Node, budget: Budget) -> Exact:
    base = evaluate(node.args[0], budget)
    exponent = evaluate(node.args[1], budget)
    value = exact.rational(exponent.top) if exponent.bottom == _ONE else None
    if value is None:
        return _atom(f"pow[{_text(base)}^{_text(exponent)}]")
    return powered(base, value, budget)


def powered(base: Exact, exponent: Fraction, budget: Budget) -> Exact:
    """base ** exponent for a rational exponent; an atom where no normal form is known."""
    if exponent.denominator == 1:
        count = abs(exponent.numerator)
        if count > exact.MAX_BITS:
            raise TooLarge(
                f"the exponent {str(count)[:20] if count < 10**60 else 'of many digits'}"
            )
        value = Exact(exact.power(base.top, count, budget), exact.power(base.bottom, count, budget))
        if exponent < 0:
            return divided(Exact(_ONE, _ONE), value, budget)
        if count == 0 and not base.top:
            raise Undefined("0 to the power 0")
        return value
    if not base.top:
        if exponent < 0:
            raise Undefined("division by zero")
        return base
    if base.bottom == _ONE:
        root = exact.root_of_term(base.top, exponent)
        if root is not None:
            return Exact(root, _ONE)
    return _atom(f"pow[{_text(base)}^{exponent}]")


def _root(node: Node, budget: Budget) -> Exact:
    index = evaluate(node.args[1], budget)
    value = exact.rational(index.top) if index.bottom == _ONE else None
    base = evaluate(node.args[0], budget)
    if value is None:
        return _atom(f"root[{_text(base)},{_text(index)}]")
    if value == 0:
        raise Undefined("a zeroth root")
    return powered(base, 1 / value, budget)


def _fact(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    number = exact.whole_number(value.top) if value.bottom == _ONE else None
    if number is None:
        return _atom(f"fact[{_text(value)}]")
    result = exact.small_factorial(number)
    budget.spend(result.bit_length() // 64)
    return Exact(exact.constant(result), _ONE)


def _binom(node: Node, budget: Budget) -> Exact:
    top, bottom = (evaluate(each, budget) for each in node.args)
    n, k = exact.whole_number(top.top), exact.whole_number(bottom.top)
    if n is None or k is None or top.bottom != _ONE or bottom.bottom != _ONE or not 0 <= k <= n:
        return _atom(f"binom[{_text(top)},{_text(bottom)}]")
    f = exact.small_factorial
    budget.spend(f(n).bit_length() // 32)
    return Exact(exact.constant(f(n) // (f(k) * f(n - k))), _ONE)


def _pct(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    return times(value, Exact(exact.constant(Fraction(1, 100)), _ONE), budget)


def _deg(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    turn = exact.multiply(exact.generator((1, "pi")), exact.constant(Fraction(1, 180)), budget)
    return times(value, Exact(turn, _ONE), budget)


def _abs(node: Node, budget: Budget) -> Exact:
    value = evaluate(node.args[0], budget)
    number = exact.rational(value.top) if value.bottom == _ONE else None
    if number is not None:
        return Exact(exact.constant(abs(number)), _ONE)
    opposite = _text(Exact(exact.negative(value.top), value.bottom))
    return _atom(f"abs[{min(_text(value), opposite)}]")


def _fn(node: Node, budget: Budget) -> Exact:
    if node.value == "abs":
        return _abs(node, budget)
    parts = [evaluate(each, budget) for each in node.args]
    if node.value in ("sin", "cos", "tan") and len(parts) == 1:
        known = _special_angle(str(node.value), parts[0], budget)
        if known is not None:
            return known
    number = exact.rational(parts[0].top) if parts[0].bottom == _ONE else None
    if number is not None and node.value in ("floor", "ceil"):
        whole = number.numerator // number.denominator
        ceiling = whole + (number.denominator != 1)
        return Exact(exact.constant(whole if node.value == "floor" else ceiling), _ONE)
    name = {"lg": "log"}.get(str(node.value), str(node.value))
    return _atom(f"{name}[{','.join(_text(part) for part in parts)}]")


def _special_angle(name: str, angle: Exact, budget: Budget) -> Exact | None:
    """sin, cos and tan of multiples of pi/6 and pi/4."""
    over_pi = divided(angle, Exact(exact.generator((1, "pi")), _ONE), budget)
    turn = exact.rational(over_pi.top) if over_pi.bottom == _ONE else None
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
    found = _SPECIAL.get((turn.numerator, turn.denominator))
    if found is None:
        return None
    value = powered(Exact(exact.constant(found[0]), _ONE), Fraction(1, 2), budget)
    return times(value, Exact(exact.constant(Fraction(sign, 2)), _ONE), budget)


def _call(node: Node, budget: Budget) -> Exact:
    return _atom(f"call {node.value}[{_text(evaluate(node.args[0], budget))}]")


def _only(node: Node, budget: Budget) -> Exact:
    return evaluate(node.args[0], budget)


def _atom(text: str) -> Exact:
    if len(text) > 4000:
        raise TooLarge("an atom of exact algebra")
    return Exact(exact.generator((2, text)), _ONE)


def _text(value: Exact) -> str:
    if value.bottom == _ONE:
        return exact.text_of(value.top)
    return exact.text_of(value.top) + "/" + exact.text_of(value.bottom)


_RULES = {
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
