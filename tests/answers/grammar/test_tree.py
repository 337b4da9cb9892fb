"""The tree of an answer: what is equal, and the two walks over it."""

from __future__ import annotations

from fractions import Fraction
from typing import get_args

import pytest

from mmeval.answers.grammar.parser import parse
from mmeval.answers.grammar.tree import Kind, Node, holds, names, num


def test_places_and_height_do_not_make_a_tree_another_one() -> None:
    assert num(Fraction(1, 2), places=1) == num(Fraction(1, 2), places=2)
    assert Node("sym", (), "x", None, 3) == Node("sym", (), "x")
    assert hash(Node("sym", (), "x", None, 3)) == hash(Node("sym", (), "x"))
    assert Node("list", (num(1),)) != Node("set", (num(1),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", ""),
        (r"\pi+e+i+\infty", ""),  # constants
        ("x+y_1+xy", "x y y_1"),
        (r"\sin(ab)", "a b"),
        ("f(t)", "t"),  # a function is called, not asked for
        (r"\{n, 2\}", "n"),
    ],
)
def test_names_are_the_free_symbols(text: str, expected: str) -> None:
    assert names(parse(text)) == frozenset(expected.split())


def test_a_kind_is_held_at_any_depth_and_at_the_root() -> None:
    tree = parse(r"(1+\sqrt{x^2})")
    for kind in ("paren", "add", "root", "pow", "sym", "num"):
        assert holds(tree, frozenset({kind}))
    assert not holds(tree, frozenset({"div", "list"}))
    assert not holds(tree, frozenset())


def test_a_walk_over_the_highest_tree_needs_no_recursion() -> None:
    node = num(1)
    for _ in range(5000):
        node = Node("neg", (node,))
    assert holds(node, frozenset({"num"})) and names(node) == frozenset()


def test_kinds_are_named_once_each() -> None:
    kinds = [kind for part in get_args(Kind) for kind in (get_args(part) or (part,))]
    assert len(kinds) == len(set(kinds)) == 39
