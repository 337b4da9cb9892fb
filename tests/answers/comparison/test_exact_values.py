"""Tree -> exact value: every kind of scalar, and what is not known."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.comparison import polynomials
from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.exact_values import Values, evaluate
from mmeval.answers.comparison.polynomials import Budget, Total, Undefined, UsedUp, rational
from mmeval.answers.comparison.quotients import Exact
from mmeval.answers.comparison.refute import differ
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.parser import parse
from mmeval.answers.grammar.tree import NotParsed, TooLarge


def same(a: str, b: str) -> bool | None:
    trees = parse(tidy(a)), parse(tidy(b))
    found = Values().same(*trees)
    assert Values().same(*trees[::-1]) is found
    return found


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (r"\frac{2}{4}", "0.5", True),
        ("(x+1)^2", "x^2+2x+1", True),
        ("(x+1)^2", "x^2+1", False),
        (r"\frac{x^2-1}{x-1}", "x+1", True),
        (r"\sqrt{8}", r"2\sqrt{2}", True),
        (r"\sqrt{2}", r"\sqrt{3}", False),
        (r"\sqrt[3]{16}", r"2\sqrt[3]{2}", True),
        (r"\sqrt{-4}", "2i", True),
        ("2^{-3}", r"\frac{1}{8}", True),
        (r"2\frac{1}{3}", r"\frac{7}{3}", True),
        ("5!", "120", True),
        (r"\binom{6}{2}", "15", True),
        (r"50\%", r"\frac{1}{2}", True),
        (r"30°", r"\frac{\pi}{6}", True),
        ("|{-3}|", "3", True),
        ("|x-1|", "|1-x|", True),
        (r"\lfloor 2.5 \rfloor", "2", True),
        (r"\lceil 2.5 \rceil", "3", True),
        (r"\lfloor -2.5 \rfloor", "-3", True),
        (r"\sin\frac{\pi}{6}", r"\frac{1}{2}", True),
        (r"\cos\frac{3\pi}{4}", r"-\frac{\sqrt{2}}{2}", True),
        (r"\tan\frac{\pi}{3}", r"\sqrt{3}", True),
        ("204_5", "54", True),
        ("xy", "y x", True),
        ("2^x", "2^x", True),
        ("2^x", "3^x", None),  # opaque
        (r"\cos 1", r"\cos 2", None),
        ("f(x)", "f(x)", True),
        ("f(x)", "f(y)", None),
        (r"\lg 5", r"\log 5", True),  # one name for one function
        (r"\pi", "e", None),  # nobody knows that they are independent
        (r"\pi", "3", False),
        (r"\sqrt{x^2}", "x", None),
    ],
)
def test_exact_algebra_proves_both_answers_or_none(a: str, b: str, equal: bool | None) -> None:
    assert same(a, b) is equal


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (r"\frac{1}{0}", Undefined),
        (r"\tan\frac{\pi}{2}", Undefined),
        (r"\sqrt[0]{5}", Undefined),
        (r"\emptyset", NotParsed),
        ("(1,2)", NotParsed),
        ("x'+'", NotParsed),
        ("5000!", TooLarge),
        ("9^{9^9}", TooLarge),
    ],
)
def test_what_has_no_exact_value_says_why(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        evaluate(parse(text), Budget())


@settings(max_examples=150, deadline=None)
@given(st.integers(-24, 24), st.sampled_from([6, 4, 3, 2, 1]))
def test_special_angles_agree_with_floats(top: int, bottom: int) -> None:
    angle = rf"\frac{{{top}\pi}}{{{bottom}}}"
    for name, function in (("sin", math.sin), ("cos", math.cos)):
        square = evaluate(parse(rf"(\{name}({angle}))^2"), Budget())
        number = rational(square.top)
        assert number is not None
        assert float(number) == pytest.approx(function(top * math.pi / bottom) ** 2, abs=1e-9)


NUMBERS = st.integers(-20, 20)
EXPRESSIONS = st.recursive(
    NUMBERS.map(lambda n: (f"({n})", Fraction(n))),
    lambda inner: st.tuples(inner, inner, st.sampled_from("+-*/")).map(lambda t: _joined(*t)),
    max_leaves=12,
)


def _joined(a: Any, b: Any, operator: str) -> Any:
    (left, x), (right, y) = a, b
    if operator == "/":
        if x is None or y is None or y == 0:
            return left, x
        return rf"\frac{{{left}}}{{{right}}}", x / y
    sign = {"+": "+", "-": "-", "*": r"\cdot "}[operator]
    value = {"+": x + y, "-": x - y, "*": x * y}[operator]
    return f"({left}{sign}{right})", value


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_exact_algebra_agrees_with_fractions(case: Any) -> None:
    text, expected = case
    value = evaluate(parse(text), Budget())
    top, bottom = rational(value.top), rational(value.bottom)
    assert top is not None and bottom is not None
    assert top / bottom == expected


@settings(max_examples=200, deadline=None)
@given(*[st.integers(2, 60)] * 3, st.integers(-5, 5))
def test_surds_agree_with_fifty_digits(a: int, b: int, c: int, d: int) -> None:
    left = parse(rf"(\sqrt{{{a}}}+{d}\sqrt{{{b}}})^2")
    right = parse(rf"{a}+{d * d * b}+{2 * d}\sqrt{{{a * b}}}".replace("+-", "-"))
    assert Values().same(left, right) is True
    assert not differ(left, right)
    other = parse(rf"{a}+{d * d * b}+{2 * d}\sqrt{{{a * b}}}+\frac{{1}}{{{c}}}".replace("+-", "-"))
    assert Values().same(left, other) is False
    assert differ(left, other)


def test_a_value_is_worked_out_once_in_a_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Counter[str]()
    power = polynomials.power

    def counted(a: polynomials.Poly, exponent: int, budget: Budget) -> polynomials.Poly:
        asked[polynomials.text_of(a)] += exponent == 5
        return power(a, exponent, budget)

    monkeypatch.setattr("mmeval.answers.comparison.quotients.polynomials.power", counted)
    a, b = (",".join(f"(x+{k})^5" for k in range(n, n + 6)) for n in (2, 12))
    assert compare(a, b).outcome == "different"
    assert len(asked) == 13, "12 sums, and the denominator 1"
    assert set(asked.values()) <= {1, 12}


def test_what_one_pair_may_cost_does_not_depend_on_those_before() -> None:
    """A value that is known already counts for each pair as if it was worked out for it."""
    large, small = parse("(x+y+z)^{24}"), parse("(x+y+z)^{24}+1")
    alone = Values()
    assert alone.same(large, small) is False
    cost = polynomials.TOTAL - alone.total.left
    assert 10_000 < cost < polynomials.STEPS
    for values in (Values(), alone):
        budget = Budget(cost // 2)
        with pytest.raises(TooLarge, match="exact algebra takes too many steps"):
            values.both(large, small, budget)


def test_a_pair_costs_the_same_either_way_round() -> None:
    pairs = [("x^2+2x+1", "(x+1)^2"), (r"\frac{x}{y+1}", "x-y"), (r"\sqrt{8}", r"2\sqrt2+x+y")]
    for a, b in pairs:
        left, right = parse(a), parse(b)
        costs = []
        for one, other in ((left, right), (right, left)):
            values = Values()
            values.same(one, other)
            costs.append(values.total.left)
        assert costs[0] == costs[1], (a, b)


def test_what_has_no_value_comes_before_what_is_too_large_both_ways() -> None:
    large, nothing = parse("(x+y+z+w+v)^{300}"), parse(r"\frac{1}{0}")
    for pair in ((large, nothing), (nothing, large)):
        with pytest.raises(polynomials.Undefined):
            Values().same(*pair)


def test_using_up_the_whole_ends_every_step_of_it() -> None:
    values = Values()
    values.total.left = 10
    one, other = parse("(x+1)^9"), parse("(x+2)^9")
    with pytest.raises(UsedUp):
        values.same(one, other)
    with pytest.raises(UsedUp):
        differ(parse(r"\sin x"), parse(r"\cos x"), Total(10))


def test_roots_that_multiply_to_whole_powers_are_the_same_as_those_powers() -> None:
    def value(text: str) -> Exact:
        return evaluate(parse(text), Budget())

    assert value(r"\sqrt{x}\sqrt{x}x") == value("x^2")
    assert value(r"\sqrt{2}\sqrt{2}i^2") == value("-2")
