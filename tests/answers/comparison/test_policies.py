"""The conventions, one by one: each of their values switches what it says."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any, get_args, get_type_hints

import pytest

from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.policies import DEFAULT, PRESETS, Policies
from tests.builders.source_tree import GOLDEN

ROWS = [
    json.loads(line)
    for line in (GOLDEN / "policies.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{r['a']} ~ {r['b']} {r['policy']}"[:70] for r in ROWS])
def test_each_convention_switches_what_it_says(row: dict[str, Any]) -> None:
    policies = replace(DEFAULT, **row["policy"])
    assert compare(row["a"], row["b"], policies).outcome == row["outcome"]
    assert compare(row["b"], row["a"], policies).outcome == row["outcome"]


def test_every_convention_has_cases_for_each_of_its_values() -> None:
    switched = {name for row in ROWS for name in row["policy"]}
    assert switched == {each.name for each in fields(Policies)}


def test_the_values_of_the_cases_are_those_that_a_convention_has() -> None:
    hints = get_type_hints(Policies)
    for row in ROWS:
        for name, value in row["policy"].items():
            assert value in (get_args(hints[name]) or (True, False)), name


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("0.33", r"\frac{1}{3}"),
        ("1000,99", "1000.99"),
        (r"\{1, 3\}", "(1, 3)"),
        ("x = 4", "y = 4"),
        (r"1 \le |z| \le 2", r"[-2,-1] \cup [1,2]"),
        ("1, 1, 2", "1, 2"),
    ],
)
def test_lighteval_calls_these_equal_and_the_default_does_not(a: str, b: str) -> None:
    assert compare(a, b, PRESETS["lighteval"]).outcome == "equal"
    assert compare(a, b).outcome != "equal"


def test_the_presets_are_distinct_and_the_default_is_the_first_choice() -> None:
    assert PRESETS["default"] == DEFAULT == Policies()
    assert PRESETS["lighteval"] != DEFAULT
    hints = get_type_hints(Policies)
    for preset in PRESETS.values():
        for each in fields(preset):
            assert getattr(preset, each.name) in (get_args(hints[each.name]) or (True, False))
