"""Nothing of a test set may end in training data: neither a question nor a row made of one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mmeval.augmenting.guarding import Guard, guard_for

from mmeval.augmenting.keep import MadeRow
from mmeval.augmenting.questions import from_benchmark, from_file
from mmeval.errors import ConfigError, DataError
from mmeval.problems.load import DataOptions
from mmeval.records import Problem

TEST = Problem(
    id="test/1",
    question="A farmer with nine red hens sells four of them on a rainy Monday in May. How many?",
    gold="5",
)
GUARD = Guard(names=("made test",), problems=(TEST,))
OTHER = Problem(id="t/other", question="What is two and two?", gold="4")
NEAR = Problem(id="t/near", question=TEST.question.replace("How many?", "What is left?"), gold="5")


def row(query: str, original: str) -> MadeRow:
    return MadeRow(type="GSM_SV", query=query, original_question=original, response="So 5.")


def test_a_question_of_the_test_set_stops_everything() -> None:
    same = Problem(id="t/same", question=f" {TEST.question}", gold="5")
    with pytest.raises(DataError, match=r"1 of 2 questions are in made test, the first is t/same"):
        GUARD.refuse([OTHER, same])


def test_one_that_shares_most_of_its_words_is_left_out() -> None:
    assert GUARD.refuse([NEAR, OTHER]) == [OTHER]


def test_rows_are_refused_by_their_question_and_by_the_one_they_were_made_from() -> None:
    good = row("What is two and two?", "What is two and two?")
    rows = [row(TEST.question, "x"), good, row("Say it in other words?", TEST.question)]
    assert GUARD.clean(rows) == [good]
    assert GUARD.clean([]) == []


def test_where_overlap_is_allowed_nothing_is_refused() -> None:
    allowed = guard_for(None, [], allowed=True, where=DataOptions())
    assert allowed == Guard(names=())
    assert allowed.refuse([TEST]) == [TEST]
    assert allowed.clean([row(TEST.question, "x")]) == [row(TEST.question, "x")]


def test_a_benchmarks_train_split_is_kept_apart_from_its_whole_test_split() -> None:
    source = from_benchmark("wordproblems", "train", DataOptions(limit=3))
    guard = guard_for(source, [], allowed=False, where=DataOptions(limit=3))
    assert guard.names == ("wordproblems test",)
    assert len(guard.problems) > 3, "the limit is of the questions, not of what is kept out"


def test_a_test_split_is_no_source() -> None:
    source = from_benchmark("wordproblems", "test", DataOptions(limit=3))
    with pytest.raises(ConfigError, match=r"test is the split that wordproblems is tested on"):
        guard_for(source, [], allowed=False, where=DataOptions())
    named = guard_for(source, ["wordproblems_small"], allowed=False, where=DataOptions())
    assert named.names == ("wordproblems_small test",), "what is named goes before the source"


def test_a_file_says_not_what_must_stay_out(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps({"question": "How many?", "answer": "5"}) + "\n")
    with pytest.raises(ConfigError, match="--against NAME"):
        guard_for(from_file(file, DataOptions()), [], allowed=False, where=DataOptions())
