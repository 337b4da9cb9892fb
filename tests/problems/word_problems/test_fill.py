"""What holds of every filled template, on small ones made for the purpose."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest

from mmeval.errors import ConfigError, DataError
from mmeval.problems.word_problems import fill
from mmeval.problems.word_problems import template as templates
from mmeval.problems.word_problems.template import Template

HEAD = '[names]\nshe = ["Ada"]\nhe = ["Ben"]\n'


def template(folder: Path, **parts: str) -> tuple[Template, ...]:
    """One template with these TOML values; the rest is a sum of two numbers."""
    given = {
        "id": '"sum"',
        "story": '"{name} has {a} plums and {b} pears."',
        "ask": '"How many is that?"',
        "numbers": "{ a = [2, 4], b = [2, 4] }",
        "steps": '[["all = a + b", "It is {=}."]]',
        **parts,
    }
    path = folder / "some.toml"
    body = "\n".join(f"{key} = {value}" for key, value in given.items())
    path.write_text(f"{HEAD}\n[[template]]\n{body}\n", encoding="utf-8")
    templates.load.cache_clear()
    return templates.load(path)


def test_a_row_is_question_gold_and_solution_in_the_metamathqa_manner(tmp_path: Path) -> None:
    made = template(tmp_path, numbers="{ a = [3, 3], b = [4, 4] }")
    (row,) = fill.forward_rows(made, "0:test", 1)
    assert row["question"] in {
        f"{name} has 3 plums and 4 pears. How many is that?" for name in ("Ada", "Ben")
    }
    assert row["gold"] == "7"
    assert row["solution"] == "It is 3 + 4 = 7.\n#### 7\nThe answer is: 7"


def test_a_twin_masks_one_number_tells_the_answer_and_solves_for_x(tmp_path: Path) -> None:
    made = template(
        tmp_path,
        story='"{name} bakes {a} trays with {b} rolls each."',
        numbers="{ a = [3, 3], b = [4, 4] }",
        steps='[["all = a * b", "{He} bakes {=} rolls."]]',
    )
    twins = {
        row["masked"]: row for row in (next(fill.twin_rows(made, str(i), 1)) for i in range(9))
    }
    row = twins["b"]
    he = "He" if row["question"].startswith("Ben") else "She"
    assert row["question"].split(" ", 1)[1] == (
        "bakes 3 trays with x rolls each. How many is that?\n"
        "If we know the answer to the above question is 12,"
        " what is the value of unknown variable x?"
    )
    assert row["question"][row["masked_at"]] == "x"
    assert row["gold"] == "4"
    assert row["solution"].split("\n") == [
        f"{he} bakes 3 * x = 3x rolls.",
        "We know the answer is 12, so 3x = 12.",
        "So x = 12 / 3 = 4.",
        "The value of x is 4.",
        "#### 4",
        "The answer is: 4",
    ]


@pytest.mark.parametrize(
    ("formula", "possible"),
    [
        ("a + b", {(2, 3), (2, 4), (3, 2), (3, 4), (4, 2), (4, 3)}),  # never equal numbers
        ("a - b", {(4, 2)}),  # no zero, no 1, nothing negative
        ("a / b", {(4, 2)}),  # no 3.5 people
        ("a * b / 6", {(3, 4), (4, 3)}),
        ("6 / (a - b)", {(3, 2), (4, 2), (4, 3)}),  # equal numbers would divide by zero
    ],
)
def test_only_draws_with_whole_results_from_two_on_and_different_numbers_are_kept(
    tmp_path: Path, formula: str, possible: set[tuple[int, int]]
) -> None:
    (made,) = template(tmp_path, steps=f'[["all = {formula}", "It is {{=}}."]]')
    drawn = [fill.fill(made, random.Random(i)).values for i in range(200)]
    assert {(int(v["a"]), int(v["b"])) for v in drawn} == possible


def test_requirements_hold_of_every_draw(tmp_path: Path) -> None:
    (made,) = template(tmp_path, require='["a < b", "all != 7", "a + 2 >= b"]')
    drawn = [fill.fill(made, random.Random(i)).values for i in range(50)]
    assert {(int(v["a"]), int(v["b"])) for v in drawn} == {(2, 3), (2, 4)}


def test_a_template_whose_ranges_give_no_problem_is_named(tmp_path: Path) -> None:
    made = template(tmp_path, require='["a > 9"]')
    with pytest.raises(DataError, match=r"template 'sum': .* widen its ranges"):
        next(fill.forward_rows(made, "0:test", 1))


def test_repeated_questions_are_drawn_again_until_there_are_no_more(tmp_path: Path) -> None:
    made = template(tmp_path)  # 6 pairs of numbers, 2 names
    rows = fill.forward_rows(made, "0:test", 100)
    assert len({row["question"] for row in islice(rows, 8)}) == 8
    with pytest.raises(ConfigError, match="different problems and no more, not 100"):
        list(rows)


def test_a_number_that_the_answer_does_not_prove_is_not_masked(tmp_path: Path) -> None:
    made = template(tmp_path, steps='[["none = a - a + b * 2", "It is {=}."]]')
    for i in range(20):
        (row,) = fill.twin_rows(made, str(i), 1)
        assert row["masked"] == "b"


def test_a_product_with_itself_proves_nothing_because_it_has_two_roots(tmp_path: Path) -> None:
    made = template(tmp_path, steps='[["all = a * (9 - a) + b * b", "It is {=}."]]')
    with pytest.raises(DataError, match="no number of it can be solved for"):
        next(fill.twin_rows(made, "0:test", 1))
