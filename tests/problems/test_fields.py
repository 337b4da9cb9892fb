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
from mmeval.problems.fields import PAIRS, field_paths, find_pair, gold_in, is_number
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
        (" 1,200 ", "1,200"),
        ("So 7.\n#### 7\n", "7"),
        ("So.\nThe answer is: 7", "7"),
        (r"So $\boxed{\frac12}$", r"\frac12"),
        ("seven", "seven"),
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
