"""Equations and inequalities against each other."""

from __future__ import annotations

from fractions import Fraction

from mmeval.answers.comparison import polynomials
from mmeval.answers.comparison.exact_values import Values
from mmeval.answers.comparison.groups import interval_of_relation
from mmeval.answers.comparison.match import Comparing, Match, every
from mmeval.answers.comparison.polynomials import Budget, UsedUp
from mmeval.answers.comparison.quotients import Exact, minus
from mmeval.answers.grammar.shape import as_interval, is_name, shaped, stated_value
from mmeval.answers.grammar.tree import Node, NotParsed, TooLarge, names

_FLIP = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def relations(matcher: Comparing, a: Node, b: Node) -> Match:
    """Whether two relations are equivalent."""
    for left, right in ((a, b), (_turned(a), b)):
        if left is not None and left.value == right.value and len(left.args) == len(right.args):
            pairs = zip(left.args, right.args, strict=True)
            match = every([matcher.answers(shaped(x), shaped(y)) for x, y in pairs], "relation")
            if match.same:
                return match
    banded = _band(matcher, a, b) or _band(matcher, b, a)
    if banded is not None:
        return banded
    if _states(a) and _states(b):
        return _statements(matcher, a, b)
    if len(a.args) == len(b.args) == 2 and matcher.policies.equation_form == "solutions":
        return _proportional(matcher, a, b)
    intervals = as_interval(a), as_interval(b)
    if intervals[0] and intervals[1]:
        same_name = matcher.answers(intervals[0][0], intervals[1][0])
        inner = matcher.answers(intervals[0][1], intervals[1][1])
        return every([same_name, inner], "interval")
    strict = matcher.policies.equation_form == "strict"
    return Match(False if strict or a.value != b.value else None, "relation")


def _turned(node: Node) -> Node | None:
    """The relation read from right to left; None where that is no relation."""
    assert isinstance(node.value, tuple)
    if any(each in ("in", "to") for each in node.value):
        return None
    operators = tuple(_FLIP.get(each, each) for each in reversed(node.value))
    return Node("rel", node.args[::-1], operators)


def _band(matcher: Comparing, a: Node, b: Node) -> Match | None:
    """`x \\ge 5` against `x \\in [5, \\infty)`; None when they are not of these kinds."""
    interval, members = as_interval(a), stated_value(b) if b.value == ("in",) else None
    if interval is None or members is None or matcher.policies.interval_relation == "strict":
        return None
    return interval_of_relation(matcher, interval, members)


def _states(node: Node) -> bool:
    return stated_value(node) is not None and is_name(node.args[0])


def _statements(matcher: Comparing, a: Node, b: Node) -> Match:
    """`x = 4` against `y = 4`: names, then values."""
    left, right = stated_value(a), stated_value(b)
    assert left is not None and right is not None
    a, b = _one_argument(a, b)
    left, right = stated_value(a), stated_value(b)
    assert left is not None and right is not None
    values = matcher.answers(left, right)
    names = matcher.answers(shaped(a.args[0]), shaped(b.args[0]))
    if matcher.policies.equation_names == "ignore" or names.same or _curve(a, b):
        return Match(values.same, "equation, " + values.rule)
    if values.same is False and len(a.args) > 2:
        return Match(False, "equation")
    if len(a.args) == len(b.args) == 2 and matcher.policies.equation_form == "solutions":
        return _proportional(matcher, a, b)
    return Match(False, "equation names")


def _one_argument(a: Node, b: Node) -> tuple[Node, Node]:
    """`f(x) = x^2` and `f(t) = t^2` with one letter for the argument."""
    calls = a.args[0], b.args[0]
    if any(each.kind != "call" or each.args[0].kind != "sym" for each in calls):
        return a, b
    letters = [str(each.args[0].value) for each in calls]
    if letters[0] == letters[1] or any(x in names(y) for x, y in zip(letters, (b, a), strict=True)):
        return a, b
    return a, _renamed(b, letters[1], letters[0])


def _renamed(node: Node, old: str, new: str) -> Node:
    if node.kind == "sym" and node.value == old:
        return Node("sym", (), new)
    args = tuple(_renamed(each, old, new) for each in node.args)
    return Node(node.kind, args, node.value, node.places, node.height)


def _curve(a: Node, b: Node) -> bool:
    """Whether one is `y = ...` and the other `f(x) = ...`."""
    left, right = a.args[0], b.args[0]
    if left.kind == "sym":
        left, right = right, left
    return left.kind == "call" and left.args[0] == Node("sym", (), "x") and right == _Y


_Y = Node("sym", (), "y")


def _proportional(matcher: Comparing, a: Node, b: Node) -> Match:
    """Whether both say `f op 0` with one f up to a rational factor of the right sign."""
    assert isinstance(a.value, tuple) and isinstance(b.value, tuple)
    values = matcher.values
    try:
        left, right = _difference(values, a), _difference(values, b)
        operators = [each.replace(">", "<") for each in (a.value[0], b.value[0])]
        if operators[0] != operators[1]:
            return Match(False, "relation")
        if left.bottom != right.bottom:
            return Match(None, "relation")
        factor = _factor(left.top, right.top)
    except UsedUp:
        raise
    except (NotParsed, TooLarge):
        return Match(None, "relation")
    if factor is None:
        complete = polynomials.is_complete(left.top) and polynomials.is_complete(right.top)
        return Match(False if complete else None, "relation")
    return Match(factor > 0 or a.value[0] in ("=", "!="), "relation up to a factor")


def _difference(values: Values, node: Node) -> Exact:
    assert isinstance(node.value, tuple)
    if node.value[0] not in ("=", "!=", "<", ">", "<=", ">="):
        raise NotParsed("no equation or inequality")
    budget = Budget(whole=values.total)
    low, high = node.args if node.value[0][0] != ">" else node.args[::-1]
    return minus(*values.both(low, high, budget), budget)


def _factor(a: polynomials.Poly, b: polynomials.Poly) -> Fraction | None:
    """The rational k with a = k b; None when there is none."""
    if not a or not b or a.keys() != b.keys():
        return None
    factors = {value / b[mono] for mono, value in a.items()}
    return factors.pop() if len(factors) == 1 else None
