"""Training rows: fields found by name, types chosen, ids from the texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from mmeval.errors import ConfigError, DataError, MissingData
from mmeval.training_data.diversity.items import gather
from mmeval.training_data.perplexity.sets import ScoredSet, Source
from mmeval.training_data.rows import (
    DataFile,
    TrainingRow,
    original_key,
    parse_file,
    read_file,
    row_id,
)
from mmeval.training_data.vectors.text_store import TextStore
from tests.builders.jsonl_files import write_rows


def write(path: Path, *rows: dict[str, Any]) -> Path:
    return write_rows(path, rows)


@pytest.mark.parametrize(
    "row",
    [
        {"query": "q", "response": "r"},
        {"question": "q", "answer": "r", "id": 3},
        {"problem": "q", "solution": "r", "level": "Level 1"},
        {"instruction": "q", "output": "r"},
    ],
    ids=["MetaMathQA", "GSM8K", "MATH", "Alpaca"],
)
def test_the_fields_of_known_sets_are_found(tmp_path: Path, row: dict[str, Any]) -> None:
    path = write(tmp_path / "x.jsonl", row)
    assert list(read_file(DataFile(name="x", path=path))) == [
        TrainingRow(id=row_id("q", "r"), query="q", response="r")
    ]


def test_the_fields_may_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", {"q": "q", "deep": {"a": "r"}, "query": "no"})
    (row,) = read_file(parse_file(f"x={path}", question="q", answer="deep.a"))
    assert (row.query, row.response) == ("q", "r")


def test_rows_of_a_type_are_taken_and_the_types_there_are_named(tmp_path: Path) -> None:
    kinds = ("GSM_FOBAR", "GSM_SV", "GSM_FOBAR")
    rows = [{"query": f"q{i}", "response": "r", "type": t} for i, t in enumerate(kinds)]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(rows))
    assert [r.query for r in read_file(parse_file(f"x={path}:GSM_FOBAR"))] == ["q0", "q2"]
    assert [r.query for r in read_file(parse_file(f"x={path}:GSM_SV,GSM_FOBAR"))] == [
        "q0",
        "q1",
        "q2",
    ]
    with pytest.raises(
        DataError, match=r"no row of type SV in it; its types are GSM_FOBAR, GSM_SV"
    ):
        list(read_file(parse_file(f"x={path}:SV")))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            {"query": "q", "response": ""},
            "line 1: the field 'response' must hold the answer, found an empty text",
        ),
        (
            {"query": " ", "response": "r"},
            "line 1: the field 'query' must hold the question, found an empty text",
        ),
        (
            {"query": "q", "response": 5},
            "line 1: the field 'response' must hold the answer, found int",
        ),
        ({"query": "q"}, "line 1: no question and answer found.*the row has query.*--answer FIELD"),
    ],
)
def test_a_row_without_question_or_answer_is_named(
    tmp_path: Path, row: dict[str, Any], reason: str
) -> None:
    path = write(tmp_path / "x.jsonl", row)
    with pytest.raises(DataError, match=reason) as caught:
        list(read_file(DataFile(name="x", path=path)))
    assert str(path) in str(caught.value)


def test_questions_alone_are_enough_where_they_are_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", {"query": "q"})
    (row,) = read_file(DataFile(name="x", path=path), responses=False)
    assert (row.query, row.response) == ("q", "")


def test_an_empty_file_and_a_missing_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no row in it"):
        list(read_file(DataFile(name="x", path=write(tmp_path / "x.jsonl"))))
    with pytest.raises(MissingData, match="x: no file at"):
        parse_file(f"x={tmp_path}/none.jsonl")
    with pytest.raises(ConfigError, match="write NAME=FILE"):
        parse_file("none.jsonl")


def test_ids_depend_on_where_the_question_ends() -> None:
    assert row_id("ab", "c") != row_id("a", "bc")


def row(query: str, original: str | None = None) -> TrainingRow:
    return TrainingRow(id=row_id(query, "z"), query=query, response="z", original_question=original)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (row("How  many\n?"), row("How many ?"), True),
        (row("Ann’s “pen”?"), row('Ann\'s "pen"?'), True),
        (row("Reworded.", original="How?"), row("How?"), True),
        (row("How?"), row("How!"), False),
        (row("How?", original="When?"), row("How?"), False),
    ],
)
def test_rows_of_one_original_question_have_one_key(
    one: TrainingRow, other: TrainingRow, same: bool
) -> None:
    assert (original_key(one) == original_key(other)) is same
    assert len(original_key(one)) == 16


def test_both_measurements_take_the_same_rows_for_those_of_one_question(tmp_path: Path) -> None:
    """Perplexity counts them as one draw, and diversity by one key, in whichever quotes."""
    asked = ["How much is “3 + 4”?", ' How much is  "3 + 4"? ', "How much is 3 + 4?"]
    path = write(
        tmp_path / "x.jsonl",
        *({"query": f"q{i}", "response": "7", "original_question": q} for i, q in enumerate(asked)),
        {"query": asked[0], "response": "7"},
    )
    file = DataFile(name="x", path=path)
    scored = [
        entry.original
        for entry in ScoredSet(name="x", source=Source(name="x", file=file)).entries()
    ]
    no_texts = Mock(spec=TextStore)
    assert gather("x", read_file(file), (), no_texts).questions == scored
    assert [scored.index(key) for key in scored] == [0, 0, 2, 0]
