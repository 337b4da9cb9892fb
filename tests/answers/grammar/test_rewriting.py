"""Other notations: what they are rewritten to, what is left alone, and that it comes to an end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from mmeval.answers.grammar.rewriting import rewritten
from tests.builders.notations import ANSWERS


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (r"{1\over 2}", r"\frac{1}{2}"),
        (r"{1\over {2\over 3}}", r"\frac{1}{{2\over 3}}"),  # the inner one in the same pass or next
        (r"7 \choose 2", r"\binom{7}{2}"),
        ("C_{7}^{2}", r"\binom{7}{2}"),
        ("C^2_7", r"\binom{7}{2}"),
        ("C_2^2", "C_2^2"),  # may be a square
        ("C_1^5", "C_1^5"),
        ("x_{7}^{2}", "x_{7}^{2}"),
        ("A_5^2", r"\frac{(5)!}{(5-(2))!}"),
        (r"{}_{10}C_3", r"\binom{10}{3}"),
        ("0.1666...", r"0.1\overline{6}"),
        ("3.14159...", "3.14159..."),  # nothing is repeated
        ("1.77...", "1.77..."),  # too short a row behind other digits would be a guess
        (r"0.\dot{1}4285\dot{7}", r"0.\overline{142857}"),
        (r"0.\bar3", r"0.\overline{3}"),
        ("2.5(4)", r"2.5\overline{4}"),
        ("x = 2.5(4)", "x = 2.5(4)"),  # a product
        ("1 x 10^3", r"1\times 10^3"),
        ("1_000", "1000"),
        ("10_5", "10_5"),  # a base
        ("(101)_2", "101_2"),
        ("np.sqrt(2)", r"\sqrt(2)"),
        ("atan(2)", r"\arctan(2)"),
        ("sinx", r"\sin x"),
        ("single", "single"),
        (r"\operatorname{tg} x", r"\tan  x"),
        (r"\operatorname{foo} x", r"\operatorname{foo} x"),
        (r"\textcolor{red}{7}", "{7}"),
        ("USD 50", "50"),
        ("US$50", "50"),
        ("[1 2; 3 4]", r"\begin{matrix}1&2\\3&4\end{matrix}"),
        ("[1; 2 3]", "[1; 2 3]"),
        ("5 dollars", "5 dollars"),
    ],
)
def test_a_notation_is_rewritten(text: str, other: str) -> None:
    found = rewritten(text)
    assert found == other or rewritten(found) == rewritten(other)


@settings(max_examples=300, deadline=None)
@given(ANSWERS)
def test_rewriting_comes_to_an_end(text: str) -> None:
    for _ in range(8):
        before, text = text, rewritten(text)
        if text == before:
            return
    assert rewritten(text) == text
