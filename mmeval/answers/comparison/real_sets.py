"""Sets of real numbers as disjoint intervals: unions that join, complements, conditions on x."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mmeval.answers.comparison.match import Comparing, Match, every
from mmeval.answers.comparison.refute import real_value
from mmeval.answers.grammar.shape import as_interval, is_name, shaped
from mmeval.answers.grammar.tree import Kind, Node, names, num

_OPERATIONS: frozenset[Kind] = frozenset({"cup", "cap", "minus"})
_NEAR = Fraction(1, 10**24)
_MAX_PARTS = 40


@dataclass(frozen=True, slots=True)
class _End:
    """One end of an interval."""

    at: Fraction | None
    """Its value to 30 digits; None where there is none: an infinity."""
    node: Node | None
    closed: bool


@dataclass(frozen=True, slots=True)
class _Interval:
    low: _End
    high: _End


_OPEN_LOW = _OPEN_HIGH = _End(None, None, False)
_ALL = [_Interval(_OPEN_LOW, _OPEN_HIGH)]


class _NoSet(ValueError):
    """The tree is no set of real numbers that can be worked out."""


def same_sets(matcher: Comparing, a: Node, b: Node) -> Match | None:
    """Whether two answers are one set of reals; None where one is no set that is understood, or
    neither says that it is one: `(1,2)` may be a point."""
    try:
        if not (_surely(a) or _surely(b)):
            return None
        (left, one), (right, other) = _set(matcher, a), _set(matcher, b)
        if one is not None and other is not None and one != other:
            return None
        return _same(matcher, _joined(matcher, left), _joined(matcher, right))
    except _NoSet:
        return None


def _surely(node: Node) -> bool:
    if node.kind == "rel":
        return isinstance(node.value, tuple) and set(node.value) <= {"<", ">", "<=", ">=", "!="}
    if node.kind == "list":
        return node.value in ("and", "or") and all(_surely(each) for each in node.args)
    if node.kind == "seq":
        return len(node.args) == 2 and (node.value in ("[)", "(]") or _endless(node))
    return node.kind in _OPERATIONS or _is_all(node) or node.kind == "add"


def _is_all(node: Node) -> bool:
    return node.kind == "sym" and node.value == "bbR"


def _endless(node: Node) -> bool:
    return any(_end(each, closed=False).at is None for each in node.args if not names(each))


def _set(matcher: Comparing, node: Node) -> tuple[list[_Interval], str | None]:  # noqa: PLR0911 - one return a kind
    """(its intervals, the name of its variable or None). Raises _NoSet."""
    if _is_all(node):
        return _ALL, None
    match node.kind:
        case "sym" if node.value == "empty":
            return [], None
        case "paren":
            return _set(matcher, shaped(node))
        case "seq" if len(node.args) == 2 and str(node.value) in ("()", "[]", "(]", "[)"):
            return [_interval(node)], None
        case "set":
            return [_point(each) for each in node.args], None
        case "add" if len(node.args) == 2 and node.args[1].kind == "neg":
            return _combined(matcher, "minus", (node.args[0], node.args[1].args[0]))
        case "cup" | "cap" | "minus":
            return _combined(matcher, node.kind, node.args)
        case "list" if node.value in ("and", "or") and len(node.args) > 1:
            if not all(each.kind == "rel" for each in node.args):
                raise _NoSet
            return _combined(matcher, "cup" if node.value == "or" else "cap", node.args)
        case "rel" if matcher.policies.interval_relation == "same":
            return _satisfying(matcher, node)
    raise _NoSet


def _combined(
    matcher: Comparing, kind: str, parts: tuple[Node, ...]
) -> tuple[list[_Interval], str | None]:
    found = [_set(matcher, shaped(each)) for each in parts]
    variables = {name for _, name in found if name is not None}
    if len(variables) > 1 or sum(len(each) for each, _ in found) > _MAX_PARTS:
        raise _NoSet
    total = found[0][0]
    for more, _ in found[1:]:
        if kind == "cup":
            total = [*total, *more]
        else:
            removed = more if kind == "minus" else _complement(_joined(matcher, more))
            for each in _joined(matcher, removed):
                total = [part for one in total for part in _without(one, each)]
    return total, variables.pop() if variables else None


def _satisfying(matcher: Comparing, node: Node) -> tuple[list[_Interval], str]:
    operators, operands = node.value, node.args
    assert isinstance(operators, tuple)
    if operators == ("in",) and operands[0].kind == "sym":
        return _set(matcher, shaped(operands[1]))[0], str(operands[0].value)
    if len(operators) == 1 and operators[0] != "=":
        left, right = operands
        operator = operators[0]
        if right.kind == "abs" or (is_name(right) and not is_name(left)):
            flipped = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
            left, right, operator = right, left, flipped.get(operator, operator)
        if left.kind == "abs":
            return _band(left.args[0], operator, right)
        if operator == "!=" and left.kind == "sym":
            values = right.args if right.kind == "list" else (right,)
            points = [_point(each) for each in values]
            return _complement(_joined(matcher, points)), str(left.value)
    if set(operators) <= {"<", ">", "<=", ">="}:
        bounded = as_interval(node)
        if bounded is not None and bounded[0].kind == "sym":
            return [_interval(bounded[1])], str(bounded[0].value)
    raise _NoSet


def _band(inner: Node, operator: str, bound: Node) -> tuple[list[_Interval], str]:
    """`|x - 1| < 2`, `|x| \\ge 3`."""
    variable, middle = inner, num(0)
    if inner.kind == "add" and len(inner.args) == 2 and inner.args[0].kind == "sym":
        variable, middle = inner.args[0], Node("neg", (inner.args[1],))
    if variable.kind != "sym" or operator not in ("<", "<=", ">", ">="):
        raise _NoSet
    size = _end(bound, closed=False)
    if size.at is None or size.at <= 0:
        raise _NoSet
    closed = operator in ("<=", ">")  # of the band itself; outside it is the other way round
    low = Node("add", (middle, Node("neg", (bound,))))
    high = Node("add", (middle, bound))
    band = _Interval(_end(low, closed), _end(high, closed))
    outside = operator[0] == ">"
    return (_complement([band]) if outside else [band]), str(variable.value)


def _end(node: Node, closed: bool) -> _End:
    """Raises _NoSet where it is no real number."""
    core, sign = node, 1
    if core.kind == "neg":
        core, sign = core.args[0], -1
    if core.kind == "sym" and core.value == "oo":
        return _End(None, Node("num", (), Fraction(sign)), False)
    value = None if names(node) else real_value(node)
    if value is None:
        raise _NoSet
    return _End(value, node, closed)


def _interval(node: Node) -> _Interval:
    fence = str(node.value)
    low, high = (_end(shaped(each), False) for each in node.args)
    if low.at is None and low.node is not None and low.node.value != -1:
        raise _NoSet
    if high.at is None and high.node is not None and high.node.value != 1:
        raise _NoSet
    if low.at is not None and high.at is not None and low.at > high.at - _NEAR and fence != "[]":
        raise _NoSet
    return _Interval(
        _End(
            low.at, low.node if low.at is not None else None, fence[0] == "[" and low.at is not None
        ),
        _End(
            high.at,
            high.node if high.at is not None else None,
            fence[1] == "]" and high.at is not None,
        ),
    )


def _point(node: Node) -> _Interval:
    end = _end(shaped(node), closed=True)
    if end.at is None:
        raise _NoSet
    return _Interval(end, end)


def _complement(parts: list[_Interval]) -> list[_Interval]:
    """Of disjoint intervals in order."""
    left: list[_Interval] = list(_ALL)
    for each in parts:
        left = [part for one in left for part in _without(one, each)]
    return left


def _without(one: _Interval, removed: _Interval) -> list[_Interval]:
    kept = []
    if removed.low.at is not None:
        end = _End(removed.low.at, removed.low.node, not removed.low.closed)
        kept.append(_Interval(one.low, _least(one.high, end)))
    if removed.high.at is not None:
        end = _End(removed.high.at, removed.high.node, not removed.high.closed)
        kept.append(_Interval(_greatest(one.low, end), one.high))
    return [each for each in kept if _holds_some(each)]


def _holds_some(each: _Interval) -> bool:
    low, high = each.low, each.high
    if low.at is None or high.at is None:
        return True
    if abs(low.at - high.at) < _NEAR:
        return low.closed and high.closed
    return low.at < high.at


def _least(a: _End, b: _End) -> _End:
    """The lower of two upper ends."""
    if a.at is None or b.at is None:
        return b if a.at is None else a
    if abs(a.at - b.at) < _NEAR:
        return a if not a.closed else b
    return a if a.at < b.at else b


def _greatest(a: _End, b: _End) -> _End:
    """The higher of two lower ends."""
    if a.at is None or b.at is None:
        return b if a.at is None else a
    if abs(a.at - b.at) < _NEAR:
        return a if not a.closed else b
    return a if a.at > b.at else b


def _joined(matcher: Comparing, parts: list[_Interval]) -> list[_Interval]:
    """In order, with what overlaps or touches joined. Raises _NoSet where that is not known."""
    parts = [each for each in parts if _holds_some(each)]
    if len(parts) > _MAX_PARTS:
        raise _NoSet
    low = [each for each in parts if each.low.at is None]
    rest = sorted(
        (each for each in parts if each.low.at is not None),
        key=lambda each: (each.low.at, not each.low.closed),
    )
    joined: list[_Interval] = []
    for each in [*low, *rest]:
        if joined and _touches(matcher, joined[-1].high, each.low):
            joined[-1] = _Interval(joined[-1].low, _higher(joined[-1].high, each.high))
        else:
            joined.append(each)
    return joined


def _touches(matcher: Comparing, high: _End, low: _End) -> bool:
    if high.at is None or low.at is None:
        return True
    if abs(high.at - low.at) >= _NEAR:
        return low.at < high.at
    assert high.node is not None and low.node is not None
    if matcher.scalars(high.node, low.node).same is not True:
        raise _NoSet  # 24 digits agree, and nobody knows the rest
    return high.closed or low.closed


def _higher(a: _End, b: _End) -> _End:
    if a.at is None or b.at is None:
        return a if a.at is None else b
    if abs(a.at - b.at) < _NEAR:
        return a if a.closed else b
    return a if a.at > b.at else b


def _same(matcher: Comparing, a: list[_Interval], b: list[_Interval]) -> Match:
    if len(a) != len(b):
        return Match(False, "real set")
    ends = [pair for x, y in zip(a, b, strict=True) for pair in ((x.low, y.low), (x.high, y.high))]
    return every((_same_end(matcher, x, y) for x, y in ends), "real set")


def _same_end(matcher: Comparing, a: _End, b: _End) -> Match:
    if a.node is None or b.node is None or a.closed != b.closed:
        same = a.node is None and b.node is None and a.at is None and b.at is None
        return Match(same, "real set")
    return matcher.scalars(a.node, b.node)
