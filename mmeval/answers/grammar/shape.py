"""What kind of answer a tree is: its shape, with delimiters kept.

Everything here maps trees to trees and needs no other answer: time of day, plus-minus
written out, names taken off an equation, an inequality as an interval.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.parser import parse
from mmeval.answers.grammar.tree import Kind, Node, NotParsed, TooLarge, holds, names, num
from mmeval.answers.grammar.units import quantity
from mmeval.answers.grammar.vocabulary import date_parts, spelled_value
from mmeval.answers.grammar.written_numbers import based

_TIME = re.compile(
    r"(\d{1,2})(?: ?: ?(\d\d))?(?: ?: ?(\d\d))? ?(?:([ap])\.? ?m\.?|(noon|midnight))?\Z", re.I
)
_NAMED_HOUR = re.compile(r"(?:12 )?(noon|midnight)\Z", re.I)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_TEXT_GROUP = re.compile(r"\\(?:text|mbox|mathrm|textbf|textrm|textnormal)\s*\{([^{}\\]*)\}")
_BASED = re.compile(r"([0-9]*[A-Z][0-9A-Z]*|[0-9]+[a-f][0-9a-f]*)_(?:\{(\d{1,2})\}|(\d{1,2}))\Z")
_CHOICE = re.compile(
    r"(?:\\(?:text|textbf|mathrm|mbox|textrm|mathbf)\s*\{\s*)?\(([A-J])\)(?:\s*\})?\s+(?=\S)"
    r"|(?:\\(?:text|textbf|mathrm|mbox|textrm|mathbf)\s*\{\s*)\(([A-J])\)\s*\}\s*(?=\S)"
)
_STYLE = r"\\(?:text|textbf|mathrm|mbox|textrm|mathbf|textit|bf|rm)\s*\{"
_UPRIGHT = re.compile(_STYLE + r"([^{}\\]*)\}")
_LETTER = re.compile(
    r"([A-J])(?:\s*[.):\u3001](?:\s+|(?=[\d\\$(-])|\Z)|\)\s*)(.*)\Z"
    r"|(?:[Oo]ption|[Cc]hoice|[Aa]nswer|[Ll]etter)\s*\(?([A-J])\)?\s*[.:]?(?:\s+(.+))?\Z",
    re.DOTALL,
)
_SPACED_LETTER = re.compile(r"\s*" + _STYLE + r"\s*\(?([A-J])\)?[.:]?\s*\}\s+(?=[\d\\])")
_PREFIX = re.compile(
    r"(?:" + _STYLE + r"\s*)?(?:(?:the )?(?:final |correct )?[Aa]nswer(?: is)?\s*[:=]?|(?:[Tt]he )?"
    r"(?:final |correct )?[Aa]nswer is|about|approximately|approx\.?|roughly|around"
    r"|(?:Total|Result|Value|Sum|Solution|Final|Area|Number|Probability|Count|Ans)\s*:)\s*\}?\s*(?=[\d\\$(\[.a-zA-Z+-])"
)
"""What announces an answer and is no part of it."""
_NAMED_VALUE = re.compile(
    r"(?:\\(?:sum|int|lim|prod|oint|iint|max|min|sup|inf|limsup|liminf|Pr|operatorname|det|log"
    r"|deg|dim|arg|gcd|text|mathrm|mathbb|mathbf|mathcal|left\||partial|nabla|Delta)(?![a-zA-Z])"
    r"|(?:[A-Z]|Pr|Var|Cov|[fgh])'*(?:_\{?\w+\}?)?(?:\^\{?[-\w()]+\}?)?\s*[(\[|]"
    r"|[a-zA-Z]+_\{?\\|\|)"
)
"""What may stand before `=` without being read: a sum, a probability, a maximum."""
_BASE_WORDS = re.compile(r"([0-9A-Fa-f]+) ?\(?(?:in )?base[ -]?(\d{1,2})\)?\Z")
_AND_A_HALF = re.compile(r"(-?\d+) and (?:a|one|1) (half|third|quarter)\b ?(.*)\Z")
_MEASURE = re.compile(r"(\d+(?:\.\d+)?) ?([a-zA-Z]+)\.?")
_MEASURES = re.compile(
    r"\d+(?:\.\d+)? ?[a-zA-Z]+\.?(?:,? (?:and )?\d+(?:\.\d+)? ?[a-zA-Z]+\.?){1,3}\Z"
)
_COUNTED = re.compile(r"(\d{1,6}) (\d+-[a-z]+) ([a-z][a-z ]*)\Z")
"""`12 20-dollar notes`."""
_PREFIXED = re.compile(r"0(?:[xX]([0-9a-fA-F]+)|[bB]([01]+)|[oO]([0-7]+))\Z")
_OUTWARD = re.compile(r"\]([^\[\](){},]+)[,;]([^\[\](){},]+)\[\Z")
_TRANSPOSED = re.compile(r"(.*[\])}])\s*\^\s*\{?\s*(?:T|\\top|\\mathrm\{T\}|\\text\{T\})\s*\}?\Z")
_SPACED_UNIT = re.compile(
    r"(.*\d) ([mgsLlNJWVAKCFT]|[A-Z]{3}|[a-z][aeiou][a-z]?|[aeiou][a-z]{1,2}|[a-z]{2}[aeiou])\Z",
    re.DOTALL,
)
_FIRST_LETTERS = frozenset("abcde")
_NO_UNITS = frozenset({"mil", "mio", "ln", "exp", "log", "and", "or", "pi", "if", "as", "is"})
_GROUP = re.compile(r"\d,[1-9]\d{2}(?!\d)")
_COMMA = re.compile(r"(?<![\d,.])(\d+),(\d+)(?![\d,.])")
_PM: frozenset[Kind] = frozenset({"pm", "mp"})
_NO_COMPUTATION: frozenset[Kind] = frozenset({"word", "call", "text", "rel"})
_LABELLED: frozenset[Kind] = frozenset({"label", "list"})
_SHAPED_INSIDE: frozenset[Kind] = frozenset({"cup", "cap", "minus", "ratio"})
_NAMES: frozenset[Kind] = frozenset({"sym", "word", "call"})
_OF_NAMES: frozenset[Kind] = frozenset({"seq", "list", "ratio", "div", "paren"})
_FLIP = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!=", "~": "~"}
_REALS = Node("sym", (), "bbR")
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
        return shaped(_parsed(tidied, grouped))
    except RecursionError as error:
        raise TooLarge("nested too deep") from error


def _parsed(tidied: str, grouped: bool) -> Node:
    """The tree; of an equation whose left side is not read, that of the rest under its name."""
    sides = _opaque_name(tidied)
    if sides is not None:
        return sides
    try:
        return parse(tidied, grouped)
    except NotParsed:
        by_lines = _by_lines(tidied)
        if by_lines is None:
            raise
        return by_lines


def _by_lines(tidied: str) -> Node | None:
    """Values in lines of their own, as blanks in a row are all that is left of the lines."""
    named = _equation(tidied)
    if named is None or not _NAMED_VALUE.match(named[0]):
        return None
    return _stating(*named)


def _opaque_name(tidied: str) -> Node | None:
    """`P(X=2)=\\frac13`, `\\sum_{i=1}^n i=55`: the left side is a name, whatever it says."""
    named = _equation(tidied) if "=" in tidied else None
    if named is None or not _OPAQUE.match(named[0]):
        return None
    return _stating(*named)


_OPAQUE = re.compile(
    r"\\(?:sum|int|lim|prod)(?![a-zA-Z])|\\(?:min|max)\s*\Z"
    r"|(?:[A-Z]|Pr|Var|Cov|[fgh](?=['^]))'*(?:_\{?\w+\}?)?(?:\^\{?-1\}?)?\s*\((?![^()]*,).*\)\s*\Z"
    r"|[a-zA-Z]\^\{?-1\}?\(.*\)\s*\Z",
    re.DOTALL,
)


def _equation(tidied: str) -> tuple[str, str] | None:
    """The two sides of the first `=` outside all brackets."""
    depth = 0
    for at, sign in enumerate(tidied):
        depth += (sign in "({[") - (sign in ")}]")
        if not depth and sign == "=" and 0 < at < 200:
            return (tidied[:at].strip(), tidied[at + 1 :].strip()) if at + 1 < len(tidied) else None
        if not depth and sign in ",;<>":
            return None
    return None


def _stating(name: str, rest: str) -> Node | None:
    try:
        value = parse(rest)
    except NotParsed:
        return None
    label = None
    if value.kind == "label":
        value, label = value.args[0], value.value
    left = Node("sym", (), "".join(name.split()))
    if value.kind == "rel" and isinstance(value.value, tuple):
        stated = Node("rel", (left, *value.args), ("=", *value.value))
    elif value.kind == "list":
        return None
    else:
        stated = Node("rel", (left, value), ("=",))
    return stated if label is None else Node("label", (stated,), label)


def other_readings(tidied: str, decimal_comma: bool) -> list[Node]:
    """The trees of the other ways to read commas between digits, and one letter behind a number
    (`5 m`), where there are any."""
    readings = []
    if _GROUP.search(tidied):
        readings.append(_attempt(tidied, False))
    if decimal_comma and _COMMA.search(tidied):
        readings.append(_attempt(_COMMA.sub(r"\1.\2", tidied), True))
    unit = _SPACED_UNIT.match(tidied)
    if unit and not set(unit[2]) <= _FIRST_LETTERS and unit[2] not in _NO_UNITS:
        readings.append(_attempt(rf"{unit[1]}\text{{ {unit[2]}}}", True))
    return [node for node in readings if node is not None]


def _attempt(tidied: str, grouped: bool) -> Node | None:
    try:
        return read(tidied, grouped)
    except (NotParsed, TooLarge):
        return None


def _special(tidied: str) -> Node | None:  # noqa: PLR0911 - one return a form
    """A choice with its letter, a time of day, or a number with letters for digits in a base."""
    choice = _CHOICE.match(tidied)
    if choice is not None and tidied[choice.end()] not in "_^,;=<>+-*/'&}":
        letter = Node("sym", (), choice[1] or choice[2])
        content = _attempt(tidied[choice.end() :], True)
        return Node("choice", (letter, content) if content is not None else (letter,))
    lettered = _lettered(tidied)
    if lettered is not None:
        return lettered
    announced = _PREFIX.match(tidied) if tidied[0] == "\\" or tidied[0].isalpha() else None
    if (
        announced is not None
        and announced.end() < len(tidied)
        and not _NEGATION.search(announced[0])
    ):
        return _attempt(tidied[announced.end() :], True)
    turned = _TRANSPOSED.match(tidied) if "T" in tidied or "top" in tidied else None
    if turned is not None:
        return _transposed(_attempt(turned[1], True))
    if len(tidied) > 60:
        return None
    plain = tidy(_TEXT_GROUP.sub(r" \1 ", tidied)) if "\\" in tidied else tidied
    other = _other_number(plain) if plain else None
    if other is not None:
        return other
    clock = _TIME.match(plain)
    if clock and (clock[4] or clock[5] or clock[3]):
        return _time(clock)
    number = _BASED.match(plain.replace(" ", ""))
    if number and len(number[1]) > 1:
        try:
            return based(number[1].upper(), int(number[2] or number[3]))
        except (NotParsed, ValueError):
            return None
    return None


_NEGATION = re.compile(r"\b(?:not|no|never|wrong|incorrect|false)\b", re.I)


def _lettered(tidied: str) -> Node | None:
    """A choice's letter with a mark or its content: `A.`, `A) 5`, `\\text{A: }5`, `option A`."""
    first = tidied.lstrip("\\ {(")[:1]
    if not ("A" <= first <= "J" or first in "oOclLatbmr"):
        return None
    spaced = _SPACED_LETTER.match(tidied)
    if spaced is not None:
        return _chosen(spaced[1], tidied[spaced.end() :])
    plain = tidied
    if "\\" in tidied:
        plain = _UPRIGHT.sub(r"\1", tidied, count=1).strip()
    match = _LETTER.match(plain)
    if match is None:
        bracketed = _CHOICE.match(plain) if plain != tidied else None
        return None if bracketed is None else _chosen(bracketed[1], plain[bracketed.end() :])
    return _chosen(match[1] or match[3], (match[2] or match[4] or "").strip())


def _chosen(letter: str, content: str) -> Node | None:
    if not content:
        return Node("sym", (), letter)
    if content[0] in "_^,;=<>+-*/'&}" or "=" in content[:4]:
        return None
    if content[0].islower() and len(content.split()) > 3:  # `D. it can't be A`
        return None
    node = _attempt(tidy(content), True)
    choice = Node("sym", (), letter)
    return Node("choice", (choice, node) if node is not None else (choice,))


def _transposed(node: Node | None) -> Node | None:
    """A matrix turned; a tuple is a column as well as a row."""
    if node is None or node.kind == "seq":
        if node is None or not all(each.kind == "seq" for each in node.args):
            return node
        node = Node("matrix", tuple(Node("row", each.args) for each in node.args))
    if node.kind != "matrix" or len({len(row.args) for row in node.args}) != 1:
        return None
    columns = zip(*(row.args for row in node.args), strict=True)
    return Node("matrix", tuple(Node("row", cells) for cells in columns))


def _other_number(plain: str) -> Node | None:  # noqa: PLR0911 - one return a form
    """`0x1F`, `101 base 2`, `5 and a half hours`, `]1,2[`, a date or `noon`."""
    if plain[0] == "]" and (open_ends := _OUTWARD.match(plain)) is not None:
        return _attempt(f"({open_ends[1]},{open_ends[2]})", True)
    if "\\" in plain or not (plain[-1].isalnum() or plain[-1] == ")"):
        return None
    marked = _PREFIXED.match(plain) if plain[0] == "0" else None
    if marked is not None:
        digits = next(each for each in marked.groups() if each)
        return num(int(digits, 16 if marked[1] else 2 if marked[2] else 8))
    parts = _MEASURES.match(plain) if plain[-1].isalpha() or plain[-1] == "." else None
    if parts is not None:
        return _summed(plain)
    in_base = _BASE_WORDS.match(plain) if "base" in plain else None
    if in_base is not None:
        try:
            value = based(in_base[1].upper(), int(in_base[2]))
            return Node("label", (value,), f"base {in_base[2]}")
        except (NotParsed, ValueError):
            return None
    counted = _COUNTED.match(plain) if "-" in plain else None
    if counted is not None:
        return Node("label", (num(int(counted[1])),), f"{counted[2]} {counted[3]}")
    half = _AND_A_HALF.match(plain) if " and " in plain else None
    if half is not None:
        share = Fraction(1, {"half": 2, "third": 3, "quarter": 4}[half[2]])
        whole = int(half[1])
        value = num(whole + share if whole >= 0 else whole - share)
        return Node("label", (value,), half[3]) if half[3] else value
    if _ISO_DATE.match(plain) or (plain[-1:].isalnum() and _is_words(plain)):
        return Node("text", (), plain)
    hour = _NAMED_HOUR.match(plain)
    if hour is not None:
        return Node("time", (num(12), num(0), num(0)), "p" if hour[1].lower() == "noon" else "a")
    return None


def _summed(plain: str) -> Node | None:
    """`5 feet 6 inches`, `1 hour and 30 minutes` in the unit that is named first."""
    found = [(Fraction(m[1]), quantity(m[2])) for m in _MEASURE.finditer(plain)]
    first = before = found[0][1]
    total = Fraction(0)
    for at, (count, unit) in enumerate(found):
        if first is None or unit is None or before is None or unit[0] != first[0]:
            return None
        if at and unit[1] >= before[1]:
            return None  # `5 m and 6 m` are two
        before = unit
        total += count * unit[1] / first[1]
    label = _MEASURE.match(plain)
    return None if label is None else Node("label", (num(total),), label[2])


def _is_words(plain: str) -> bool:
    """`5 March` and `one and a half`, which are no label and no list."""
    if any(sign.isdigit() for sign in plain):
        return date_parts(plain) is not None
    return " and " in plain and spelled_value(plain) is not None


def _time(clock: re.Match[str]) -> Node | None:
    hour, minute, second = (int(clock[k] or 0) for k in (1, 2, 3))
    half = (clock[4] or "").lower()
    if clock[5]:
        half = "p" if clock[5].lower() == "noon" else "a"
    if hour > 24 or minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
        return None
    return Node("time", (num(hour), num(minute), num(second)), half)


def shaped(node: Node) -> Node:  # noqa: PLR0911, PLR0912 - one return a rule
    """The tree with its outer kind made plain, the same for each item of a collection."""
    match node.kind:
        case "paren":
            return shaped(node.args[0])
        case "deg":
            return Node("label", (shaped(node.args[0]),), "degrees")
        case "builder":
            return _built(node)
        case "point":
            return Node("point", (shaped(node.args[0]),), node.value)
        case "label":  # in `19 and 43 dollars` it is the unit of all of them
            inner = shaped(node.args[0])
            return inner if inner.kind in _LABELLED else Node("label", (inner,), node.value)
        case "list":
            joined = node.value if node.value in ("and", "or") else ","
            items = _among_reals(_named_once(_spliced(node.args)))
            return Node("list", items, joined) if len(items) > 1 else items[0]
        case "set":
            items = _spliced(node.args)
            if items == (Node("sym", (), "empty"),):
                return Node("set", (Node("set", ()),))  # what holds the empty set is not empty
            return _signs_written_out(Node("set", items, node.value))
        case "seq" if any(holds(each, _PM) for each in node.args):
            return _signs_written_out(node)
        case "seq":
            items = tuple(shaped(each) for each in node.args)
            return _signs_written_out(Node("seq", items, node.value))
        case kind if kind in _SHAPED_INSIDE:
            return Node(kind, tuple(shaped(each) for each in node.args), node.value)
        case "fn" if node.value == "transpose":
            return node
        case kind if kind in _SUMS and holds(node, _DEG):
            plain, found = _without_degrees(node)
            if found and not holds(plain, _DEG):
                return Node("label", (_signs_written_out(plain),), "degrees")
    return _signs_written_out(node)


_SUMS: frozenset[Kind] = frozenset({"add", "neg", "mul", "div", "mixed", "pm", "mp"})
_DEG: frozenset[Kind] = frozenset({"deg"})


def _without_degrees(node: Node) -> tuple[Node, bool]:
    """`180° - 2x` without its sign, and whether one stood in a sum and not in a function."""
    if node.kind == "deg":
        return node.args[0], True
    if node.kind not in _SUMS and node.kind != "paren":
        return node, False
    parts = [_without_degrees(each) for each in node.args]
    args = tuple(part for part, _ in parts)
    return Node(node.kind, args, node.value, node.places, node.height), any(f for _, f in parts)


def _built(node: Node) -> Node:
    """`\\{x \\mid x > 2\\}` is its condition, where that says something of x alone."""
    members, condition = node.args
    if members.kind == "rel" and members.value == ("in",):
        members = members.args[0]
    alone = members.kind == "sym" and names(condition) <= {str(members.value)}
    return shaped(condition) if alone and condition.kind in ("rel", "list") else node


def _named_once(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """`a = 4, -8, -10` are three values of a."""
    first, rest = items[0], items[1:]
    named = first.kind == "rel" and first.value == ("=",) and is_name(first.args[0])
    if named and rest and not any(each.kind == "rel" for each in rest):
        return (first.args[1], *rest)
    return items


def _among_reals(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """`x \\in \\mathbb{R}, x \\ne 2` without what goes without saying."""
    rest = tuple(each for each in items if not (each.kind == "rel" and each.args[1:] == (_REALS,)))
    others = rest and all(each.kind == "rel" for each in rest)
    return rest if others and len(rest) < len(items) else items


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
    if node.kind == "point":
        return True
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
    named = is_name(operands[0]) or (
        _is_asked(operands[0]) and is_plain(operands[-1]) and operands[-1] != num(0)
    )
    if not named and ("to" in operators or not all(is_plain(each) for each in operands)):
        return None
    last = len(operands) - 1
    for at, operator in enumerate(operators):
        if operator == "~" and not (named and at == 0):
            last = at  # what precedes the first \\approx is exact
            break
    return shaped(operands[last])


_ASKED: frozenset[Kind] = frozenset({"fn", "abs", "call", "prime", "point"})


def _is_asked(node: Node) -> bool:
    """Whether the left side of an equation is what is asked for and no unknown of its own.

    `m + n`, `100a + b`, `AB^2`, `|AB|`, `\\tan A`; but not `x^2` or `2x`, which are to be solved.
    """
    if holds(node, _NO_VALUE):
        return False
    return node.kind in _ASKED or len(names(node)) > 1


_NO_VALUE: frozenset[Kind] = frozenset({"text", "rel", "list", "set", "seq", "matrix"})


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
