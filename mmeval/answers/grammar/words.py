"""What words mean: the number, the set or the unit that they spell."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from mmeval.answers.grammar.tree import Node, num
from mmeval.answers.grammar.vocabulary import NUMBER_WORDS, cjk_value, spelled_value

_NO_SOLUTION = re.compile(
    r"(?:(?:there (?:is|are) |has |have )?no solutions?(?: exists?)?|(?:the )?empty set"
    r"|null set|none"
    r"|no such (?:solution|value)s?(?: exists?)?|solution does not exist|无解|空集)\Z",
    re.I,
)
_ALL_REALS = re.compile(
    r"(?:(?:the|set|of|all|every|any) )*(?:reals?(?: numbers?)?|real x|real values)"
    r"(?: of x)?\Z|全体实数\Z|一切实数\Z",
    re.I,
)
_EMPTY = Node("sym", (), "empty")
_REALS = Node("sym", (), "bbR")
_NUMBER = re.compile(r"((?:minus |negative )?-?\d+(?:\.\d+)?)\Z")
_PERCENT = re.compile(r"(.+?) ?(?:percent|per cent|pct)\Z", re.I)
_MAX = 80


@lru_cache(maxsize=4096)
def meant(node: Node, numbers: bool) -> Node:
    """The value of a text that spells one (`no solution`, `minus five`, `four red apples`); any
    other tree as it is. `numbers`: whether number words are read."""
    if node.kind != "text" or len(str(node.value)) > _MAX:
        return node
    text = " ".join(str(node.value).split()).rstrip(".")
    if _NO_SOLUTION.match(text):
        return _EMPTY
    if _ALL_REALS.match(text) and text.lower() not in ("real", "the real", "reals"):
        return _REALS
    if not numbers:
        return node
    return _spelled(text) or node


def _spelled(text: str) -> Node | None:  # noqa: PLR0911 - one return a form
    percent = _PERCENT.match(text)
    if percent is not None:
        value = spelled_value(percent[1])
        return None if value is None else Node("pct", (num(value),))
    cjk = _cjk(text)
    if cjk is not None:
        return cjk
    signed = _NUMBER.match(text)
    if signed is not None:
        digits = signed[1].rpartition(" ")[2]
        sign = -1 if signed[1][0] in "mn" else 1
        return num(sign * _fraction(digits))
    words = text.split()
    if words[0].lower() not in _STARTS and "-" not in words[0]:
        return None
    for end in range(len(words), 0, -1):
        value = spelled_value(" ".join(words[:end]))
        if value is None:
            continue
        if end == len(words):
            return num(value)
        rest = " ".join(words[end:])
        if words[end].lower() in _NOT_COUNTED or any(c.isdigit() for c in rest):
            return None
        return Node("label", (num(value),), rest)
    return None


def _cjk(text: str) -> Node | None:
    if text.isascii():
        return None
    text = text.replace(" ", "")
    if text.startswith("百分之"):
        value = cjk_value(text[3:])
        return None if value is None else Node("pct", (num(value),))
    for end in range(len(text), max(0, len(text) - 4), -1):
        value = cjk_value(text[:end])
        if value is not None:
            return Node("label", (num(value),), text[end:]) if text[end:] else num(value)
    return None


_STARTS = frozenset(NUMBER_WORDS) | {"minus", "negative", "half", "a", "an"}
_NOT_COUNTED = frozenset(
    {
        *("or", "and", "to", "of", "by", "in", "out", "times", "plus", "minus", "over"),
        *("divided", "point", "more", "less", "is", "are", "was"),
    }
) | frozenset({"third", "thirds", "half", "halves", "quarter", "quarters", "squared", "cubed"})


def _fraction(digits: str) -> Fraction:
    return Fraction(digits)
