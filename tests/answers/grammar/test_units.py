"""Units: which labels are quantities, of which size, and when two labels clash."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mmeval.answers.grammar.units import clashes, quantity


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        ("feet", "inches", Fraction(12)),
        ("miles", "feet", Fraction(5280)),
        ("yards", "feet", Fraction(3)),
        ("kg", "g", Fraction(1000)),
        ("pounds", "oz", Fraction(16)),
        ("days", "hours", Fraction(24)),
        ("years", "months", Fraction(12)),
        ("dollars", "cents", Fraction(100)),
        ("square feet", "square inches", Fraction(144)),
        ("cubic yards", "cubic feet", Fraction(27)),
        ("km/h", "m/s", Fraction(1000, 3600)),
        ("mph", "feet per minute", Fraction(88)),
        ("liters", "ml", Fraction(1000)),
    ],
)
def test_a_quantity_is_so_many_of_another(one: str, other: str, factor: Fraction) -> None:
    left, right = quantity(one), quantity(other)
    assert left is not None and right is not None
    assert left[0] == right[0], "the same dimension"
    assert left[1] / right[1] == factor


@pytest.mark.parametrize(
    "same",
    [
        ("square feet", "ft^2", "sq. ft.", "feet squared", "Square Feet", "ft^{2}"),
        ("miles per hour", "mph", "mi/hr"),
        ("cubic centimeters", "cm^3", "cu cm"),
        ("hours", "hr", "h", "Hrs."),
    ],
)
def test_spellings_of_one_unit_are_one_quantity(same: tuple[str, ...]) -> None:
    assert len({quantity(each) for each in same}) == 1
    assert quantity(same[0]) is not None


@pytest.mark.parametrize(
    "label", ["eggs", "ways", "square units", "square", "feet of rope", "", "per", "2"]
)
def test_what_was_counted_is_no_quantity(label: str) -> None:
    assert quantity(label) is None


@pytest.mark.parametrize(
    ("one", "other"), [("feet", "square feet"), ("euros", "dollars"), ("months", "days")]
)
def test_other_dimensions_are_kept_apart(one: str, other: str) -> None:
    """A month has no fixed number of days, and a euro no fixed number of dollars."""
    left, right = quantity(one), quantity(other)
    assert left is not None and right is not None and left[0] != right[0]


@pytest.mark.parametrize(
    ("known", "label", "clash"),
    [
        ("minutes", "points", True),
        ("hours", "hours of work", False),
        ("square feet", "square units", False),
        ("cm", "feet of rope", False),  # a length, too
        ("cm", "pounds of rope", True),
        ("eggs", "points", False),  # the first is no known unit: nothing to clash with
    ],
)
def test_a_label_clashes_with_a_unit_of_something_else(known: str, label: str, clash: bool) -> None:
    assert clashes(known, label) is clash
