"""Two shaped trees: which rule decides, what it says, and that it says so both ways."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings

from mmeval.answers.comparison import matcher
from mmeval.answers.comparison.match import Match
from mmeval.answers.comparison.matcher import Matcher
from mmeval.answers.comparison.policies import DEFAULT, Policies
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.shape import read
from mmeval.answers.grammar.tree import Node, NotParsed, TooLarge
from tests.builders.notations import ANSWERS


def of(text: str) -> Node:
    return read(tidy(text))


def matched(a: str, b: str, policies: Policies = DEFAULT) -> Match:
    """The match, which must come out the same either way round."""
    there = Matcher(policies, None).answers(of(a), of(b))
    back = Matcher(policies, None).answers(of(b), of(a))
    assert there.same is back.same
    return there


@pytest.mark.parametrize(
    ("a", "b", "same", "rule"),
    [
        ("x+1", "x+1", True, "same tree"),
        ("(C) 5", "C", True, "choice letter"),
        ("(C) 5", "5", True, "choice content"),
        ("(C) 5", "6", False, "choice content"),
        ("(C) 5", "(D) 5", False, "choice letter"),  # by its letter, whatever it says
        ("4 feet", "48 inches", True, "unit conversion"),
        ("4 feet", "4 inches", False, "unit conversion"),
        ("4 feet", "4 pounds", False, "unit"),
        ("40 minutes", "40 points", False, "unit"),
        ("5 eggs", "5", True, "same tree"),  # what was counted is dropped
        ("5 eggs", "5 brown eggs", True, "same tree"),
        ("5 eggs", "5 ways", None, "words"),  # and of two kinds nobody knows
        ("5 eggs", "6 ways", False, "number, rounded"),
        ("4 feet", "4", True, "same tree"),
        ("x = 5", "5", True, "stated value, same tree"),
        (r"x \ge 5", r"[5,\infty)", True, "interval"),
        (r"x \ge 5", "5", False, "kind"),
        ("4:30 pm", "4:30", True, "time of day"),
        ("4:30 pm", "4:30 am", False, "time of day"),
        ("4 pm", "4", True, "same tree"),
        ("4:30 pm", "4", False, "kind"),
        ("odd", "Odd", True, "text"),
        ("the house", "house", True, "text"),
        ("four", "4", True, "same tree"),
        ("four", "5", False, "number, rounded"),
        ("June 20", "June 21", False, "text"),
        ("June 20", "20", False, "kind"),  # a date is no number
        ("room 5", "5", None, "kind"),  # words with a number may mean it
        ("1:2", "2:4", True, "ratio"),
        ("1:2:3", "2:4:7", False, "ratio"),
        ("1:2", r"\frac{1}{2}", True, "same tree"),
        ("1:2:3", "1", False, "kind"),
        (r"10\%", "0.1", True, "percent"),
        (r"10\%", "10", True, "percent"),
        (r"10\%", "0.2", False, "percent"),
        (r"1200\%", "12", False, "percent"),  # nobody means 12 by it
        (r"150\%", "1.5", True, "percent"),
        ("204_5", "204", False, "exact algebra"),
        ("204_5", "54", True, "exact algebra"),
        (r"\emptyset", "0", False, "kind"),
        ("1.50", "1.5", True, "same tree"),
        (r"\sin 1", "0.5", False, "numeric refutation"),
        (r"\sin^2 x", r"1-\cos^2 x", None, "scalars"),  # for sympy
        (r"\frac{1}{0}", "1", None, "undefined value"),
    ],
)
def test_a_rule_decides_both_ways(a: str, b: str, same: bool | None, rule: str) -> None:
    assert matched(a, b) == Match(same, rule)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("xyz", "zyx", True),
        ("AB", "BA", False),  # a segment
        ("cat", "act", False),  # words
        ("hgf", "fgh", None),
        ("abc", "abd", False),
    ],
)
def test_letters_in_another_order_are_a_product_or_words(a: str, b: str, same: bool | None) -> None:
    assert matched(a, b).same is same


def test_the_first_rule_that_fits_is_taken() -> None:
    """A choice is compared by its letter before its content's kind is looked at."""
    kinds = [kind for kinds, _ in matcher._RULES for kind in kinds]
    assert len(kinds) == len(set(kinds)), "a later rule of a kind would never be reached"
    assert matched("(C) (1,2)", "(1,2)").rule == "choice content"
    assert matched("x = (1,2)", "(1,2)").rule == "stated value, same tree"
    assert matched(r"x = 10\%", "0.1").rule == "stated value, percent"


@pytest.mark.parametrize(
    ("shown", "exact", "same"),
    [
        ("0.33", r"\frac{1}{3}", True),
        ("0.34", r"\frac{1}{3}", True),  # one unit of the last place
        ("0.35", r"\frac{1}{3}", False),
        ("0.3", r"\frac{1}{3}", False),  # one place is too few
        ("1.41", r"\sqrt{2}", True),
        ("0.33", "0.333", False),  # neither is exact
        ("0.33", "x", False),
    ],
)
def test_a_decimal_may_be_a_rounded_value_under_a_policy(
    shown: str, exact: str, same: bool
) -> None:
    assert matched(shown, exact, replace(DEFAULT, decimals="rounded")).same is same
    assert matched(shown, exact).same is not True


def test_a_base_may_be_left_out_under_a_policy() -> None:
    optional = replace(DEFAULT, bases="optional")
    assert matched("204_5", "204", optional) == Match(True, "base left out")
    assert matched("204_5", "205", optional).same is False
    assert matched(r"AB_{16}", "171", optional).same is True


ONE_OF_A_KIND = (
    *("5", "x", "xy", "odd", r"1\pm2", "(1,2)", "[0,1)", r"\{1,2\}", "1,2", r"A\cup B", "x=5"),
    *(r"A\cap B", r"A\setminus B", r"\begin{pmatrix}1\\2\end{pmatrix}", "1:2", "5 cm", "f(x)"),
    *(r"\begin{vmatrix}1\end{vmatrix}", "4:30 pm", "(C) 5", r"5\%", "11_2", r"\frac{1}{2}", "x'"),
)


def test_every_pair_of_kinds_has_a_rule_that_answers_both_ways() -> None:
    for a, b in product(ONE_OF_A_KIND, repeat=2):
        found = matched(a, b)
        assert (a != b) or found == Match(True, "same tree")


@settings(max_examples=300, deadline=None)
@given(ANSWERS, ANSWERS)
def test_a_match_does_not_depend_on_the_order(a: str, b: str) -> None:
    try:
        matched(a, b)
    except (NotParsed, TooLarge):
        return


def test_pairs_of_subtrees_are_counted() -> None:
    many = Matcher(DEFAULT, None)
    many.steps = matcher.MAX_STEPS - 1
    assert many.answers(of("5"), of("5")).same
    with pytest.raises(TooLarge, match="too many pairs"):
        many.answers(of("5"), of("5"))


def test_the_prover_is_asked_last_and_its_word_is_taken() -> None:
    asked: list[tuple[Node, Node]] = []

    def prove(a: Node, b: Node) -> bool | None:
        asked.append((a, b))
        return True

    proving = Matcher(DEFAULT, prove)
    assert proving.answers(of("x+1"), of("1+x")).rule == "exact algebra" and not asked
    assert proving.answers(of(r"\sin^2 x"), of(r"1-\cos^2 x")) == Match(True, "sympy")
    assert len(asked) == 1


def test_what_was_too_large_is_remembered_for_the_reason() -> None:
    large = Matcher(DEFAULT, None)
    assert large.answers(of("9^{9^9}"), of("8^{9^9}")).same is None
    assert large.too_large


def test_digits_of_a_base_above_ten_are_no_number_in_base_ten() -> None:
    assert matcher._digits(of("204_5")) == Fraction(204)
    assert matcher._digits(of("AB_{16}")) is None
    assert matcher._digits(of("0_2")) == 0
