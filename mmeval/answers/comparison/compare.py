"""Whether two answers are the same: by rising cost, three-valued, symmetric.

    same string · normalised string · number · structure · exact algebra · numeric
    refutation · (in a worker process) sympy

`compare` decides everything but the last in this process and never raises. What is left
open is `undecided`: `unparsed` (the grammar does not know it), `size` (a counted limit),
`time` (the worker was killed), `unproved` (no rule settles it either way).
"""

from __future__ import annotations

import re

from mmeval.answers.comparison.match import Match, Prove, Result
from mmeval.answers.comparison.matcher import Matcher
from mmeval.answers.comparison.policies import DEFAULT, Policies
from mmeval.answers.grammar.normalise import key, tidy
from mmeval.answers.grammar.shape import as_products, other_readings, read
from mmeval.answers.grammar.tree import MAX_CHARS, Node, NotParsed, TooLarge
from mmeval.answers.grammar.units import quantity
from mmeval.answers.grammar.written_numbers import SMALL_INTEGER, plain_number


def compare(a: str, b: str, policies: Policies = DEFAULT, prove: Prove | None = None) -> Result:
    """Whether two answers are the same under these conventions. Never raises.

    `prove` settles scalars that exact algebra leaves open; without it they are
    `undecided` with the reason `unproved`.
    """
    try:
        return _compare(a, b, policies, prove)
    except TooLarge:
        return Result(outcome="undecided", rule="limits", reason="size")
    except NotParsed:
        return Result(outcome="undecided", rule="grammar", reason="unparsed")
    except RecursionError:
        return Result(outcome="undecided", rule="limits", reason="size")
    except Exception as error:  # noqa: BLE001 - our own mistake: named, counted, never a verdict
        rule = f"internal error, {type(error).__name__}"
        return Result(outcome="undecided", rule=rule, reason="failed")


def _compare(a: str, b: str, policies: Policies, prove: Prove | None) -> Result:
    if a == b:
        return Result(outcome="equal", rule="same string")
    if len(a) > 4 * MAX_CHARS or len(b) > 4 * MAX_CHARS:
        return _long(a, b)
    result = _in_one_line(a, b, policies, prove)
    if result.outcome != "equal" and ("\n" in a or "\n" in b):
        lists = _by_lines(a), _by_lines(b)
        if lists != (a, b) and _in_one_line(*lists, policies, prove).outcome == "equal":
            return Result(outcome="equal", rule="a list by lines")
    return result


def _in_one_line(a: str, b: str, policies: Policies, prove: Prove | None) -> Result:
    left, right = tidy(a), tidy(b)
    if left == right or key(left) == key(right):
        return Result(outcome="equal", rule="normalised string")
    if not left or not right:
        return Result(outcome="different", rule="empty")
    number = _numbers(left, right)
    if number is not None:
        return Result(outcome="equal" if number else "different", rule="number")
    if "cent" in left or "cent" in right:  # `\\$5` is not 5 cents
        left, right = _with_dollars(a, left), _with_dollars(b, right)
    elif _PRICE.match(a) and _measures(right):  # nor 5 cm
        left = f"{left} dollars"
    elif _PRICE.match(b) and _measures(left):
        right = f"{right} dollars"
    return _read_and_match(left, right, policies, prove)


_LINES = re.compile(r"\n[ \t]*\n\s*")


def _by_lines(text: str) -> str:
    """Lines with an empty one between them as a list."""
    lines = _LINES.split(text.strip()) if "\\begin" not in text else []
    return ", ".join(lines) if 1 < len(lines) <= 50 else text


def _with_dollars(raw: str, tidied: str) -> str:
    """The tidied answer with the unit that `tidy` took off its front."""
    return f"{tidied} dollars" if _DOLLARS.match(raw) and not tidied[-1:].isalpha() else tidied


def _measures(tidied: str) -> bool:
    """Whether an answer ends in degrees or in a known unit; `per hour` alone is not one."""
    unit = _UNIT.search(tidied)
    return tidied[-1:] == "°" or (unit is not None and quantity(unit[1]) is not None)


def _long(a: str, b: str) -> Result:
    if a.strip() == b.strip():
        return Result(outcome="equal", rule="normalised string")
    return Result(outcome="undecided", rule="limits", reason="size")


def _numbers(a: str, b: str) -> bool | None:
    """Plain decimals, decided exactly; None when one is something else."""
    if SMALL_INTEGER.match(a) and SMALL_INTEGER.match(b):
        return int(a) == int(b)
    left, right = plain_number(a), plain_number(b)
    return None if left is None or right is None else left == right


def _read_and_match(a: str, b: str, policies: Policies, prove: Prove | None) -> Result:
    matcher = Matcher(policies, prove)
    if b < a:  # one order for both ways round
        a, b = b, a
    trees: list[Node | None] = []
    for text in (a, b):
        try:
            tree = read(text)
            trees.append(as_products(tree) if policies.mixed_numbers == "product" else tree)
        except NotParsed:
            trees.append(None)
    left, right = trees
    if left is None or right is None:
        return _unparsed(a, b, left, right)
    match = matcher.answers(left, right)
    if match.same is not True:
        match = _other_readings((a, b), (left, right), matcher, match)
    if match.same is None:
        reason = "size" if matcher.too_large else "unproved"
        return Result(outcome="undecided", rule=match.rule, reason=reason)
    return Result(outcome="equal" if match.same else "different", rule=match.rule)


def _other_readings(
    texts: tuple[str, str], trees: tuple[Node, Node], matcher: Matcher, first: Match
) -> Match:
    """`1,234` may be a list, and under a policy `1,5` a decimal."""
    comma = matcher.policies.decimal_comma
    lefts = [trees[0], *other_readings(texts[0], comma)]
    rights = [trees[1], *other_readings(texts[1], comma)]
    for at, left in enumerate(lefts):
        for bt, right in enumerate(rights):
            if (at or bt) and matcher.answers(left, right).same:
                return Match(True, "another reading of the comma")
    return first


_BARE_FRACTION = re.compile(r"\\frac\s*(?:\{([^{}]*)\}|(\w))\s*(?:\{([^{}]*)\}|(\w))")
_SINGLE = re.compile(r"([_^])\s*\{\s*(\w)\s*\}")


def _braced(text: str) -> str:
    """The text with each fraction's arguments in braces, and none around one sign of a script."""
    text = _BARE_FRACTION.sub(
        lambda m: rf"\frac{{{m[1] or m[2] or ''}}}{{{m[3] or m[4] or ''}}}", text[:MAX_CHARS]
    )
    return key(_SINGLE.sub(r"\1\2", text))


_DOLLARS = re.compile(r"\s*\$?\\?\$\s*\d[\d,.]*\$?\s*\Z")
_PRICE = re.compile(r"\s*\$?\\\$\s*\d[\d,.]*\$?\s*\Z|\s*\$\s*\d[\d,.]*\s*\Z")
_UNIT = re.compile(
    r"\d ?(?:\\(?:text|mathrm|mbox|textrm)\s*\{)? ?(?!per\b)([a-zA-Z][a-zA-Z ]{0,40})\}?"
    r"(?:\^\{?[23]\}?)?\Z"
)
_PROSE = re.compile(r"[^\d\\${}=^]*\Z")


def _is_prose(text: str) -> bool:
    """Four words or more, and no digit, command or formula."""
    return len(text) < 2000 and _PROSE.match(text) is not None and len(text.split()) >= 4


def _unparsed(a: str, b: str, left: Node | None, right: Node | None) -> Result:
    """At least one side is outside the grammar; plain prose still differs from a formula."""
    if _braced(a) == _braced(b):
        return Result(outcome="equal", rule="normalised string")
    for text, node, other in ((a, left, right), (b, right, left)):
        if node is None and other is not None and other.kind != "text" and _is_prose(text):
            return Result(outcome="different", rule="prose")
    return Result(outcome="undecided", rule="grammar", reason="unparsed")
