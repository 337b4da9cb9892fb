"""The four published benchmarks: every layout they come in gives the same problems."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmeval import catalog
from mmeval.answers.extraction.boxed import last_boxed
from mmeval.declare import Benchmark
from mmeval.errors import DataError
from mmeval.jsonl import write_rows
from mmeval.problems.load import DataOptions, ProblemSet, load_problems
from mmeval.problems.prompts import draw_shots
from mmeval.records import Problem
from tests.builders.jsonl_files import read_rows
from tests.builders.source_tree import GOLDEN

PUBLISHED = ["gsm8k", "gsm8k_backward", "hendrycks_math", "math500"]
ROWS_FILE = GOLDEN / "benchmark_rows.jsonl"
CASES = read_rows(ROWS_FILE)

Rows = list[dict[str, Any]]


def benchmark(name: str) -> Benchmark:
    found = catalog.load("benchmarks", name)
    assert isinstance(found, Benchmark)
    return found


def whole(name: str, split: str, folder: Path) -> ProblemSet:
    return load_problems(benchmark(name), split, DataOptions(folder=folder))


def read_jsonl(path: Path) -> Rows:
    return read_rows(path)


# Rows ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[f"{c['benchmark']}: {c['why']}" for c in CASES])
def test_a_row_gives_its_question_and_gold_or_says_why_not(
    case: dict[str, Any], tmp_path: Path
) -> None:
    declared = benchmark(case["benchmark"])
    name = declared.splits["test"].files[0]
    write_rows(tmp_path / name, [case["row"]])
    where = DataOptions(folder=tmp_path, allow_any=True)
    if "error" in case:
        with pytest.raises(DataError) as caught:
            load_problems(declared, "test", where)
        assert f"{name}, line 1: " in str(caught.value)
        assert case["error"] in str(caught.value)
        return
    (problem,) = load_problems(declared, "test", where).problems
    fields = ("question", "query", "problem", "instruction")
    assert problem.question == next(case["row"][f] for f in fields if f in case["row"])
    assert problem.gold == case["gold"]
    meta = dict(problem.meta)
    if "twin_question" in case:
        twin = declared.read(case["row"]).twin_question
        assert twin == case["twin_question"]
        assert str(meta.pop("twin")).startswith("gsm8k/")
    if "meta" in case:
        assert meta == case["meta"]


# Declarations ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_benchmark_names_what_exists(name: str) -> None:
    declared = benchmark(name)
    assert declared.name == name
    assert catalog.load("prompts", declared.prompt).name == declared.prompt
    for checker in declared.checkers:
        assert catalog.load("checkers", checker).name == checker
    assert declared.default_split in declared.splits
    for split in declared.splits.values():
        assert re.fullmatch("[0-9a-f]{64}", split.content_sha256 or "")
    if declared.parent:
        assert "train" in benchmark(declared.parent).splits


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_hub_is_read_at_a_full_commit_or_at_main(name: str) -> None:
    revision = benchmark(name).hub_revision
    assert revision is None or re.fullmatch("[0-9a-f]{40}", revision)


@pytest.mark.parametrize(
    ("name", "tokens"),
    [("gsm8k", 512), ("gsm8k_backward", 512), ("hendrycks_math", 2048), ("math500", 2048)],
)
def test_answers_may_be_as_long_as_the_paper_lets_them(name: str, tokens: int) -> None:
    assert benchmark(name).max_tokens == tokens


# The published rows ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "split", "rows"),
    [
        ("gsm8k", "test", 1319),
        ("gsm8k", "train", 7473),
        ("gsm8k_backward", "test", 1270),
        ("hendrycks_math", "test", 5000),
        ("hendrycks_math", "train", 7500),
        ("math500", "test", 500),
    ],
)
def test_the_published_rows_are_known_by_count_and_hash(
    data: Path, name: str, split: str, rows: int
) -> None:
    found = whole(name, split, data)
    assert found.as_published is True
    assert len(found.problems) == len({p.id for p in found.problems}) == rows


@pytest.mark.parametrize("split", ["test", "train"])
def test_every_gsm8k_gold_is_an_integer_once_its_commas_are_gone(data: Path, split: str) -> None:
    for problem in whole("gsm8k", split, data).problems:
        int(problem.gold.replace(",", ""))
        assert not re.search(r"<<|>>|####", str(problem.meta["solution"]))


def test_backward_rows_pair_with_distinct_test_questions(data: Path) -> None:
    backward = whole("gsm8k_backward", "test", data).problems
    forward = {p.id for p in whole("gsm8k", "test", data).problems}
    twins = {p.meta["twin"] for p in backward}
    assert len(twins) == len(backward) == 1270
    assert twins <= forward
    assert len(forward - twins) == 49
    assert Counter(p.meta["style"] for p in backward) == {"fobar": 867, "self_verification": 403}
    assert all(p.gold.isdigit() for p in backward)


def test_what_the_backward_set_says_of_itself_is_so(data: Path) -> None:
    describe = benchmark("gsm8k_backward").describe
    assert describe is not None
    rows = read_jsonl(data / "gsm8k_backward/GSM8K_Backward.jsonl")
    told = [r.get("pred_inv_answer_cleaned") or _told(r["output"]) for r in rows]
    differ = sum(a != r["answer"] for a, r in zip(told, rows, strict=True))
    said = dict(describe())
    assert f"all but {differ} rows" in said["caution"]
    assert said["styles"] == "867 fobar, 403 self_verification"


def _told(output: str) -> str:
    return output.rpartition("The answer is: ")[2].strip()


def test_math_levels_and_subjects_are_known_but_for_two_levels(data: Path) -> None:
    test, train = (whole("hendrycks_math", s, data).problems for s in ("test", "train"))
    assert len({p.meta["subject"] for p in test}) == 7
    assert {p.meta["level"] for p in test} == {1, 2, 3, 4, 5}
    assert sum("level" not in p.meta for p in train) == 2


def test_math_test_shares_one_question_with_train_which_is_never_its_own_example(
    data: Path,
) -> None:
    # precalculus/24307 of test is geometry/6032 of train but for a line break at its end,
    # so a comparison of the raw strings says that they share none.
    test, train = (whole("hendrycks_math", s, data) for s in ("test", "train"))
    assert _hashes(test) & _hashes(train) == {"98fc77ec11ec6bfc"}
    (asked,) = (p for p in test.problems if p.id.endswith("98fc77ec11ec6bfc"))
    (known,) = (p for p in train.problems if p.id.endswith("98fc77ec11ec6bfc"))
    assert asked.question != known.question
    assert known not in draw_shots(asked, train.problems, 7499, seed=0)


def test_math500_is_a_part_of_math_test_and_its_golds_are_the_boxes(data: Path) -> None:
    few = whole("math500", "test", data)
    assert _hashes(few) <= _hashes(whole("hendrycks_math", "test", data))
    assert all(p.gold == last_boxed(str(p.meta["solution"])) for p in few.problems)


def _hashes(found: ProblemSet) -> set[str]:
    return {p.id.partition("/")[2] for p in found.problems}


# Layouts ---------------------------------------------------------------------------------


def _as_lines(rows: Rows, path: Path) -> None:
    write_rows(path, rows)


def _as_gsm_of_metamath(rows: Rows, path: Path) -> None:
    write_rows(path, ({"query": r["question"], "response": r["answer"]} for r in rows))


def _as_math_of_metamath(rows: Rows, path: Path) -> None:
    write_rows(path, ({"instruction": r["problem"], "output": r["solution"]} for r in rows))


def _as_one_file_a_problem(rows: Rows, path: Path) -> None:
    for number, row in enumerate(rows):
        file = path / row["type"].lower().replace(" ", "_") / f"{number}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = {key: row[key] for key in ("problem", "level", "type", "solution")}
        file.write_text(json.dumps(kept, indent=4))


def _as_parquet(rows: Rows, path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    path.parent.mkdir(parents=True, exist_ok=True)
    pytest.importorskip("pyarrow.parquet").write_table(pyarrow.Table.from_pylist(rows), path)


def _as_parquet_a_subject(rows: Rows, path: Path) -> None:
    folders = benchmark("hendrycks_math").splits["test"].hub_files
    subjects = sorted({r["type"] for r in rows})
    for subject, name in zip(subjects, sorted(folders), strict=True):
        _as_parquet([r for r in rows if r["type"] == subject], path / name)


LAYOUTS: list[tuple[str, str, str, Callable[[Rows, Path], None], str]] = [
    ("gsm8k", "gsm8k/test.jsonl", "grade_school_math/data/test.jsonl", _as_lines, ""),
    ("gsm8k", "gsm8k/test.jsonl", "grade_school_math/data/test.jsonl", _as_lines, "in its folder"),
    ("gsm8k", "gsm8k/test.jsonl", "data/test/GSM8K_test.jsonl", _as_gsm_of_metamath, ""),
    ("gsm8k", "gsm8k/test.jsonl", "GSM8K_test.jsonl", _as_gsm_of_metamath, ""),
    ("gsm8k", "gsm8k/test.jsonl", "main/test-00000-of-00001.parquet", _as_parquet, ""),
    ("gsm8k", "gsm8k/test.jsonl", "openai/gsm8k/main/test-00000-of-00001.parquet", _as_parquet, ""),
    ("gsm8k_backward", "", "data/test/GSM8K_Backward.jsonl", _as_lines, ""),
    ("gsm8k_backward", "", "GSM8K_Backward.jsonl", _as_lines, ""),
    ("gsm8k_backward", "", "meta-math/GSM8K_Backward/any name.json", _as_lines, ""),
    ("hendrycks_math", "math/test.jsonl", "MATH/test", _as_one_file_a_problem, ""),
    ("hendrycks_math", "math/test.jsonl", "test", _as_one_file_a_problem, ""),
    ("hendrycks_math", "math/test.jsonl", "MATH_test.jsonl", _as_math_of_metamath, ""),
    ("hendrycks_math", "math/test.jsonl", "data/test/MATH_test.jsonl", _as_math_of_metamath, ""),
    ("hendrycks_math", "math/test.jsonl", "hendrycks_math", _as_parquet_a_subject, ""),
    ("hendrycks_math", "math/test.jsonl", "", _as_parquet_a_subject, ""),
    ("math500", "math/math500.jsonl", "prm800k/math_splits/test.jsonl", _as_lines, ""),
    ("math500", "math/math500.jsonl", "test.jsonl", _as_lines, ""),
]


@pytest.mark.parametrize(
    ("name", "ours", "theirs", "write", "inside"),
    LAYOUTS,
    ids=[f"{name} {theirs or 'clone'} {inside}" for name, _, theirs, _, inside in LAYOUTS],
)
def test_every_layout_gives_the_published_problems(  # noqa: PLR0913, PLR0917 - one per column
    data: Path,
    tmp_path: Path,
    name: str,
    ours: str,
    theirs: str,
    write: Callable[[Rows, Path], None],
    inside: str,
) -> None:
    rows = read_jsonl(data / (ours or "gsm8k_backward/GSM8K_Backward.jsonl"))
    write(rows, tmp_path / theirs)
    folder = (tmp_path / theirs).parent if inside else tmp_path
    found = whole(name, "test", folder)
    assert found.as_published is True
    assert _essence(found) == _essence(whole(name, "test", data))


def _essence(found: ProblemSet) -> dict[str, tuple[str, str, Any]]:
    def of(problem: Problem) -> tuple[str, str, Any]:
        return problem.question, problem.gold, problem.meta.get("solution")

    return {problem.id: of(problem) for problem in found.problems}


def test_a_limit_draws_the_same_problems_from_every_layout(data: Path, tmp_path: Path) -> None:
    rows = read_jsonl(data / "math/test.jsonl")
    _as_math_of_metamath(rows[::-1], tmp_path / "MATH_test.jsonl")
    declared = benchmark("hendrycks_math")
    drawn = [
        {p.id for p in load_problems(declared, "test", DataOptions(folder=f, limit=50)).problems}
        for f in (data, tmp_path)
    ]
    assert drawn[0] == drawn[1]


def test_a_corrupted_test_set_is_refused(data: Path, tmp_path: Path) -> None:
    rows = read_jsonl(data / "gsm8k/test.jsonl")
    rows[700]["answer"] += "0"
    _as_lines(rows, tmp_path / "gsm8k/test.jsonl")
    with pytest.raises(DataError, match=r"1,319 rows with the content hash c3a823b1b913f6b2"):
        whole("gsm8k", "test", tmp_path)
