"""Rows with a question and an answer: every reader finds the same fields, and complains alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmeval.augmenting.questions import from_file
from mmeval.errors import DataError
from mmeval.judging.output_files import OutputFile
from mmeval.problems import jsonl_benchmark
from mmeval.problems.fields import (
    GOLD_FIELDS,
    PAIRS,
    QUESTION_FIELDS,
    field_paths,
    find_pair,
    gold_in,
    is_number,
    read,
)
from mmeval.problems.load import DataOptions, load_problems
from mmeval.training_data.rows import DataFile, read_file


def to_augment(path: Path) -> tuple[str, str]:
    (problem,) = from_file(path, DataOptions()).problems
    return problem.question, problem.gold


def to_ask(path: Path) -> tuple[str, str]:
    (problem,) = load_problems(jsonl_benchmark.load(path), "test", DataOptions()).problems
    return problem.question, problem.gold


def to_train_on(path: Path) -> tuple[str, str]:
    (row,) = read_file(DataFile(name="x", path=path))
    return row.query, str(gold_in(row.response))


def to_judge(path: Path) -> tuple[str, str]:
    question, answer = next(pair for pair in PAIRS if pair[0] in path.read_text())
    ((generation, gold),) = OutputFile(path=path, text=question, gold=answer).pairs()
    return generation.text, str(gold_in(gold))


READERS = [to_augment, to_ask, to_train_on, to_judge]


def written(path: Path, row: dict[str, Any]) -> Path:
    path.write_text(json.dumps(row), encoding="utf-8")
    return path


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
@pytest.mark.parametrize("reader", READERS)
def test_every_reader_finds_the_same_question_and_answer(
    tmp_path: Path, reader: Callable[[Path], tuple[str, str]], pair: tuple[str, str]
) -> None:
    row = {pair[0]: "What is 3 + 4?", pair[1]: "3 + 4 = 7\n#### 7"}
    assert reader(written(tmp_path / "x.jsonl", row)) == ("What is 3 + 4?", "7")


@pytest.mark.parametrize("reader", [to_augment, to_ask, to_train_on])
@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"q": "?", "a": {"b": 5}}, "the row has q, a.b"),
        ({"question": " ", "answer": "5"}, "'question' must hold the question, found an empty"),
        ({"question": "?", "answer": 5}, "the field 'answer' must hold the answer, found int"),
    ],
)
def test_every_reader_names_file_and_line_once_and_what_is_wrong(
    tmp_path: Path,
    reader: Callable[[Path], tuple[str, str]],
    row: dict[str, Any],
    complaint: str,
) -> None:
    path = written(tmp_path / "x.jsonl", row)
    with pytest.raises(DataError) as caught:
        reader(path)
    assert str(caught.value).startswith(f"{path}, line 1: ")
    assert str(caught.value).count(complaint) == str(caught.value).count("line 1") == 1


@pytest.mark.parametrize("answer", GOLD_FIELDS)
@pytest.mark.parametrize("question", QUESTION_FIELDS)
def test_a_question_and_an_answer_go_by_several_names(question: str, answer: str) -> None:
    item = read({question: "How many?", answer: "So.\n#### 5", "other": 1})
    assert (item.question, item.gold) == ("How many?", "5")


def test_the_gold_goes_before_what_is_only_an_answer() -> None:
    assert read({"query": "q", "question": "Q", "answer": "6", "gold": "5"}).gold == "5"
    assert read({"query": "q", "question": "Q", "answer": "6"}).question == "Q"


def test_calculations_in_the_answer_are_kept() -> None:
    worked = "2+3=<<2+3=5>>5 and <<5*2=10>>10.\n#### 10"
    assert read({"question": "?", "answer": worked}).meta == {"calculation": "2+3=5\n5*2=10"}
    assert read({"question": "?", "answer": "10"}).meta == {}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({}, r"^no field for the question; looked for question, query.*has nothing$"),
        ({"a": 1, "b": 2}, "the row has a, b"),
        ({"question": 5}, "the field 'question' must hold the question, found int"),
        ({"question": " "}, "must hold the question, found an empty text"),
        ({"question": "?"}, "no field for the answer"),
        ({"question": "?", "gold": None, "answer": "5"}, "'gold' must hold the answer, found None"),
        ({"question": "?", "answer": "w" * 99}, "^no gold answer in 'w"),
    ],
)
def test_a_row_without_one_says_which_field_it_misses(row: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        read(row)
    assert "\n" not in str(caught.value)


def test_fields_that_are_named_go_before_those_that_are_known() -> None:
    row = {"query": "q", "response": "r", "mine": "m"}
    assert find_pair(row, None, None) == ("query", "response")
    assert find_pair(row, "mine", None) == ("mine", "answer")
    assert find_pair(row, "problem", None) == ("problem", "solution")
    assert find_pair(row, None, "mine") == ("query", "mine")


def test_a_worked_solution_is_trained_on_where_a_short_answer_is_the_gold(tmp_path: Path) -> None:
    row = {"problem": "3 + 4?", "solution": r"It is $\boxed{7}$.", "answer": "7"}
    path = written(tmp_path / "x.jsonl", row)
    assert next(read_file(DataFile(name="x", path=path))).response == row["solution"]
    assert to_ask(path) == ("3 + 4?", "7")


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("5", "5"),
        (" 1,200 ", "1,200"),
        (" $1,018.50 ", "$1,018.50"),
        ("-3%", "-3%"),
        ("So 7.\n#### 7\n", "7"),
        ("So.\n#### 1,018", "1,018"),
        ("#### 4\nNo.\n#### 5\nThe answer is: 6", "5"),  # the last mark, its line alone
        ("####", None),
        ("So.\nThe answer is: 7", "7"),
        ("So.\nThe answer is: 1/2", "1/2"),
        ("The answer is: 1\nThe answer is: 2", "2"),
        ("The answer is: ", None),
        (r"So $\boxed{\frac12}$", r"\frac12"),
        (r"So \boxed{1} or \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        ("seven", "seven"),
        ("x + 1", "x + 1"),  # short: the answer itself
        ("w" * 40, "w" * 40),
        ("w" * 41, None),
        ("well, " * 20, None),
    ],
)
def test_the_gold_of_a_worked_answer(answer: str, gold: str | None) -> None:
    assert gold_in(answer) == gold


def test_a_plain_number_and_what_is_none() -> None:
    assert all(map(is_number, ("$1,200", "-3.5", "40%", " 7 ")))
    assert not any(map(is_number, ("x", "7 apples", r"\frac12", "")))


def test_the_fields_of_a_row_are_named_as_options_take_them() -> None:
    row = {"a": 1, "b": {"c": 1}, "d": [{"e": 1}], "f": ["g"], "h": []}
    assert field_paths(row) == ["a", "b.c", "d.0.e", "f.0", "h"]
