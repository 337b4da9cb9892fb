"""The shape of an answer: what is made plain before two are compared."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings

from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.parser import parse
from mmeval.answers.grammar.shape import (
    as_interval,
    as_products,
    is_name,
    is_plain,
    other_readings,
    read,
    shaped,
    stated_value,
)
from mmeval.answers.grammar.tree import Node, NotParsed, TooLarge, holds, num
from tests.builders.notations import ANSWERS


def of(text: str) -> Node:
    return read(tidy(text))


def brief(node: Node) -> str:
    """`kind value(operands)`, a number and a symbol by itself."""
    if node.kind in ("num", "sym"):
        return str(node.value)
    inner = " ".join(brief(each) for each in node.args)
    value = f" {node.value}" if node.value is not None else ""
    return f"{node.kind}{value}({inner})"


@pytest.mark.parametrize(
    ("text", "shape", "why"),
    [
        ("((5))", "5", "brackets around the whole"),
        (r"90^\circ", "label degrees(90)", "degrees are a unit"),
        (r"1\pm2", "list ,(add(1 2) add(1 neg(2)))", "both signs written out"),
        (r"3\mp1", "list ,(add(3 neg(1)) add(3 1))", "the other sign first"),
        (r"\{1\pm2, 3\}", "set(add(1 2) add(1 neg(2)) 3)", "inside a set they are items"),
        ("a = 4, -8", "list ,(4 neg(8))", "a name stated once for all"),
        ("a = 4, b = 5", "list ,(rel ('=',)(a 4) rel ('=',)(b 5))", "two names stay"),
        ("(1,2), (3,4)", "list ,(seq ()(1 2) seq ()(3 4))", "tuples in a list"),
        ("12:30 pm", "time p(12 30 0)", "a time of day"),
        ("4 a.m.", "time a(4 0 0)", "without minutes"),
        ("12 noon", "time p(12 0 0)", "noon in words"),
        ("7:32:10", "time (7 32 10)", "with seconds and no half"),
        ("7:32", "ratio(7 32)", "two parts alone may be a ratio"),
        ("25:00:00", "ratio(25 0 0)", "no day has so many hours"),
        ("7:75:10", "ratio(7 75 10)", "no hour has so many minutes"),
        ("13 pm", "label pm(13)", "no afternoon either"),
        ("(C) 5", "choice(C 5)", "a choice with its content"),
        (r"\text{(C)} 5", "choice(C 5)", "the letter as text"),
        ("(C)", "C", "a letter alone is a symbol"),
        ("(C)-5", "add(paren ()(C) neg(5))", "a formula and no choice"),
        ("AB_{16}", "base 16(171)", "letters for digits"),
        ("A_{16}", "A_16", "one letter is a symbol with an index"),
        ("GH_{16}", "", "no digits of that base"),
    ],
)
def test_an_answer_is_shaped(text: str, shape: str, why: str) -> None:
    if not shape:
        assert of(text).kind != "base", why
    else:
        assert brief(of(text)) == shape, why


@settings(max_examples=300, deadline=None)
@given(ANSWERS)
def test_shaping_twice_is_shaping_once_and_leaves_no_open_sign(text: str) -> None:
    try:
        node = shaped(parse(tidy(text)))
    except (NotParsed, TooLarge):
        return
    assert shaped(node) == node or node.kind == "list"
    assert node.kind not in ("paren", "deg", "pm", "mp")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x = 5", "5"),
        ("f(x) = x^2", "x^2"),
        ("x = y = 5", "5"),
        ("5 + 3 = 8", "8"),
        (r"\frac13 \approx 0.33", r"\frac13"),  # what stands before the sign is exact
        (r"x \approx 0.33", "0.33"),
        (r"x = \frac13 \approx 0.33", r"\frac13"),
        (r"x \in (1,2)", "(1,2)"),
        (r"x \to 5", "5"),
        ("x < 5", None),
        ("2x + 1 = y", None),  # an equation that has to be solved
        ("5", None),
    ],
)
def test_a_relation_states_a_value_or_none(text: str, value: str | None) -> None:
    assert stated_value(parse(tidy(text))) == (None if value is None else of(value))


@pytest.mark.parametrize(
    ("text", "name", "interval"),
    [
        (r"x \ge 5", "x", r"[5,\infty)"),
        ("5 < x", "x", r"(5,\infty)"),
        (r"x \le y", "x", r"(-\infty,y]"),
        (r"1 < x \le 2", "x", "(1,2]"),
        (r"2 \ge x > 1", "x", "(1,2]"),
        (r"1 \le |z| \le 2", "|z|", "[1,2]"),
    ],
)
def test_an_inequality_is_an_interval(text: str, name: str, interval: str) -> None:
    assert as_interval(of(text)) == (of(name), of(interval))


@pytest.mark.parametrize("text", ["1 < x > 2", "1 < 2", "x = 5", "x + 1 < 3", "1<x<y<2", "5"])
def test_other_relations_are_no_interval(text: str) -> None:
    assert as_interval(of(text)) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("x", True),
        ("f(x)", True),
        ("P(x)", True),
        ("(p, q)", True),
        ("AB : CD", True),
        (r"\pi", False),
        ("2x", False),
        ("(p, 2)", False),
        ("x+y", False),
    ],
)
def test_a_name_only_says_what_is_asked_for(text: str, named: bool) -> None:
    assert is_name(of(text)) is named


@pytest.mark.parametrize(
    ("text", "plain"), [("5+3", True), (r"2\pi", True), ("x+1", False), ("f(2)", False)]
)
def test_a_computation_has_no_symbol_but_constants(text: str, plain: bool) -> None:
    assert is_plain(of(text)) is plain


def test_commas_between_digits_have_other_readings() -> None:
    assert other_readings("1,234", False) == [Node("list", (num(1), num(234)), ",")]
    assert other_readings("1,5", False) == []
    assert other_readings("1,5", True) == [num(Fraction(3, 2))]
    assert other_readings("1,034", False) == [], "a list has no item that begins with 0"
    assert other_readings("x", True) == []


def test_a_mixed_number_is_a_product_where_a_policy_wants_it() -> None:
    mixed = of(r"(1, 2\frac{2}{3})")
    assert holds(mixed, frozenset({"mixed"}))
    product = as_products(mixed)
    assert not holds(product, frozenset({"mixed"})) and holds(product, frozenset({"mul"}))
    assert as_products(of("x+1")) == of("x+1")


def test_nothing_and_what_is_too_deep_are_refused() -> None:
    with pytest.raises(NotParsed, match="empty"):
        read("")
    with pytest.raises(TooLarge):
        read("(" * 100 + "5" + ")" * 100)
