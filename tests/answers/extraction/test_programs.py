"""What a program printed, as an answer."""

from __future__ import annotations

import pytest

from mmeval.answers.extraction.programs import printed_answer
from mmeval.answers.extraction.regions import Printed


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("12", "12"),
        ("working\n12", "12"),
        (r"\boxed{12}", "12"),
        ("\\boxed{12}\nReach max function call limit.", "12"),
        (r"\boxed{\frac{3}{8}}", r"\frac{3}{8}"),
        ("Fraction(3, 8)", "3/8"),
        ("Rational(-3, 8)", "-3/8"),
        ("np.float64(1.5)", "1.5"),
        ("sqrt(2)/2", "sqrt(2)/2"),
        ("The answer is 12", "12"),
        ("Answer: 12", "12"),
        ("So the final answer is: Fraction(3, 8)", "3/8"),
        ("Answer: 3 or 4", "3 or 4"),
        ("Total cost: 12", "12"),
        (r"\boxed{KeyError: z}", None),
        ("NameError: name 'y' is not defined", None),
        ("Traceback (most recent call last):", None),
        ("None", None),
        ("we could not find any of the many solutions", None),
    ],
)
def test_an_output_gives_its_answer_or_none(printed: str, value: str | None) -> None:
    found = printed_answer(Printed(text=printed, start=0, end=len(printed)))
    assert (found and found.value) == value
