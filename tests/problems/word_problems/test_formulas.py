"""Formulas, functions of x and solving, checked by putting numbers in."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.errors import DataError
from mmeval.problems.word_problems import formulas
from mmeval.problems.word_problems.formulas import (
    Expr,
    Ratio,
    evaluate,
    explain,
    parse,
    render,
    solve,
)

VALUES = {"a": Fraction(3), "b": Fraction(4), "c": Fraction(5)}

FORMULAS: st.SearchStrategy[Expr] = st.recursive(
    st.sampled_from(["a", "b", "c"]) | st.integers(1, 9),
    lambda inner: st.tuples(st.sampled_from("+-*/"), inner, inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os')",
        "a.b",
        "a[0]",
        "a ** b",
        "a // b",
        "-a",
        "1.5 * a",
        "True + a",
        "'a' * 9",
        "a if b else c",
        "a, b",
        "(a := 2)",
        "lambda: a",
        "f'{a}'",
        "a +",
        "",
        "a\x00",
        "+".join("a" * 150),
    ],
)
def test_what_is_not_plain_arithmetic_is_refused(formula: str) -> None:
    with pytest.raises(DataError):
        parse(formula)


@pytest.mark.parametrize(
    ("formula", "value", "shown"),
    [
        ("a * b + c", 17, "3 * 4 + 5"),
        ("a * (b + c)", 27, "3 * (4 + 5)"),
        ("c - (b - a)", 4, "5 - (4 - 3)"),
        ("c - b - a", -2, "5 - 4 - 3"),
        ("a + (b - c)", 2, "3 + 4 - 5"),
        ("a / (b * c)", Fraction(3, 20), "3 / (4 * 5)"),
        ("a * (b / c)", Fraction(12, 5), "3 * (4 / 5)"),
        ("(a * b) / 6", 2, "3 * 4 / 6"),
    ],
)
def test_a_formula_is_computed_exactly_and_shown_with_needed_parentheses(
    formula: str, value: int | Fraction, shown: str
) -> None:
    assert evaluate(parse(formula), VALUES, Fraction) == value
    assert render(parse(formula), {k: str(v) for k, v in VALUES.items()}) == shown


@settings(deadline=None)
@given(FORMULAS)
def test_a_shown_formula_means_what_the_formula_means(expr: Expr) -> None:
    again = parse(render(expr, {"a": "a", "b": "b", "c": "c"}))
    try:
        wanted = evaluate(expr, VALUES, Fraction)
    except ZeroDivisionError:
        with pytest.raises(ZeroDivisionError):
            evaluate(again, VALUES, Fraction)
    else:
        assert evaluate(again, VALUES, Fraction) == wanted


def put_in(shown: str, x: Fraction) -> Fraction:
    """The value of a shown function at x, read by the parser and not by `Ratio`."""
    explicit = re.sub(r"(\d)x", r"\1 * x", re.sub(r"(\w)\^2", r"\1 * x", shown))
    explicit = re.sub(r"^-|(?<=\()-", "0 - ", explicit)
    return evaluate(parse(explicit), {"x": x}, Fraction)


@settings(deadline=None, max_examples=300)
@given(FORMULAS, st.integers(2, 30))
def test_a_function_of_x_has_the_formula_s_value_at_every_x(expr: Expr, x: int) -> None:
    there = {**VALUES, "a": Fraction(x)}
    lifted = {name: Ratio.of(value) for name, value in VALUES.items()} | {"a": formulas.X}
    try:
        function = evaluate(expr, lifted, Ratio.of)
        wanted = evaluate(expr, there, Fraction)
        if len(function.top) <= 2 and len(function.bottom) <= 2:
            assert put_in(str(function), Fraction(x)) == wanted
    except ZeroDivisionError:
        return  # undefined at this x, or everywhere
    found = solve(function, int(wanted)) if wanted.denominator == 1 else None
    if found is not None:
        assert found == x


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("x - x + 3", 3),  # every x
        ("x - x + 3", 4),  # no x
        ("x * x", 16),  # 4 and -4
        ("x * (7 - x)", 12),  # 3 and 4: both are positive whole numbers
        ("(x * x - 9) / (x - 3)", 6),  # only x = 3, where it is undefined
        ("6 / x", 0),  # no x
    ],
)
def test_what_is_not_proved_to_be_the_only_x_is_not_a_solution(formula: str, value: int) -> None:
    function = evaluate(parse(formula), {"x": formulas.X}, Ratio.of)
    assert solve(function, value) is None
    with pytest.raises(ValueError, match="no single solution"):
        explain(function, value)


@pytest.mark.parametrize(
    ("formula", "value", "lines"),
    [
        ("x", 7, ["x = 7"]),
        ("5 * x + 10", 60, ["5x + 10 = 60", "5x = 60 - 10 = 50", "x = 50 / 5 = 10"]),
        ("4 * x - 6", 10, ["4x - 6 = 10", "4x = 10 + 6 = 16", "x = 16 / 4 = 4"]),
        ("100 - 3 * x", 40, ["100 - 3x = 40", "3x = 100 - 40 = 60", "x = 60 / 3 = 20"]),
        (
            "3 * x / 4 + 2",
            8,
            ["3x / 4 + 2 = 8", "3x / 4 = 8 - 2 = 6", "3x = 6 * 4 = 24", "x = 24 / 3 = 8"],
        ),
        ("20 - x / 2", 5, ["20 - x / 2 = 5", "x / 2 = 20 - 5 = 15", "x = 15 * 2 = 30"]),
        ("(x + 3) / 2", 9, ["(x + 3) / 2 = 9", "x + 3 = 9 * 2 = 18", "x = 18 - 3 = 15"]),
        ("90 / x", 6, ["90 / x = 6", "90 = 6 * x = 6x", "x = 90 / 6 = 15"]),
        (
            "60 / (x + 2)",
            5,
            [
                "60 / (x + 2) = 5",
                "60 = 5 * (x + 2) = 5x + 10",
                "5x = 60 - 10 = 50",
                "x = 50 / 5 = 10",
            ],
        ),
        (
            "60 / (x - 2)",
            5,
            [
                "60 / (x - 2) = 5",
                "60 = 5 * (x - 2) = 5x - 10",
                "5x = 60 + 10 = 70",
                "x = 70 / 5 = 14",
            ],
        ),
        (
            "80 - 90 / x",
            65,
            ["80 - 90 / x = 65", "90 / x = 80 - 65 = 15", "90 = 15 * x = 15x", "x = 90 / 15 = 6"],
        ),
        (
            "90 / x + 5",
            20,
            ["90 / x + 5 = 20", "90 / x = 20 - 5 = 15", "90 = 15 * x = 15x", "x = 90 / 15 = 6"],
        ),
        (
            "(5 * x + 30) / (40 - x)",
            18,
            [
                "(5x + 30) / (40 - x) = 18",
                "5x + 30 = 18 * (40 - x) = 720 - 18x",
                "23x = 690",
                "x = 690 / 23 = 30",
            ],
        ),
    ],
)
def test_the_way_to_x_is_told_as_a_teacher_tells_it(
    formula: str, value: int, lines: list[str]
) -> None:
    assert explain(evaluate(parse(formula), {"x": formulas.X}, Ratio.of), value) == lines


@settings(deadline=None, max_examples=500)
@given(FORMULAS, st.integers(2, 40))
def test_every_equation_on_the_way_to_x_holds_at_x(expr: Expr, x: int) -> None:
    lifted = {name: Ratio.of(value) for name, value in VALUES.items()} | {"a": formulas.X}
    try:
        function = evaluate(expr, lifted, Ratio.of)
        value = evaluate(expr, {**VALUES, "a": Fraction(x)}, Fraction)
    except ZeroDivisionError:
        return
    if value.denominator != 1 or value < 1 or solve(function, int(value)) is None:
        return
    lines = explain(function, int(value))
    for line in lines:
        sides = {put_in(side, Fraction(x)) for side in line.split(" = ")}
        assert len(sides) == 1, lines
    assert lines[-1].startswith("x = ") and lines[-1].endswith(f" {x}"), lines
