"""What kind of answer a tree is: its shape, with delimiters kept.

Everything here maps trees to trees and needs no other answer: time of day, plus-minus
written out, names taken off an equation, an inequality as an interval.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.parser import parse
from mmeval.answers.grammar.tree import Kind, Node, NotParsed, TooLarge, holds, names, num
from mmeval.answers.grammar.written_numbers import based

_TIME = re.compile(
    r"(\d{1,2})(?: ?: ?(\d\d))?(?: ?: ?(\d\d))? ?(?:([ap])\.? ?m\.?|(noon|midnight))?\Z", re.I
)
_TEXT_GROUP = re.compile(r"\\(?:text|mbox|mathrm|textbf|textrm|textnormal)\s*\{([^{}\\]*)\}")
_BASED = re.compile(r"([0-9]*[A-Z][0-9A-Z]*)_(?:\{(\d{1,2})\}|(\d{1,2}))\Z")
_CHOICE = re.compile(
    r"(?:\\(?:text|textbf|mathrm|mbox|textrm|mathbf)\s*\{\s*)?\(([A-J])\)(?:\s*\})?\s+(?=\S)"
    r"|(?:\\(?:text|textbf|mathrm|mbox|textrm|mathbf)\s*\{\s*)\(([A-J])\)\s*\}\s*(?=\S)"
)
_GROUP = re.compile(r"\d,[1-9]\d{2}(?!\d)")
_COMMA = re.compile(r"(?<![\d,.])(\d+),(\d+)(?![\d,.])")
_PM: frozenset[Kind] = frozenset({"pm", "mp"})
_NO_COMPUTATION: frozenset[Kind] = frozenset({"word", "call", "text", "rel"})
_LABELLED: frozenset[Kind] = frozenset({"label", "list"})
_SHAPED_INSIDE: frozenset[Kind] = frozenset({"cup", "cap", "minus", "ratio"})
_NAMES: frozenset[Kind] = frozenset({"sym", "word", "call"})
_OF_NAMES: frozenset[Kind] = frozenset({"seq", "list", "ratio", "div", "paren"})
_FLIP = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!=", "~": "~"}
_INFINITY = Node("sym", (), "oo")


@lru_cache(maxsize=16384)
def read(tidied: str, grouped: bool = True) -> Node:
    """The shaped tree of a tidied answer. Raises NotParsed or TooLarge."""
    if not tidied:
        raise NotParsed("an empty answer")
    special = _special(tidied)
    if special is not None:
        return special
    try:
        return shaped(parse(tidied, grouped))
    except RecursionError as error:
        raise TooLarge("nested too deep") from error


def other_readings(tidied: str, decimal_comma: bool) -> list[Node]:
    """The trees of the other ways to read commas between digits, where there are any."""
    readings = []
    if _GROUP.search(tidied):
        readings.append(_attempt(tidied, False))
    if decimal_comma and _COMMA.search(tidied):
        readings.append(_attempt(_COMMA.sub(r"\1.\2", tidied), True))
    return [node for node in readings if node is not None]


def _attempt(tidied: str, grouped: bool) -> Node | None:
    try:
        return read(tidied, grouped)
    except (NotParsed, TooLarge):
        return None


def _special(tidied: str) -> Node | None:
    """A choice with its letter, a time of day, or a number with letters for digits in a base."""
    choice = _CHOICE.match(tidied)
    if choice is not None and tidied[choice.end()] not in "_^,;=<>+-*/'&}":
        letter = Node("sym", (), choice[1] or choice[2])
        content = _attempt(tidied[choice.end() :], True)
        return Node("choice", (letter, content) if content is not None else (letter,))
    if len(tidied) > 60:
        return None
    plain = tidy(_TEXT_GROUP.sub(r" \1 ", tidied)) if "\\" in tidied else tidied
    clock = _TIME.match(plain)
    if clock and (clock[4] or clock[5] or clock[3]):
        return _time(clock)
    number = _BASED.match(plain.replace(" ", ""))
    if number and len(number[1]) > 1:
        try:
            return based(number[1], int(number[2] or number[3]))
        except (NotParsed, ValueError):
            return None
    return None


def _time(clock: re.Match[str]) -> Node | None:
    hour, minute, second = (int(clock[k] or 0) for k in (1, 2, 3))
    half = (clock[4] or "").lower()
    if clock[5]:
        half = "p" if clock[5].lower() == "noon" else "a"
    if hour > 24 or minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
        return None
    return Node("time", (num(hour), num(minute), num(second)), half)


def shaped(node: Node) -> Node:  # noqa: PLR0911 - one return a rule
    """The tree with its outer kind made plain, the same for each item of a collection."""
    match node.kind:
        case "paren":
            return shaped(node.args[0])
        case "deg":
            return Node("label", (shaped(node.args[0]),), "degrees")
        case "label":  # in `19 and 43 dollars` it is the unit of all of them
            inner = shaped(node.args[0])
            return inner if inner.kind in _LABELLED else Node("label", (inner,), node.value)
        case "list":
            return Node("list", _named_once(_spliced(node.args)), ",")
        case "set":
            return _signs_written_out(Node("set", _spliced(node.args), node.value))
        case "seq":
            items = tuple(shaped(each) for each in node.args)
            return _signs_written_out(Node("seq", items, node.value))
        case kind if kind in _SHAPED_INSIDE:
            return Node(kind, tuple(shaped(each) for each in node.args), node.value)
    return _signs_written_out(node)


def _named_once(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """`a = 4, -8, -10` are three values of a."""
    first, rest = items[0], items[1:]
    named = first.kind == "rel" and first.value == ("=",) and is_name(first.args[0])
    if named and rest and not any(each.kind == "rel" for each in rest):
        return (first.args[1], *rest)
    return items


def _spliced(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """The shaped items, and for one that is a list its own items."""
    flat: list[Node] = []
    for each in map(shaped, items):
        flat.extend(each.args if each.kind == "list" else (each,))
    return tuple(flat)


def _signs_written_out(node: Node) -> Node:
    """`1 \\pm \\sqrt{2}` as the two values; `\\mp` takes the other sign."""
    if not holds(node, _PM):
        return node
    return Node("list", (_signed(node, 1), _signed(node, -1)), ",")


def _signed(node: Node, sign: int) -> Node:
    if node.kind in _PM:
        inner = _signed(node.args[0], sign)
        return inner if (node.kind == "pm") == (sign > 0) else Node("neg", (inner,))
    if not node.args:
        return node
    return Node(node.kind, tuple(_signed(each, sign) for each in node.args), node.value)


def is_name(node: Node) -> bool:
    """Whether a tree only names what is asked for: `x`, `f(x)`, `(p, q)`, `AB : CD`."""
    if node.kind in _NAMES:
        return node.value not in ("pi", "e", "oo", "empty")
    if node.kind in _OF_NAMES:
        return all(is_name(each) for each in node.args)
    if node.kind == "mul" and len(node.args) == 2:
        # `P(x)`, or `S_{1} S_{2}`: letters only
        return all(is_name(each) for each in node.args)
    return node.kind == "text" and not any(c.isdigit() for c in str(node.value))


def stated_value(node: Node) -> Node | None:
    """What an equation, a computation or a membership states; None for another tree.

    `x = 5` states 5, `5 + 3 = 8` states 8, `\\frac{1}{3} \\approx 0.33` states 1/3.
    """
    if node.kind != "rel" or not isinstance(node.value, tuple):
        return None
    operators, operands = node.value, node.args
    if operators == ("in",):
        return shaped(operands[1])
    if any(each not in ("=", "~", "to") for each in operators):
        return None
    named = is_name(operands[0])
    if not named and ("to" in operators or not all(is_plain(each) for each in operands)):
        return None
    last = len(operands) - 1
    for at, operator in enumerate(operators):
        if operator == "~" and not (named and at == 0):
            last = at  # what precedes the first \\approx is exact
            break
    return shaped(operands[last])


def is_plain(node: Node) -> bool:
    """Whether no symbol but a constant occurs: a computation with numbers."""
    return not holds(node, _NO_COMPUTATION) and not names(node)


def as_interval(node: Node) -> tuple[Node, Node] | None:  # noqa: PLR0911 - one return a rule
    """(the variable, the interval) of `x \\ge 5` or `1 < x \\le 2`; else None."""
    if node.kind != "rel" or not isinstance(node.value, tuple):
        return None
    operators, operands = node.value, node.args
    if not set(operators) <= {"<", ">", "<=", ">="} or len(operators) > 2:
        return None
    if len(operators) == 1:
        if is_name(operands[1]) and not is_name(operands[0]):
            operands, operators = operands[::-1], (_FLIP[operators[0]],)
        if not is_name(operands[0]):
            return None
        return operands[0], _ray(operators[0], operands[1])
    low, middle, high = operands
    if operators[0][0] == ">" and operators[1][0] == ">":
        low, high, operators = high, low, (_FLIP[operators[1]], _FLIP[operators[0]])
    if not is_name(middle) and middle.kind != "abs":
        return None
    if operators[0][0] != "<" or operators[1][0] != "<":
        return None
    fence = ("[" if operators[0] == "<=" else "(") + ("]" if operators[1] == "<=" else ")")
    return middle, Node("seq", (low, high), fence)


def _ray(operator: str, bound: Node) -> Node:
    if operator[0] == ">":
        return Node("seq", (bound, _INFINITY), ("[" if operator == ">=" else "(") + ")")
    least = Node("neg", (_INFINITY,))
    return Node("seq", (least, bound), "(" + ("]" if operator == "<=" else ")"))


def as_products(node: Node) -> Node:
    """The tree with `2 \\frac{2}{3}` read as a product, for the policy that wants it."""
    kind: Kind = "mul" if node.kind == "mixed" else node.kind
    return Node(kind, tuple(as_products(each) for each in node.args), node.value, node.places)
