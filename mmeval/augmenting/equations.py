"""The calculations in a worked answer, read and checked exactly, never by `eval`.

    >>> [holds(e) for e in equations("3 buses * 42 seats = 126 seats. Then 126 + 16 = 140.")]
    [True, False]

What is read: whole numbers, decimals, commas, `$` and `%`, `+ - * / ( )`, `×`, `÷`, an `x`
between two numbers, `of` after a fraction or a percentage, and words of two letters or more
after a number (its unit). A sentence with anything else in it that belongs to a formula (a
variable, a power, LaTeX) is left alone rather than misread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

MAX_EXPRESSION = 200
"""Characters of one side that are read."""
MAX_DIGITS = 30
_ANNOTATION = re.compile(r"<<([^<>]*)>>")
_SENTENCE = re.compile(
    r"\n|(?<=[^\d\s])[.;!?](?=\s|$)|(?<=\d)[.;!?](?=\s|$)|[;:,](?=\s)|\bso\b|\bor\b"
)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\$?\s?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\$?\.\d+)"
    r"|(?P<sign>[-+*/×÷()=%−–])|(?P<word>[A-Za-z'’]+)|(?P<other>\S))"
)
_SIGNS = {"×": "*", "÷": "/", "−": "-", "–": "-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """Two or more sides that a text says are equal."""

    sides: tuple[str, ...]
    """Each without white space, units, commas and `$`: `3*42`, `126`."""

    def __str__(self) -> str:
        return "=".join(self.sides)


class Unreadable(ValueError):
    """A side is not an expression of numbers and `+ - * / ( ) %`."""


def equations(text: str) -> list[Equation]:
    """The equations of a text in their order: those in calculator annotations `<<3*2=6>>`
    where there are any, else those that its sentences hold. A bare repetition
    (`5 = 5`) does not count."""
    pieces = _ANNOTATION.findall(text) or _SENTENCE.split(text)
    readable = (_equation(piece) for piece in pieces if "=" in piece)
    return [each for each in readable if each is not None]


def holds(equation: Equation) -> bool | None:
    """Whether every side equals the next; None where the value of a side cannot be read.

    A decimal may be rounded to the digits that it shows: `10 / 3 = 3.33` holds.
    """
    try:
        values = [value_of(side) for side in equation.sides]
    except (Unreadable, ZeroDivisionError):
        return None
    pairs = zip(values, values[1:], equation.sides[1:], strict=False)
    return all(_close(left, right, side) for left, right, side in pairs)


def value_of(expression: str) -> Fraction:
    """The exact value. Raises Unreadable, or ZeroDivisionError for a division by zero."""
    if len(expression) > MAX_EXPRESSION:
        raise Unreadable(f"more than {MAX_EXPRESSION} characters")
    reader = _Reader(list(_plain_tokens(expression)))
    value = reader.sum()
    if reader.left():
        raise Unreadable(f"{expression!r} goes on after its end")
    return value


def number(text: str) -> Fraction:
    """The value of one number as it is written: `1,360`, `$.50`, `3.0`."""
    digits = text.replace(",", "").replace("$", "").strip()
    if len(digits) > MAX_DIGITS or not re.fullmatch(r"\d+(\.\d*)?|\.\d+", digits):
        raise Unreadable(f"{text[:40]!r} is no number")
    return Fraction(digits)


def _close(left: Fraction, right: Fraction, shown: str) -> bool:
    if left == right:
        return True
    point = re.fullmatch(r"-?\d*\.(\d+)", shown)
    return point is not None and abs(left - right) <= Fraction(1, 2 * 10 ** len(point[1]))


def _equation(piece: str) -> Equation | None:
    """The one equation of a piece of text; None where there is none, or more than one."""
    signs = _spoken(piece[-4 * MAX_EXPRESSION :])
    if signs is None:
        return None
    sides = "".join(signs).split("=")
    if len(sides) < 2 or not all(re.search(r"\d", side) for side in sides):
        return None
    if not any(re.search(r"[\d)%][-+*/]", side) for side in sides):
        return None
    return Equation(sides=tuple(sides))


def _spoken(piece: str) -> list[str] | None:
    """The signs and numbers of the run that holds the `=`, without units; None where what
    is around it belongs to a formula that is not read here."""
    tokens = list(_words_out(list(_TOKEN.finditer(piece))))
    if None in tokens:
        return None
    equals = [i for i, each in enumerate(tokens) if each == "="]
    if not equals:
        return None
    begin, end = equals[0], equals[-1]
    while begin > 0 and tokens[begin - 1] != " ":
        begin -= 1
    while end + 1 < len(tokens) and tokens[end + 1] != " ":
        end += 1
    run = [each for each in tokens[begin : end + 1] if each is not None]
    return None if " " in run else run


def _words_out(tokens: Sequence[re.Match[str]]) -> Iterator[str | None]:
    """Each token as a sign or a number; `""` for a unit, `" "` for words of the sentence,
    None for what belongs to a formula that is not read here."""
    for i, token in enumerate(tokens):
        if token["number"]:
            yield token["number"].replace(",", "").replace("$", "").strip()
        elif token["sign"]:
            yield _SIGNS.get(token["sign"], token["sign"])
        elif token["word"]:
            yield _word(tokens, i)
        else:
            yield "" if token["other"] == "$" else None


def _word(tokens: Sequence[re.Match[str]], i: int) -> str | None:
    word = tokens[i]["word"]
    before, after = _neighbour(tokens, i, -1), _neighbour(tokens, i, 1)
    if word == "x" and before == "number" and after == "number":
        return "*"
    if word.lower() == "of" and before == "number" and after == "number":
        return "*"
    if len(word) == 1 and word not in ("a", "A", "I", "s"):
        return None
    follows = next((t for t in tokens[i + 1 :] if not t["word"]), None)
    unit = follows is not None and follows["sign"] and follows["sign"] not in "(%"
    leads = next((t for t in reversed(tokens[:i]) if not t["word"]), None)
    return "" if unit and leads is not None and (leads["number"] or leads["sign"]) else " "


def _neighbour(tokens: Sequence[re.Match[str]], i: int, step: int) -> str:
    """`number` where the next token that way is one, or a bracket or a percent sign."""
    if not 0 <= i + step < len(tokens):
        return ""
    token = tokens[i + step]
    near = ")%" if step < 0 else "("
    return "number" if token["number"] or (token["sign"] or " ") in near else ""


def _plain_tokens(expression: str) -> Iterator[str]:
    for token in _TOKEN.finditer(expression):
        if token["number"]:
            yield token["number"]
        elif token["sign"] and token["sign"] != "=":
            yield _SIGNS.get(token["sign"], token["sign"])
        else:
            raise Unreadable(f"{token.group().strip()!r} is neither a number nor a sign")


class _Reader:
    """Sums of products of signed numbers, read from their tokens."""

    DEEPEST = 20

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def left(self) -> bool:
        """Whether there is more to be read."""
        return self._at < len(self._tokens)

    def _next(self) -> str:
        return self._tokens[self._at] if self.left() else ""

    def _take(self) -> str:
        token = self._next()
        self._at += 1
        return token

    def sum(self) -> Fraction:
        """A sum or difference."""
        value = self._product()
        while self._next() in ("+", "-"):
            sign = self._take()
            term = self._product()
            value = value + term if sign == "+" else value - term
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while self._next() in ("*", "/", "("):
            sign = "*" if self._next() == "(" else self._take()
            factor = self._signed()
            value = value * factor if sign == "*" else value / factor
        return value

    def _signed(self) -> Fraction:
        negative = False
        while self._next() in ("+", "-"):
            negative ^= self._take() == "-"
        value = self._atom()
        while self._next() == "%":
            self._take()
            value /= 100
        return -value if negative else value

    def _atom(self) -> Fraction:
        token = self._take()
        if token != "(":
            return number(token)
        self._depth += 1
        if self._depth > self.DEEPEST:
            raise Unreadable("too many brackets")
        value = self.sum()
        if self._take() != ")":
            raise Unreadable("a bracket is not closed")
        self._depth -= 1
        return value
