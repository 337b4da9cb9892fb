"""Equations and inequalities: what they state, and when one is the other rewritten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.comparison.match import Match
from mmeval.answers.comparison.matcher import Matcher
from mmeval.answers.comparison.policies import DEFAULT, Policies
from mmeval.answers.comparison.relations import relations
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.parser import parse


def related(a: str, b: str, policies: Policies = DEFAULT) -> Match:
    trees = parse(tidy(a)), parse(tidy(b))
    there = relations(Matcher(policies, None), *trees)
    assert relations(Matcher(policies, None), *trees[::-1]).same is there.same
    return there


@pytest.mark.parametrize(
    ("a", "b", "same", "rule"),
    [
        ("x = 5", "x = 5.0", True, "relation"),
        ("x = y", "y = x", True, "relation"),  # read from right to left
        ("x < 4", "4 > x", True, "relation"),
        ("1 < x < 2", "2 > x > 1", True, "relation"),
        ("2x = 4", "x = 2", True, "relation up to a factor"),
        ("x = 2", "x = 3", False, "equation, number, rounded"),
        ("-x < 4", "x > -4", True, "relation up to a factor"),
        ("-x < 4", "x < -4", False, "relation up to a factor"),  # the sign turns it round
        ("x^2 = 4", "x = 2", False, "relation"),
        ("x = 4", "y = 4", False, "relation"),
        ("x = 5", r"x \le 5", False, "relation"),
        (r"x \to 5", "x = 5", True, "equation, same tree"),
        (r"x \ge 5", r"x \in [5,\infty)", True, "interval"),
        (r"x \ge 5", r"x \in (5,\infty)", False, "interval"),
        (r"\sin x = 1", r"\sin x = 2", None, "relation"),  # an opaque value: not known
        ("x \\ne 2", "2x \\ne 4", True, "relation up to a factor"),
    ],
)
def test_two_relations_say_the_same_or_not(a: str, b: str, same: bool | None, rule: str) -> None:
    assert related(a, b) == Match(same, rule)


@pytest.mark.parametrize(
    ("policy", "a", "b", "same"),
    [
        ({"equation_names": "ignore"}, "x = 4", "y = 4", True),
        ({"equation_form": "strict"}, "2x = 4", "x = 2", False),
        ({"interval_relation": "strict"}, r"x \ge 5", r"x \in [5,\infty)", None),
    ],
)
def test_a_convention_changes_what_a_relation_says(
    policy: dict[str, Any], a: str, b: str, same: bool | None
) -> None:
    assert related(a, b, replace(DEFAULT, **policy)).same is same
    assert related(a, b).same is not same


@settings(max_examples=150, deadline=None)
@given(*[st.integers(-9, 9).filter(bool)] * 3, st.sampled_from("=<>"))
def test_a_linear_relation_times_a_number_is_itself(a: int, b: int, k: int, sign: str) -> None:
    """`ax op b` times a positive number; times a negative one the sign turns."""
    turned = {"=": "=", "<": ">", ">": "<"}[sign] if k < 0 else sign
    one, other = f"{a}x {sign} {b}", f"{a * k}x {turned} {b * k}"
    assert related(one, other).same is True
    assert related(one, f"{a * k}x {turned} {b * k + 1}").same is False
