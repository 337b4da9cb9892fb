"""Written numbers -> exact values: decimals, repeating decimals, other bases."""

from __future__ import annotations

import re
from fractions import Fraction

from mmeval.answers.grammar.tree import MAX_DIGITS, Node, NotParsed, TooLarge, num

SMALL_INTEGER = re.compile(r"-?[0-9]{1,15}\Z")


def plain_number(text: str) -> Fraction | None:
    """The value of an unsigned or signed decimal with up to 300 digits; else None."""
    if SMALL_INTEGER.match(text):
        return Fraction(int(text))
    body = text[1:] if text[:1] == "-" else text
    whole, point, part = body.partition(".")
    if not (whole + part).isdecimal() or len(body) > 300 or (point and not part):
        return None
    if not whole.isascii() or not part.isascii():
        return None
    if not point:
        return Fraction(int(text))
    value = Fraction(int(whole + part), 10 ** len(part))
    return -value if text[0] == "-" else value


def decimal(text: str) -> Node:
    """The number node of a decimal, with an exponent of ten if it has one.

    Raises TooLarge when written out it has more than MAX_DIGITS digits.
    """
    mantissa, _, exponent = text.lower().partition("e")
    whole, point, part = mantissa.partition(".")
    value = Fraction(int((whole or "0") + part), 10 ** len(part))
    if exponent:
        if len(exponent) > 5 or abs(int(exponent)) > MAX_DIGITS:
            raise TooLarge(f"an exponent of ten: {exponent[:20]}")
        value *= Fraction(10) ** int(exponent)
    return num(value, len(part) if point else None)


def repeating(text: str) -> Fraction:
    """The value of `0.1\\overline{6}`."""
    head, _, rest = text.partition("\\")
    period = rest[rest.index("{") + 1 : -1]
    whole, _, part = head.partition(".")
    if len(text) > MAX_DIGITS:
        raise TooLarge("a repeating decimal")
    scale = 10 ** len(part)
    value = Fraction(int((whole or "0") + part), scale)
    return value + Fraction(int(period), scale * (10 ** len(period) - 1))


def based(digits: str, base: int) -> Node:
    """A number in a base; its operand is the value. Raises NotParsed on a wrong digit."""
    try:
        whole, _, part = digits.partition(".")
        value = Fraction(int(whole or "0", base))
        if part:
            value += Fraction(int(part, base), base ** len(part))
    except ValueError as error:
        raise NotParsed(f"{digits[:20]!r} is no number in base {base}") from error
    return Node("base", (num(value),), base)
