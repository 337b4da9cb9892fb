"""Sets of reals: the same however they are written, and nothing where it is not known."""

from __future__ import annotations

import pytest

from mmeval.answers.comparison.matcher import Matcher
from mmeval.answers.comparison.policies import DEFAULT
from mmeval.answers.comparison.real_sets import same_sets
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.shape import read


def same(a: str, b: str) -> bool | None:
    matcher = Matcher(DEFAULT, None)
    trees = read(tidy(a)), read(tidy(b))
    there, back = same_sets(matcher, *trees), same_sets(matcher, *trees[::-1])
    assert (there and there.same) == (back and back.same)
    return None if there is None else there.same


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (r"(-\infty,\infty)", r"\mathbb{R}"),
        (r"\mathbb{R}\setminus\{0\}", r"(-\infty,0)\cup(0,\infty)"),
        (r"x\ne 0", r"(-\infty,0)\cup(0,\infty)"),
        (r"(1,2]\cup(2,3)", "(1,3)"),
        (r"[1,2]\cup[2,\sqrt5]", r"[1,\sqrt{5}]"),
        (r"(0,5)\cap(3,9)", "(3,5)"),
        (r"(0,5)\setminus[2,3]", r"(0,2)\cup(3,5)"),
        ("|x|<2", "(-2,2)"),
        (r"|x-3|\le 1", "[2,4]"),
        (r"|x|>2", r"x<-2\text{ or }x>2"),
        (r"x>0\text{ and }x<3", "(0,3)"),
        (r"(1,2)\cap(3,4)", r"\emptyset"),
    ],
)
def test_one_set_in_two_notations(a: str, b: str) -> None:
    assert same(a, b) is True


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (r"(1,2)\cup(2,3)", "(1,3)"),  # without 2
        (r"\mathbb{R}\setminus\{0\}", r"\mathbb{R}"),
        (r"|x|\le 2", "(-2,2)"),
        (r"x\ne 1", r"x\ne 2"),
        (r"x>1\text{ and }x<2", r"(-\infty,2)\cup(1,\infty)"),
    ],
)
def test_sets_that_differ(a: str, b: str) -> None:
    assert same(a, b) is False


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("(1,2)", "(1,2)"),  # points, perhaps
        (r"(a,b]\cup(b,c)", "(a,c)"),  # nobody knows the order of letters
        ("x>1", "y>1"),  # of two variables
        (r"A\cup B", r"\mathbb{R}"),
    ],
)
def test_what_is_no_known_set_is_left_to_other_rules(a: str, b: str) -> None:
    assert same(a, b) is None
