"""The questions that are augmented: from a benchmark, or from a file in any of three schemas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mmeval import catalog
from mmeval.augmenting.questions import (
    from_benchmark,
    from_file,
    guard_for,
    require_options,
    style_of,
)
from mmeval.errors import ConfigError, DataError
from mmeval.problems.load import DataOptions
from mmeval.records import Problem
from mmeval.training_data.overlap.guard import Guard
from tests.builders.jsonl_files import write_rows


def written(path: Path, *rows: Mapping[str, object]) -> Path:
    return write_rows(path, rows)


def test_a_file_holds_questions_in_any_of_three_schemas(tmp_path: Path) -> None:
    file = written(
        tmp_path / "mine.jsonl",
        {"question": "What is 2 + 3?", "answer": "2+3=<<2+3=5>>5\n#### 5"},
        {"query": "What is half?", "response": "So.\nThe answer is: 1/2"},
        {"problem": "What is x?", "solution": r"So $x = \boxed{7}$."},
    )
    source = from_file(file, DataOptions())
    assert [(each.question, each.gold) for each in source.problems] == [
        ("What is 2 + 3?", "5"),
        ("What is half?", "1/2"),
        ("What is x?", "7"),
    ]
    assert source.problems[0].meta == {"calculation": "2+3=5"}
    assert (source.benchmark.name, source.split) == ("mine", "file")
    assert (source.data.total, source.data.partial) == (3, False)


def test_a_question_that_comes_twice_has_two_ids(tmp_path: Path) -> None:
    row = {"question": "What is 2 + 3?", "answer": "5"}
    ids = [
        p.id
        for p in from_file(written(tmp_path / "m.jsonl", row, row, row), DataOptions()).problems
    ]
    assert ids == [ids[0], f"{ids[0]}-2", f"{ids[0]}-3"]


def test_a_part_is_drawn_by_the_seed_and_says_so(tmp_path: Path) -> None:
    rows = [{"question": f"What is {i}?", "answer": f"{i}"} for i in range(20)]
    file = written(tmp_path / "mine.jsonl", *rows)
    whole = from_file(file, DataOptions())
    one, again, other = (from_file(file, DataOptions(limit=5, seed=s)) for s in (1, 1, 2))
    assert one.problems == again.problems != other.problems
    assert (len(one.problems), one.data.total, one.data.partial) == (5, 20, True)
    assert one.data.content_sha256 == whole.data.content_sha256


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing to make data from"):
        from_file(written(tmp_path / "empty.jsonl"), DataOptions())


@pytest.mark.parametrize(
    ("golds", "style"),
    [
        (["5", "1,018", "-3", "$2.50", "20%", " 7 "], "GSM"),
        (["5", "1/2"], "MATH"),
        ([r"\frac{1}{2}"], "MATH"),
        ([], "GSM"),
    ],
)
def test_word_problems_have_plain_numbers(golds: list[str], style: str) -> None:
    assert style_of([Problem(id="t/0", question="?", gold=gold) for gold in golds]) == style


def test_a_benchmark_is_its_own_and_a_file_is_called_one(tmp_path: Path) -> None:
    source = from_benchmark("wordproblems", "train", DataOptions(limit=2))
    assert source.benchmark is catalog.load("benchmarks", "wordproblems")
    assert len(source.problems) == 2 and source.data.partial
    row = {"question": "What is 2 + 3?", "answer": "5"}
    made = from_file(written(tmp_path / "mine.jsonl", row), DataOptions()).benchmark
    assert (made.name, made.default_split, made.splits["file"].rows) == ("mine", "file", 1)
    assert made.read(row).gold == "5"


def test_where_overlap_is_allowed_nothing_is_refused() -> None:
    allowed = guard_for(None, [], allowed=True, where=DataOptions())
    assert allowed == Guard()


def test_a_benchmarks_train_split_is_kept_apart_from_its_whole_test_split() -> None:
    source = from_benchmark("wordproblems", "train", DataOptions(limit=3))
    guard = guard_for(source, [], allowed=False, where=DataOptions(limit=3))
    assert guard.names == ["wordproblems test"]
    (test,) = guard.tests
    assert len(test.index.problems) > 3, "the limit is of the questions, not of what is kept out"


def test_a_test_split_is_no_source() -> None:
    source = from_benchmark("wordproblems", "test", DataOptions(limit=3))
    with pytest.raises(ConfigError, match=r"test is the split that wordproblems is tested on"):
        guard_for(source, [], allowed=False, where=DataOptions())
    named = guard_for(source, ["wordproblems_small"], allowed=False, where=DataOptions())
    assert named.names == ["wordproblems_small test"], "what is named goes before the source"


def test_a_file_says_not_what_must_stay_out(tmp_path: Path) -> None:
    file = written(tmp_path / "mine.jsonl", {"question": "How many?", "answer": "5"})
    with pytest.raises(ConfigError, match="--against NAME"):
        guard_for(from_file(file, DataOptions()), [], allowed=False, where=DataOptions())


@pytest.mark.parametrize(("benchmark", "file"), [(None, None), ("gsm8k", Path("q.jsonl"))])
def test_exactly_one_source_is_named(benchmark: str | None, file: Path | None) -> None:
    with pytest.raises(ConfigError, match="not both"):
        require_options(benchmark, file)
    require_options("gsm8k", None)
    require_options(None, Path("q.jsonl"))
