"""Written numbers: exact values, each against Python's own reading."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.grammar.tree import MAX_DIGITS, NotParsed, TooLarge
from mmeval.answers.grammar.written_numbers import (
    SMALL_INTEGER,
    based,
    decimal,
    plain_number,
    repeating,
)


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_plain_decimal_is_the_fraction_that_python_reads(number: object) -> None:
    written = f"{number:f}"
    assert plain_number(written) == Fraction(written)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("007", Fraction(7)),
        (".5", Fraction(1, 2)),
        ("-.5", Fraction(-1, 2)),
        ("-0", Fraction(0)),
        ("9" * 300, Fraction(10**300 - 1)),
    ],
)
def test_odd_but_plain_numbers_are_read(text: str, value: Fraction) -> None:
    assert plain_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".",
        "5.",
        "+5",
        "1e5",
        "1,000",
        " 5",
        "5 ",
        "--5",
        "1.2.3",
        "9" * 301,
        "²",
        "٥",
        "1/2",
    ],
)
def test_what_is_no_plain_decimal_is_left_to_the_grammar(text: str) -> None:
    assert plain_number(text) is None


def test_a_small_integer_fits_in_a_machine_word() -> None:
    assert SMALL_INTEGER.match("-" + "9" * 15)
    assert not SMALL_INTEGER.match("1" * 16)
    assert not SMALL_INTEGER.match("5\n"), "a line break is none of it"


@pytest.mark.parametrize(
    ("text", "value", "places"),
    [
        ("5", Fraction(5), None),
        ("5.50", Fraction(11, 2), 2),
        (".25", Fraction(1, 4), 2),
        ("1.5e3", Fraction(1500), 1),
        ("2E-2", Fraction(1, 50), None),
        (f"1e{MAX_DIGITS}", Fraction(10**MAX_DIGITS), None),
    ],
)
def test_a_decimal_is_a_value_and_the_places_it_shows(
    text: str, value: Fraction, places: int | None
) -> None:
    node = decimal(text)
    assert (node.kind, node.value, node.places) == ("num", value, places)


@pytest.mark.parametrize("text", [f"1e{MAX_DIGITS + 1}", f"1e-{MAX_DIGITS + 1}", "1e123456"])
def test_an_exponent_of_ten_is_bounded(text: str) -> None:
    with pytest.raises(TooLarge):
        decimal(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"0.\overline{3}", Fraction(1, 3)),
        (r"0.1\overline{6}", Fraction(1, 6)),
        (r".\overline{142857}", Fraction(1, 7)),
        (r"2.\overline{9}", Fraction(3)),
        (r"0.\overline {45}", Fraction(5, 11)),
    ],
)
def test_a_repeating_decimal_is_its_fraction(text: str, value: Fraction) -> None:
    assert repeating(text) == value


def test_a_repeating_decimal_is_bounded() -> None:
    with pytest.raises(TooLarge):
        repeating(r"0.\overline{" + "3" * MAX_DIGITS + "}")


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 36))
def test_a_number_in_a_base_is_what_python_reads_there(number: int, base: int) -> None:
    digits, rest = "", number
    while rest or not digits:
        rest, digit = divmod(rest, base)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    node = based(digits, base)
    assert (node.kind, node.args[0].value, node.value) == ("base", Fraction(number), base)


def test_digits_behind_the_point_of_a_base_are_its_negative_powers() -> None:
    assert based("0.12", 3).args[0].value == Fraction(1, 3) + Fraction(2, 9)


@pytest.mark.parametrize(("digits", "base"), [("204", 4), ("1a", 10), ("-", 2)])
def test_a_digit_that_the_base_has_not_is_no_number(digits: str, base: int) -> None:
    with pytest.raises(NotParsed, match=f"base {base}"):
        based(digits, base)
