"""Collections against each other: order, brackets, repeats, unions, matrices."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.comparison.groups import MAX_ITEMS, any_order, in_order, matrix_value
from mmeval.answers.comparison.match import Match
from mmeval.answers.comparison.matcher import Matcher
from mmeval.answers.comparison.policies import DEFAULT, Policies
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.shape import read
from mmeval.answers.grammar.tree import Node, TooLarge, num


def of(text: str) -> Node:
    return read(tidy(text))


def matched(a: str, b: str, policies: Policies = DEFAULT) -> Match:
    """The match, which must come out the same either way round."""
    there = Matcher(policies, None).answers(of(a), of(b))
    assert Matcher(policies, None).answers(of(b), of(a)).same is there.same
    return there


def matrix(*rows: str) -> str:
    return r"\begin{pmatrix}" + r"\\".join(rows) + r"\end{pmatrix}"


@pytest.mark.parametrize(
    ("a", "b", "same", "rule"),
    [
        ("1, 2", "2, 1", True, "list"),
        ("1, 2", "1, 3", False, "list"),
        ("1, 1, 2", "1, 2", False, "list"),
        ("1, 2", r"\{2, 1\}", True, "list"),
        ("1, 2", "(1, 2)", True, "list and tuple"),
        ("1, 2", "(2, 1)", False, "list and tuple"),  # a tuple has an order
        ("1, 2", "[1, 2]", False, "kind"),  # an interval
        ("1, 2, 3", "[1, 2, 3]", True, "list and tuple"),  # no interval has three ends
        ("(1, 2)", "[1, 2]", False, "interval"),
        ("[0, 1)", "[0, 1]", False, "interval"),
        ("(1, 2, 3)", "[1, 2, 3]", True, "tuple"),
        (r"\{1, 2\}", "(1, 2)", False, "kind"),
        (r"\{5\}", "5", True, "same tree"),
        ("1, 2", "1", False, "kind"),
        ("1, 2", "odd", False, "kind"),
        ("x = 1, y = 2", "1, 2", True, "list"),
        ("x = 1, y = 2", "x = 2, y = 1", False, "list"),
        (r"[0,1] \cup [2,3]", r"[2,3] \cup [0,1]", True, "union"),
        (r"[0,1] \cup [2,3]", "[0,1]", False, "union"),
        (r"[0,1] \cup [2,3] \cup [4,5]", r"[4,5] \cup ([0,1] \cup [2,3])", True, "union"),
        (r"x < 1 \text{ or } x > 2", r"(-\infty,1) \cup (2,\infty)", True, "union"),
        (r"A \setminus B", r"B \setminus A", False, "set operation"),
        (matrix("1", "2"), "(1, 2)", True, "vector"),
        (matrix("1&2"), "(1, 2)", True, "vector"),
        (matrix("1&2"), matrix("1", "2"), False, "matrix"),
        (matrix("1&2", "3&4"), "(1, 2, 3, 4)", False, "kind"),
        (matrix("1&x+1"), matrix("1&1+x"), True, "matrix"),
        ("2" + matrix("1", "2"), matrix("2", "4"), True, "matrix"),
        (matrix("1", "2"), "5", False, "kind"),
        ("y" + matrix("1", "2") + "+5", matrix("1", "2"), None, "matrix algebra"),
        (r"\begin{vmatrix}1\end{vmatrix}", "1", True, "determinant"),
        (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", "-2", True, "determinant"),
        (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", "2", False, "determinant"),
    ],
)
def test_collections_are_compared_by_their_kinds(
    a: str, b: str, same: bool | None, rule: str
) -> None:
    assert matched(a, b) == Match(same, rule)


@pytest.mark.parametrize(
    ("policy", "a", "b", "same"),
    [
        ({"set_tuple": "same"}, r"\{1, 3\}", "(1, 3)", True),
        ({"set_tuple": "same"}, r"\{3, 1\}", "(1, 3)", False),
        ({"duplicates": "drop"}, "1, 1, 2", "2, 1", True),
        ({"list_order": "same"}, "1, 2", "2, 1", False),
        ({"list_order": "same"}, r"\{1, 2\}", r"\{2, 1\}", True),  # sets have none
        ({"list_brackets": "strict"}, "1, 2", "(1, 2)", False),
        ({"vectors": "strict"}, matrix("1", "2"), "(1, 2)", False),
        ({"absolute_band": "intervals"}, r"1 \le |z| \le 2", r"[-2,-1] \cup [1,2]", True),
        ({"absolute_band": "intervals"}, r"1 < |z| \le 2", r"[-2,-1) \cup (1,2]", True),
        ({"absolute_band": "intervals"}, r"1 < |z| \le 2", r"(-2,-1] \cup (1,2]", False),
    ],
)
def test_a_convention_changes_what_a_collection_is(
    policy: dict[str, Any], a: str, b: str, same: bool
) -> None:
    assert matched(a, b, replace(DEFAULT, **policy)).same is same


class Given:
    """A comparison whose answers are written in a table; `?` is open."""

    def __init__(self, table: list[str]) -> None:
        self.table = table

    def answers(self, a: Node, b: Node) -> Match:
        sign = self.table[int(a.value)][int(b.value)]  # type: ignore[arg-type]
        return Match({"1": True, "0": False}.get(sign), "given")


def assigned(table: list[str]) -> bool | None:
    items = [num(k) for k in range(len(table))]
    return any_order(Given(table), items, items, "r").same  # type: ignore[arg-type]


def squares(n: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.text("01?", min_size=n, max_size=n), min_size=n, max_size=n)


@settings(deadline=None)
@given(st.integers(1, 4).flatmap(squares))
def test_any_order_is_what_trying_all_orders_finds(table: list[str]) -> None:
    orders = list(permutations(range(len(table))))
    signs = [{table[row][column] for row, column in enumerate(order)} for order in orders]
    if any(each <= {"1"} for each in signs):
        assert assigned(table) is True
    elif any("0" not in each for each in signs):
        assert assigned(table) is None
    else:
        assert assigned(table) is False


def test_more_items_than_the_limit_are_too_large_and_other_lengths_differ() -> None:
    matcher = Matcher(DEFAULT, None)
    items = [num(k) for k in range(MAX_ITEMS + 1)]
    for rule in (in_order, any_order):
        assert rule(matcher, items, items[:-1], "r") == Match(False, "r")
        assert rule(matcher, items[:-1], items[:-1], "r").same is True
        with pytest.raises(TooLarge):
            rule(matcher, items, items, "r")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (matrix("1&2"), matrix("1&2")),
        (f"({matrix('1&2')})", matrix("1&2")),
        (f"-{matrix('1&2')}", matrix("-1&-2")),
        (rf"\frac{{{matrix('1&2')}}}{{3}}", matrix(r"\frac13&\frac23")),
        (f"{matrix('1&2')}+{matrix('3&4')}", matrix("1+3&2+4")),
    ],
)
def test_matrix_algebra_is_worked_out_cell_by_cell(text: str, result: str) -> None:
    assert matrix_value(of(text)) == of(result)


@pytest.mark.parametrize(
    "text",
    [
        "5",
        "x+y",
        f"{matrix('1&2')}+{matrix('1')}",  # other shapes
        f"{matrix('1&2')}{matrix('1&2')}",  # two columns and one row
        f"{matrix('1&2')}+5",
        "2x",
    ],
)
def test_what_is_no_matrix_has_no_matrix_value(text: str) -> None:
    assert matrix_value(of(text)) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=8, max_size=8))
def test_a_product_of_matrices_is_the_one_worked_out_by_hand(n: list[int]) -> None:
    def square(a: int, b: int, c: int, d: int) -> str:
        return matrix(f"{a}&{b}", f"{c}&{d}")

    a, b, c, d, p, q, r, s = n
    product = square(a, b, c, d) + square(p, q, r, s)
    cells = a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s
    assert matched(product, square(*cells)).same is True
    assert matched(product, square(cells[0] + 1, *cells[1:])).same is False
