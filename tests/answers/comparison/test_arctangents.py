"""Sums of arctangents: Machin's and others are proved, near ones told apart."""

from __future__ import annotations

import pytest

from mmeval.answers.comparison.arctangents import is_zero_sum
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.shape import read


def zero(a: str, b: str) -> bool | None:
    there = is_zero_sum(read(tidy(a)), read(tidy(b)))
    assert is_zero_sum(read(tidy(b)), read(tidy(a))) == there
    return there


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (r"\arctan\frac12+\arctan\frac13", r"\frac{\pi}{4}", True),
        (r"4\arctan\frac15-\arctan\frac{1}{239}", r"\frac{\pi}{4}", True),
        (r"\arctan 1+\arctan 2+\arctan 3", r"\pi", True),
        (r"2\arctan\frac13", r"\arctan\frac34", True),
        (r"\frac{\pi}{2}-\arctan 2", r"\arctan\frac12", True),
        (r"4\arctan\frac15-\arctan\frac{1}{240}", r"\frac{\pi}{4}", False),
        (r"\arctan 2", r"\arctan\frac{20001}{10000}", False),
        (r"\arctan 1+\arctan 2+\arctan 3", "0", None),  # far from it: numbers refute
        (r"\arctan x", r"\frac{\pi}{4}", None),
        (r"\arctan\sqrt3", r"\frac{\pi}{3}", None),
        (r"\frac{\pi}{4}", r"\frac{\pi}{4}", None),  # no arctangent
        (r"\frac{\arctan 1}{0}", "0", None),
    ],
)
def test_sums_of_arctangents(a: str, b: str, same: bool | None) -> None:
    assert zero(a, b) is same
