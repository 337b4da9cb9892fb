"""A JSONL file as a benchmark: its rows, its checkers, and what is taken over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmeval.errors import DataError, MissingData
from mmeval.problems.jsonl_benchmark import CHECKER, META, load, read
from mmeval.problems.load import DataOptions, load_problems
from tests.builders.jsonl_files import write_rows


def written(path: Path, *rows: dict[str, Any]) -> Path:
    return write_rows(path, rows)


ROW = {"question": "What is x?", "answer": "7"}


def test_a_file_is_a_benchmark_named_after_it(tmp_path: Path) -> None:
    file = written(tmp_path / "mine.jsonl", ROW, ROW | {"question": "And y?"})
    found = load(file)
    assert (found.name, found.splits["test"].rows, found.file) == ("mine", 2, file)
    assert found.checkers == (CHECKER,)
    asked = load_problems(found, "test", DataOptions()).problems
    assert [(each.question, each.gold) for each in asked] == [("What is x?", "7"), ("And y?", "7")]


def test_the_first_row_says_who_judges(tmp_path: Path) -> None:
    rules = ["metamath-gsm8k/1", "mmeval/1"]
    file = written(tmp_path / "m.jsonl", ROW | {"checkers": rules}, ROW | {"checkers": ["other/1"]})
    assert load(file).checkers == tuple(rules)


@pytest.mark.parametrize("checkers", [[], "mmeval/1", [5], None, {"a": 1}])
def test_checkers_that_are_no_names_are_refused(checkers: object, tmp_path: Path) -> None:
    file = written(tmp_path / "m.jsonl", ROW | {"checkers": checkers})
    with pytest.raises(DataError, match=r"m\.jsonl, line 1: the field 'checkers' must hold a list"):
        load(file)


def test_what_an_analysis_reads_is_taken_over_and_nothing_else() -> None:
    known: dict[str, Any] = {name: f"the {name}" for name in META}
    known |= {"steps": 3, "determined": True}
    item = read(ROW | known | {"other": 1, "checkers": ["x"]})
    assert item.meta == known
    assert read(ROW | {"determined": None}).meta == {"determined": None}
    assert read(ROW).meta == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", "three"),
        ("steps", 1.5),
        ("determined", "yes"),
        ("subject", ["Algebra"]),
        ("level", {"of": 5}),
    ],
)
def test_a_fact_that_no_report_could_show_is_refused_before_anything_is_asked(
    field: str, value: Any, tmp_path: Path
) -> None:
    file = written(tmp_path / "m.jsonl", ROW, ROW | {"question": "?", field: value})
    with pytest.raises(DataError, match=rf"line 2: the field '{field}' must hold"):
        load_problems(load(file), "test", DataOptions())


def test_a_file_without_rows_or_with_a_first_row_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no rows in it, so there is nothing to ask"):
        load(written(tmp_path / "empty.jsonl"))
    with pytest.raises(DataError, match=r"bad\.jsonl, line 1: no field for the answer"):
        load(written(tmp_path / "bad.jsonl", {"question": "?"}))
    with pytest.raises(MissingData):
        load(tmp_path / "none.jsonl")


@pytest.mark.parametrize("name", ["evil.py", "./evil.py", "../x/evil.py", "~/evil.py"])
def test_a_row_names_no_code(name: str, tmp_path: Path) -> None:
    file = written(tmp_path / "mine.jsonl", ROW | {"checkers": ["mmeval/1", name]})
    with pytest.raises(DataError, match=r"line 1: .*--checker"):
        load(file)
