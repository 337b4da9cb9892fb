"""Unicode notation: what each sign is in LaTeX, and that ASCII stays as it is."""

from __future__ import annotations

import pytest

from mmeval.answers.grammar.unicode_signs import unify


@pytest.mark.parametrize(
    ("text", "unified"),
    [
        ("x²", "x^{2}"),
        ("10⁻¹²", "10^{-12}"),
        ("a₁₂", "a_{12}"),
        ("⅝", r"\frac{5}{8}"),
        ("2½", r"2\frac{1}{2}"),
        ("𝑥+𝐲", "x+y"),
        ("𝛼", r"\alpha "),
        ("ω", r"\omega "),
        ("Δ", r"\Delta "),
        ("ℝ", r"\mathbb{R}"),
        ("∛27", r"\sqrt[3]{27}"),
        ("√x", r"\sqrt x"),
        ("⌊x⌋", r"\lfloor x\rfloor "),
        ("5‰", r"\frac{5}{1000}"),
        ("25℃", "25°\\text{C}"),
        ("Ⅳ", "IV"),
        ("３．５", "3.5"),
        ("४२", "42"),
        ("1&lt;2 &amp; x", "1<2 & x"),
        ("a & b; c", "a & b; c"),  # no entity
    ],
)
def test_a_sign_has_its_latex(text: str, unified: str) -> None:
    assert unify(text) == unified
    assert unify(unified) == unified
