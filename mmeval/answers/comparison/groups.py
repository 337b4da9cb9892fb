"""Lists, sets, tuples, intervals, unions and matrices against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mmeval.answers.comparison.match import Comparing, Match, every
from mmeval.answers.grammar.shape import as_interval, shaped, stated_value
from mmeval.answers.grammar.tree import Kind, Node, TooLarge, holds

MAX_ITEMS = 50
_UNORDERED: frozenset[Kind] = frozenset({"list", "set"})


def collections(matcher: Comparing, a: Node, b: Node) -> Match:
    """Two answers of which one at least is a collection."""
    for kind, rule in _WITH.items():
        if kind in (a.kind, b.kind):
            return rule(matcher, a, b)
    return _BETWEEN.get(frozenset((a.kind, b.kind)), _single)(matcher, a, b)


def _single(matcher: Comparing, a: Node, b: Node) -> Match:
    """`\\{5\\}` against `5`."""
    group, other = (a, b) if a.kind in _UNORDERED else (b, a)
    if other.kind == "word" and _letters_of(group) == sorted(str(other.value)):
        return Match(True, "choice letters")
    optional = matcher.policies.list_brackets == "optional"
    if group.kind in _UNORDERED and len(group.args) == 1 and optional:
        return matcher.answers(group.args[0], other)
    return Match(False, "kind")


def _letters_of(group: Node) -> list[str] | None:
    """The letters of `A, C`, choices of a question with several right ones; None for others."""
    letters = [str(each.value) for each in group.args if each.kind == "sym"]
    if len(letters) != len(group.args) or any(each not in "ABCDEFGHIJ" for each in letters):
        return None
    return sorted(letters)


def in_order(matcher: Comparing, a: Sequence[Node], b: Sequence[Node], rule: str) -> Match:
    """Item by item."""
    if len(a) != len(b):
        return Match(False, rule)
    if len(a) > MAX_ITEMS:
        raise TooLarge(f"{len(a)} items")
    pairs = zip(a, b, strict=True)
    return every((matcher.answers(x, y) for x, y in pairs), rule)


def any_order(matcher: Comparing, a: Sequence[Node], b: Sequence[Node], rule: str) -> Match:
    """One to one in some order, by augmenting paths; open pairs count as open."""
    if len(a) != len(b):
        return Match(False, rule)
    if len(a) > MAX_ITEMS:
        raise TooLarge(f"{len(a)} items")
    table = [[matcher.answers(x, y).same for y in b] for x in a]
    if _assignable([[same is True for same in row] for row in table]):
        return Match(True, rule)
    if _assignable([[same is not False for same in row] for row in table]):
        return Match(None, rule)
    return Match(False, rule)


def _assignable(table: list[list[bool]]) -> bool:
    owner: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for column, allowed in enumerate(table[row]):
            if allowed and column not in seen:
                seen.add(column)
                if column not in owner or place(owner[column], seen):
                    owner[column] = row
                    return True
        return False

    return all(place(row, set()) for row in range(len(table)))


def _unordered(matcher: Comparing, a: Node, b: Node) -> Match:
    policies = matcher.policies
    if a.kind != b.kind and policies.list_brackets == "strict":
        return Match(False, "list")
    nested = [any(each.kind == "set" for each in group.args) for group in (a, b)]
    if nested[0] != nested[1] and a.kind == b.kind == "set":
        return Match(False, "set")  # a set of sets and a set of numbers
    ordered = a.kind == b.kind == "list" and policies.list_order == "same"
    left, right = _bare_values(a.args, b.args)
    rays = (None, None) if "and" in (a.value, b.value) else (_as_union(left), _as_union(right))
    if a.value != b.value and {a.value, b.value} == {"and", "or"} and _conditions(a, b):
        return Match(None, "and, or")
    if rays[0] is not None and rays[1] is not None:
        left, right = rays[0], rays[1]
    if policies.duplicates == "drop" or a.kind == b.kind == "set":
        left, right = _distinct(matcher, left), _distinct(matcher, right)
    if ordered:
        return in_order(matcher, left, right, "list")
    return any_order(matcher, left, right, "list" if a.kind == "list" else "set")


def _conditions(a: Node, b: Node) -> bool:
    """Whether an item is an inequality or a statement, of which `and` joins others than `or`."""
    items = [each for group in (a, b) for each in group.args]
    if all(each.kind == "sym" for each in items):
        return True
    return any(as_interval(each) is not None for each in items)


def _distinct(matcher: Comparing, items: Sequence[Node]) -> Sequence[Node]:
    kept: list[Node] = []
    for each in items[: MAX_ITEMS + 1]:
        if not any(matcher.answers(each, other).same for other in kept):
            kept.append(each)
    return kept


def _bare_values(a: Sequence[Node], b: Sequence[Node]) -> tuple[Sequence[Node], Sequence[Node]]:
    """`x = 1, y = 2` against `1, 2` loses its names; against names it keeps them."""
    named = [all(each.kind == "rel" for each in items) for items in (a, b)]
    if named[0] == named[1]:
        return a, b
    values = [stated_value(each) for each in (a if named[0] else b)]
    if any(value is None for value in values):
        return a, b
    plain = [value for value in values if value is not None]
    return (plain, b) if named[0] else (a, plain)


def _as_union(items: Sequence[Node]) -> list[Node] | None:
    rays = [as_interval(each) for each in items]
    intervals = [pair[1] for pair in rays if pair is not None]
    same = len({pair[0] for pair in rays if pair is not None}) == 1
    return intervals if len(intervals) == len(items) and same else None


def _bare_against_bracketed(matcher: Comparing, a: Node, b: Node) -> Match:
    bare, bracketed = (a, b) if a.kind == "list" else (b, a)
    if matcher.policies.list_brackets == "strict" or bracketed.value not in ("()", "[]"):
        return Match(False, "kind")
    if bracketed.value == "[]" and len(bracketed.args) == 2:
        return Match(False, "kind")  # a closed interval
    left, right = _bare_values(bare.args, bracketed.args)
    match = in_order(matcher, left, right, "list and tuple")
    if left is bare.args or len(left) < 2:
        return match
    by_name = sorted(range(len(left)), key=lambda at: str(bare.args[at].args[0].value))
    if by_name == list(range(len(left))):
        return match
    sorted_match = in_order(matcher, [left[at] for at in by_name], right, "coordinates by name")
    if sorted_match.same is False and match.same is not False:
        return Match(None, "coordinates in an order of their own")
    return sorted_match


def _sequences(matcher: Comparing, a: Node, b: Node) -> Match:
    """Tuples and intervals: the brackets count when there are two items."""
    interval = len(a.args) == 2 and len(b.args) == 2
    if interval and a.value != b.value:
        return Match(False, "interval")
    return in_order(matcher, a.args, b.args, "interval" if a.value != "()" else "tuple")


def _set_against_tuple(matcher: Comparing, a: Node, b: Node) -> Match:
    if matcher.policies.set_tuple == "different":
        return Match(False, "kind")
    return in_order(matcher, a.args, b.args, "set and tuple")


def _operations(matcher: Comparing, a: Node, b: Node) -> Match:
    """Two intersections, in any order, or two differences."""
    if a.kind == "cap":
        return any_order(matcher, _parts(a, "cap"), _parts(b, "cap"), "set operation")
    return in_order(matcher, a.args, b.args, "set operation")


def _other_kind(matcher: Comparing, a: Node, b: Node) -> Match:
    """A collection and words."""
    return Match(False, "kind")


def _parts(node: Node, kind: Kind = "cup") -> list[Node]:
    if node.kind != kind:
        return [node]
    return [part for each in node.args for part in _parts(each, kind)]


def _unions(matcher: Comparing, a: Node, b: Node) -> Match:
    if "and" in (a.value, b.value):
        return Match(None if _conditions(a, b) else False, "union")
    left, right = (_union_parts(node) for node in (a, b))
    if all(each.kind == "set" for each in (*left, *right)):  # what is in one of them, once
        members = [
            _distinct(matcher, [item for each in side for item in each.args])
            for side in (left, right)
        ]
        return any_order(matcher, members[0], members[1], "union")
    return any_order(matcher, left, right, "union")


def _union_parts(node: Node) -> list[Node]:
    """The parts of a union; alternatives such as `x < 1 or x > 2` are one too."""
    if node.kind == "list":
        return _as_union(node.args) or list(node.args)
    return _parts(node)


def interval_of_relation(matcher: Comparing, relation: tuple[Node, Node], other: Node) -> Match:
    """`x \\ge 5` against an interval, or `1 \\le |z| \\le 2` against two."""
    variable, interval = relation
    interval = shaped(interval)
    if variable.kind == "abs":
        if matcher.policies.absolute_band != "intervals":
            return Match(False, "kind")
        low, high = interval.args
        fence = str(interval.value)
        turned = fence[::-1].translate(str.maketrans("()[]", ")(]["))
        mirrored = Node("seq", (Node("neg", (high,)), Node("neg", (low,))), turned)
        return _unions(matcher, Node("cup", (mirrored, interval)), other)
    if other.kind == "seq":
        return _sequences(matcher, interval, other)
    return Match(False, "kind")


_MATRIX_ALGEBRA: frozenset[Kind] = frozenset({"mul", "add", "neg", "div", "paren"})


def matrix_value(node: Node) -> Node | None:  # noqa: PLR0911 - one return a rule
    """The matrix that sums, products and multiples of matrices come to; else None."""
    match node.kind:
        case "matrix":
            return node
        case "paren":
            return matrix_value(node.args[0])
        case "neg":
            return _each_cell(node.args[0], lambda cell: Node("neg", (cell,)))
        case "div":
            return _each_cell(node.args[0], lambda cell: Node("div", (cell, node.args[1])))
        case "add":
            return _folded([matrix_value(each) for each in node.args], _matrix_sum)
        case "mul":
            return _folded([matrix_value(each) or each for each in node.args], _matrix_product)
    return None


def _folded(parts: Sequence[Node | None], step: Callable[[Node, Node], Node | None]) -> Node | None:
    total = parts[0]
    for each in parts[1:]:
        total = None if total is None or each is None else step(total, each)
    return total if total is not None and total.kind == "matrix" else None


def _each_cell(node: Node, change: Callable[[Node], Node]) -> Node | None:
    matrix = matrix_value(node)
    if matrix is None:
        return None
    rows = (Node("row", tuple(change(cell) for cell in row.args)) for row in matrix.args)
    return Node("matrix", tuple(rows))


def _matrix_sum(a: Node, b: Node) -> Node | None:
    if [len(row.args) for row in a.args] != [len(row.args) for row in b.args]:
        return None
    rows = [
        Node("row", tuple(Node("add", pair) for pair in zip(x.args, y.args, strict=True)))
        for x, y in zip(a.args, b.args, strict=True)
    ]
    return Node("matrix", tuple(rows))


def _matrix_product(a: Node, b: Node) -> Node | None:
    if a.kind != "matrix" or b.kind != "matrix":
        scalar, matrix = (a, b) if b.kind == "matrix" else (b, a)
        if matrix.kind != "matrix":
            return Node("mul", (a, b))
        return _each_cell(matrix, lambda cell: Node("mul", (scalar, cell)))
    columns = list(zip(*(row.args for row in b.args), strict=False))
    if any(len(row.args) != len(b.args) for row in a.args) or len(a.args) * len(columns) > 100:
        return None
    rows = [Node("row", tuple(_dot(row.args, column) for column in columns)) for row in a.args]
    return Node("matrix", tuple(rows))


def _dot(a: Sequence[Node], b: Sequence[Node]) -> Node:
    return Node("add", tuple(Node("mul", pair) for pair in zip(a, b, strict=True)))


def matrices(matcher: Comparing, a: Node, b: Node) -> Match:  # noqa: PLR0911 - one return a rule
    """Matrices entry by entry; a column or a row against the tuple of its entries."""
    if a.kind == "matrix" and b.kind in _MATRIX_ALGEBRA:
        b = matrix_value(b) or b
    elif b.kind == "matrix" and a.kind in _MATRIX_ALGEBRA:
        a = matrix_value(a) or a
    if a.kind == b.kind:
        widths = [tuple(len(row.args) for row in node.args) for node in (a, b)]
        if widths[0] != widths[1]:
            return Match(False, "matrix")
        left = [shaped(cell) for row in a.args for cell in row.args]
        right = [shaped(cell) for row in b.args for cell in row.args]
        return in_order(matcher, left, right, "matrix")
    matrix, other = (a, b) if a.kind == "matrix" else (b, a)
    nested = other.kind == "seq" and all(each.kind == "seq" for each in other.args)
    if matrix.kind == "matrix" and nested:  # a list of rows
        listed = tuple(Node("row", each.args) for each in other.args)
        return matrices(matcher, matrix, Node("matrix", listed))
    if matrix.kind == "det" or other.kind == "det":
        return _determinants(matcher, a, b)
    rows = matrix.args
    vector = len(rows) == 1 or all(len(row.args) == 1 for row in rows)
    if matrix.kind == "matrix" and other.kind == "seq" and vector:
        if matcher.policies.vectors == "strict" or other.value not in ("()", "[]"):
            return Match(False, "kind")
        cells = [shaped(cell) for row in rows for cell in row.args]
        return in_order(matcher, cells, other.args, "vector")
    if other.kind in _MATRIX_ALGEBRA and holds(other, frozenset({"matrix"})):
        return Match(None, "matrix algebra")
    return Match(False, "kind")


def _determinants(matcher: Comparing, a: Node, b: Node) -> Match:
    """By their values, where they are small enough to be written out."""
    left, right = (_written_out(each) if each.kind == "det" else each for each in (a, b))
    if left is None or right is None:
        return Match(None, "determinant")
    return Match(matcher.answers(left, right).same, "determinant")


def _written_out(node: Node) -> Node | None:
    cells = [list(row.args) for row in node.args]
    if not 1 <= len(cells) <= 4 or any(len(row) != len(cells) for row in cells):
        return None
    return _minor(cells)


def _minor(cells: list[list[Node]]) -> Node:
    """By the first row."""
    if len(cells) == 1:
        return cells[0][0]
    terms = []
    for at, cell in enumerate(cells[0]):
        rest = _minor([row[:at] + row[at + 1 :] for row in cells[1:]])
        term = Node("mul", (cell, rest))
        terms.append(Node("neg", (term,)) if at % 2 else term)
    return Node("add", tuple(terms))


_Rule = Callable[[Comparing, Node, Node], Match]
_WITH: dict[Kind, _Rule] = {"text": _other_kind, "matrix": matrices, "cup": _unions}
"""The rule of a collection and anything of this kind, or the other way round: the first."""
_BETWEEN: dict[frozenset[Kind], _Rule] = {
    frozenset({"seq"}): _sequences,
    frozenset({"cap"}): _operations,
    frozenset({"minus"}): _operations,
    frozenset({"list"}): _unordered,
    frozenset({"set"}): _unordered,
    frozenset({"list", "set"}): _unordered,
    frozenset({"list", "seq"}): _bare_against_bracketed,
    frozenset({"set", "seq"}): _set_against_tuple,
}
"""The rule of two collections of these kinds, or of this one, either way round."""
