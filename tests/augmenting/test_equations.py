"""Calculations in worked answers: what is read, what holds, and what is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.augmenting.equations import Equation, Unreadable, equations, holds, value_of

CASES = [
    ("He ate 3*2=<<3*2=6>>6.", ["3*2=6"], [True]),
    ("3 buses * 42 seats = 126 seats.", ["3*42=126"], [True]),
    ("Then 126 + 16 = 140.", ["126+16=140"], [False]),
    ("25% of 80 = 20", ["25%*80=20"], [True]),
    ("1/2 of 10 = 5", ["1/2*10=5"], [True]),
    ("$5 x 3 = $15.", ["5*3=15"], [True]),
    ("6 × 7 = 42, and 42 ÷ 6 = 7", ["6*7=42", "42/6=7"], [True, True]),
    ("10/3 = 3.33", ["10/3=3.33"], [True]),
    ("10/3 = 3.3333", ["10/3=3.3333"], [True]),
    ("10/3 = 3.4", ["10/3=3.4"], [False]),
    ("10/3 = 3", ["10/3=3"], [False]),
    ("2 * 3 = 6 = 5 + 1", ["2*3=6=5+1"], [True]),
    ("(2 + 3) * 4 = 20", ["(2+3)*4=20"], [True]),
    ("1,000 + 500 = 1,500", ["1000+500=1500"], [True]),
    ("4/0 = 4", ["4/0=4"], [None]),
    ("2x + 5 = 15", [], []),
    ("So 15 - 5 = 2x", [], []),
    ("3^2 = 9", [], []),
    (r"$\frac{1}{2} + 1 = 1.5$", [], []),
    ("x = 5", [], []),
    ("5 = 5", [], []),
    ("no numbers", [], []),
]


@pytest.mark.parametrize(("text", "said", "right"), CASES, ids=[case[0] for case in CASES])
def test_the_equations_of_a_text(text: str, said: list[str], right: list[bool | None]) -> None:
    found = equations(text)
    assert ([str(each) for each in found], [holds(each) for each in found]) == (said, right)


@pytest.mark.parametrize(
    "text", ["", "2+", "(1", "1)", "2**3", "__import__('os')", "1" * 31, "(" * 50 + "1", "2 3"]
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        value_of(text)


@settings(deadline=None)
@given(st.text(alphabet="0123456789.,+-*/()=% xof<>$\n", max_size=80))
def test_nothing_that_a_model_writes_raises(text: str) -> None:
    for each in equations(text):
        assert holds(each) in (True, False, None)


@settings(deadline=None)
@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999))
def test_values_agree_with_python(a: int, b: int, c: int) -> None:
    assert value_of(f"{a} + {b} * {c} - {c}") == a + b * c - c
    assert value_of(f"-({a} - {b}) * {c}") == -(a - b) * c


def test_gsm8k_calculates_right_but_for_its_known_slips(data: Path) -> None:
    lines = (data / "gsm8k/train.jsonl").read_text(encoding="utf-8").splitlines()
    found: list[Equation] = []
    for line in lines:
        found += equations(json.loads(line)["answer"])
    wrong = sum(holds(each) is False for each in found)
    assert len(found) > 23_000
    assert wrong < 20  # misprints such as 2+11/2=31/2, where 1 1/2 was meant
