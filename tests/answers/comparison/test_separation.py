"""The separation bound: equal algebraic numbers are proved, close ones told apart."""

from __future__ import annotations

import time

import pytest

from mmeval.answers.comparison.polynomials import Total
from mmeval.answers.comparison.separation import is_zero_difference
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.shape import read

GAUSS = (
    r"\frac{-1+\sqrt{17}+\sqrt{34-2\sqrt{17}}"
    r"+2\sqrt{17+3\sqrt{17}-\sqrt{34-2\sqrt{17}}-2\sqrt{34+2\sqrt{17}}}}{16}"
)
EQUAL = [
    (r"\cos\frac{2\pi}{17}", GAUSS),
    ("".join(rf"\sin\frac{{{k}\pi}}{{13}}" for k in range(1, 7)), r"\frac{\sqrt{13}}{64}"),
    (r"\frac{1}{2\sin(\pi/26)}", r"\frac{\sin(6\pi/13)}{\sin(\pi/13)}"),
    (r"\sqrt{2+\sqrt3}", r"\frac{\sqrt6+\sqrt2}{2}"),
    (r"\sqrt{2+\sqrt{2+\sqrt{2+\sqrt{2+\sqrt2}}}}", r"2\cos\frac{\pi}{64}"),
    (r"\tan20^\circ\tan40^\circ\tan80^\circ", r"\sqrt3"),
    (r"\sqrt[3]{2+\sqrt5}+\sqrt[3]{2-\sqrt5}", "1"),
    (r"\cos\frac{\pi}{7}-\cos\frac{2\pi}{7}+\cos\frac{3\pi}{7}", r"\frac12"),
    (r"\sqrt{-4}", "2i"),
]


def zero(a: str, b: str) -> bool | None:
    return is_zero_difference(read(tidy(a)), read(tidy(b)), Total())


@pytest.mark.parametrize(("a", "b"), EQUAL)
def test_equal_numbers_are_proved_within_a_second(a: str, b: str) -> None:
    begin = time.process_time()
    assert zero(a, b) is True
    assert zero(b, a) is True
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(("a", "b"), EQUAL)
def test_what_is_off_by_very_little_differs(a: str, b: str) -> None:
    off = rf"{b}+\frac{{1}}{{10^{{15}}}}"
    assert zero(a, off) is False


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("x", "x"),  # no number
        (r"\pi", "3"),  # not algebraic
        (r"\sin 1", "0"),
        (r"e^2", "7"),
        (r"\cos\frac{\pi}{100003}", "1"),  # of too high a degree
        (r"\frac{1}{1-1}", "1"),  # no value
    ],
)
def test_other_numbers_have_no_bound(a: str, b: str) -> None:
    assert zero(a, b) is None
