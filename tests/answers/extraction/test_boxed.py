r"""The last `\boxed{}`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.extraction.boxed import boxed_token, last_boxed


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (r"so $\boxed{5}$.", "5"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{1} and \boxed{2}", "2"),
        (r"\boxed{\boxed{3}}", "3"),
        (r"\boxed{}", ""),
        (r"\boxed{\{1,2\}}", r"\{1,2\}"),
        (r"\boxed{x} }", "x"),
        (r"\boxed{(1,\{2)}", None),
        (r"\boxed{5", None),
        (r"\boxed 5", None),
        (r"\boxed{5} then \boxed 6", None),
        (r"\boxed {5}", None),
        (r"\fbox{5}", None),
        (r"boxed{5}", None),
        ("", None),
    ],
)
def test_the_last_box_gives_what_is_between_its_braces(text: str, inside: str | None) -> None:
    assert last_boxed(text) == inside


@pytest.mark.parametrize(
    ("text", "token"),
    [
        (r"is $\boxed 2$.", "2"),
        (r"\boxed \pi r", r"\pi"),
        (r"\boxed 25", "2"),
        (r"\boxed{2}", None),
        (r"\boxed {2}", None),
        (r"\boxed", None),
        (r"\boxed2", None),
        ("2", None),
    ],
)
def test_a_box_without_braces_gives_the_next_token(text: str, token: str | None) -> None:
    assert boxed_token(text) == token


@given(st.text(alphabet="{}\\boxed 1"))
@settings(deadline=None)
def test_what_is_in_the_box_has_balanced_braces_and_stands_in_the_text(text: str) -> None:
    inside = last_boxed(text)
    if inside is not None:
        assert inside.count("{") == inside.count("}")
        assert f"\\boxed{{{inside}}}" in text


@pytest.mark.parametrize(("split", "rows", "without"), [("test", 5000, 0), ("train", 7500, 2)])
def test_all_of_math_but_two_solutions_of_train_box_with_braces(
    data: Path, split: str, rows: int, without: int
) -> None:
    lines = (data / "math" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    solutions = [json.loads(line)["solution"] for line in lines]
    unbraced = [each for each in solutions if last_boxed(each) is None]
    assert (len(solutions), len(unbraced)) == (rows, without)
    assert all(boxed_token(each) for each in unbraced)
