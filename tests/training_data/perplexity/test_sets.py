"""Where the rows of a perplexity measurement come from, and which are drawn."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from mmeval.errors import ConfigError, DataError, MissingData
from mmeval.training_data.perplexity.scores import BARE, FORMS
from mmeval.training_data.perplexity.sets import (
    ScoredSet,
    Source,
    answer_only,
    parse_source,
    split_by_type,
)
from tests.builders.jsonl_files import write_rows
from tests.builders.training_rows import typed_rows


def source(path: Path, name: str = "x", types: str = "") -> Source:
    return parse_source(f"{name}={path}{types}", None, None)


def questions(found: ScoredSet) -> list[str]:
    return [each.original for each in found.entries()]


def test_a_draw_is_seeded_and_free_of_order_and_grows(tmp_path: Path) -> None:
    made = typed_rows(60)
    whole = source(write_rows(tmp_path / "a.jsonl", made))
    random.Random(0).shuffle(made)
    shuffled = source(write_rows(tmp_path / "b.jsonl", made))

    def drawn(what: Source, limit: int, seed: int = 0) -> set[str]:
        return {e.id for e in ScoredSet(name="x", source=what, limit=limit, seed=seed).entries()}

    assert len(drawn(whole, 20)) == 20
    assert drawn(whole, 20) == drawn(shuffled, 20)
    assert drawn(whole, 20) < drawn(whole, 30)
    assert drawn(whole, 20) != drawn(whole, 20, seed=1)
    assert drawn(whole, 1000) == {e.id for e in ScoredSet(name="x", source=whole).entries()}


def test_a_seed_draws_the_rows_that_it_always_drew(tmp_path: Path) -> None:
    made = [
        *typed_rows(12),
        *({**r, "original_question": " “question” 3 "} for r in typed_rows(2, "B")),
    ]
    what = source(write_rows(tmp_path / "a.jsonl", made))
    drawn = ScoredSet(name="x", source=what, limit=5, seed=3).entries()
    assert sorted(each.query for each in drawn) == [
        f"A question {i} wording 0" for i in (1, 11, 2, 5, 8)
    ]


def test_sets_from_the_same_questions_draw_the_same_questions(tmp_path: Path) -> None:
    one = source(write_rows(tmp_path / "a.jsonl", typed_rows(80, "A")))
    other = source(write_rows(tmp_path / "b.jsonl", typed_rows(80, "B")))
    found = [set(questions(ScoredSet(name="x", source=s, limit=20))) for s in (one, other)]
    assert found[0] == found[1]


def test_every_row_of_a_question_is_as_likely_as_any_other_row(tmp_path: Path) -> None:
    # 30 questions with one row, 10 with three: a draw by question would take a half of each.
    made = [*typed_rows(30), *({**r, "original_question": r["query"]} for r in typed_rows(0))]
    made += [
        {**r, "original_question": "many" + str(r["original_question"])}
        for r in typed_rows(10, "B", 3)
    ]
    what = source(write_rows(tmp_path / "a.jsonl", made))
    kinds: Counter[bool] = Counter()
    many = {
        q
        for r, q in zip(made, questions(ScoredSet(name="x", source=what)), strict=True)
        if r["type"] == "B"
    }
    for seed in range(60):
        kinds.update(
            q in many for q in questions(ScoredSet(name="x", source=what, limit=10, seed=seed))
        )
    assert 0.42 < kinds[True] / kinds.total() < 0.58


def test_equal_rows_count_as_often_as_they_are_there(tmp_path: Path) -> None:
    what = source(write_rows(tmp_path / "a.jsonl", typed_rows(2) * 3))
    ids = [each.id for each in ScoredSet(name="x", source=what).entries()]
    assert len(ids) == len(set(ids)) == 6
    assert Counter(len(each) for each in ids) == {16: 2, 18: 4}


def test_answers_alone_come_in_every_form(tmp_path: Path) -> None:
    what = source(write_rows(tmp_path / "a.jsonl", typed_rows(3)))
    found = list(ScoredSet(name="a", source=what, answers_alone=True).entries())
    assert [each.form for each in found] == [*FORMS] * 3
    assert [e.response for e in found if e.form == BARE] == ["0", "1", "2"]
    assert {e.response for e in found if e.form == "#### N"} == {"#### 0", "#### 1", "#### 2"}


def test_a_response_without_a_closing_answer_is_named(tmp_path: Path) -> None:
    made: list[dict[str, object]] = [*typed_rows(2), {"query": "q", "response": "no mark"}]
    what = source(write_rows(tmp_path / "a.jsonl", made))
    with pytest.raises(DataError, match=r"a\.jsonl, row 3: the response closes with no answer"):
        list(ScoredSet(name="a", source=what, answers_alone=True).entries())


def test_a_file_is_split_by_its_types(tmp_path: Path) -> None:
    made: list[dict[str, object]] = [
        *typed_rows(2, "B"),
        *typed_rows(3, "A"),
        {"query": "q", "response": "r"},
    ]
    parts = split_by_type(source(write_rows(tmp_path / "a.jsonl", made), "m"))
    counts = {p.name: len(list(ScoredSet(name=p.name, source=p).entries())) for p in parts}
    assert counts == {"m/A": 3, "m/B": 2, "m/untyped": 1}
    assert parts[0].place.endswith("a.jsonl:A")


def test_a_benchmark_is_a_set_of_solutions_closed_as_in_training() -> None:
    what = parse_source("w=wordproblems:train", None, None)
    found = list(ScoredSet(name="w", source=what, limit=5).entries())
    assert what.place == "wordproblems:train"
    assert len(found) == 5
    assert all("\nThe answer is: " in each.response for each in found)
    assert parse_source("w=wordproblems", None, None).split == "test"


def test_a_benchmark_without_solutions_is_refused(data: Path) -> None:
    what = parse_source("b=gsm8k_backward", None, None)
    with pytest.raises(DataError, match="has no worked solution"):
        list(ScoredSet(name="b", source=what).entries())


def test_neither_a_file_nor_a_benchmark() -> None:
    with pytest.raises(MissingData, match="no benchmark is called 'nothing'"):
        parse_source("x=nothing:train", None, None)
    with pytest.raises(ConfigError, match="NAME=FILE"):
        parse_source("nothing", None, None)
    with pytest.raises(ConfigError, match="has no types"):
        split_by_type(parse_source("w=wordproblems", None, None))


def test_answer_only_names_a_set_and_may_be_called_otherwise(tmp_path: Path) -> None:
    what = source(write_rows(tmp_path / "a.jsonl", typed_rows(1)), "gsm")
    assert answer_only(["gsm", "bare=gsm"], [what]) == [("answer-only", what), ("bare", what)]
    with pytest.raises(ConfigError, match="available: gsm"):
        answer_only(["other"], [what])
