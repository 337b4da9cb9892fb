"""Mixing: counts per type, seeds, checks, budgets, MetaMathQA's own format."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mmeval.augmenting.mix import MixSpec, draw, read_pool, write
from mmeval.errors import ConfigError, DataError
from mmeval.paper.printed import numbers
from mmeval.records import Problem
from mmeval.training_data.overlap import report
from mmeval.training_data.overlap.find import OverlapIndex, OverlapRule
from mmeval.training_data.overlap.guard import Guard
from mmeval.training_data.rows import DataFile

PRESETS = numbers().mixtures
TYPES = PRESETS["metamathqa"]


def row(kind: str, number: int) -> dict[str, str]:
    end = f"#### {number}\n" if kind.startswith("GSM_") else ""
    return {
        "type": kind,
        "query": f"What is {number} of {kind}?",
        "original_question": f"What is {number}?",
        "response": f"It is {number}.\n{end}The answer is: {number}",
    }


@pytest.fixture
def rows() -> list[dict[str, str]]:
    return [row(kind, i) for kind in TYPES for i in range(10)]


def file_of(path: Path, rows: list[dict[str, Any]]) -> DataFile:
    path.write_text(json.dumps(rows))
    return DataFile(name="m", path=path)


def types(lines: list[str]) -> Counter[str]:
    return Counter(json.loads(line)["type"] for line in lines)


def test_table_1_is_the_preset() -> None:
    assert sum(TYPES.values()) == 395_000
    assert {**PRESETS["metamathqa-gsm"], **PRESETS["metamathqa-math"]} == TYPES
    assert sum(PRESETS["metamathqa-gsm"].values()) == 240_000
    assert sum(PRESETS["metamathqa-math"].values()) == 155_000


def test_each_type_has_its_count(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    spec = MixSpec(counts=TYPES, scale=1 / 10_000)
    pool = read_pool([file_of(tmp_path / "m.json", rows)], spec)
    wanted = {kind: count // 10_000 for kind, count in TYPES.items()}
    assert types(draw(pool, spec)) == wanted


def test_the_order_of_rows_and_files_changes_nothing(
    tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    spec = MixSpec(counts={"GSM_SV": 4}, seed=3)
    one = draw(read_pool([file_of(tmp_path / "a.json", rows)], spec), spec)
    halves = [file_of(tmp_path / f"{i}.json", rows[i::2][::-1]) for i in (1, 0)]
    assert draw(read_pool(halves, spec), spec) == one


def test_a_larger_count_keeps_the_rows_of_a_smaller_one_and_a_seed_draws_others(
    tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    file = file_of(tmp_path / "m.json", rows)

    def drawn(count: int, seed: int = 0) -> set[str]:
        spec = MixSpec(counts={"GSM_SV": count}, seed=seed)
        return set(draw(read_pool([file], spec), spec))

    assert drawn(3) < drawn(6)
    assert drawn(5) != drawn(5, seed=1)


def test_what_was_read_is_checked(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    bad = row("GSM_SV", 99) | {"response": "It is 99."}
    pool = read_pool([file_of(tmp_path / "m.json", [*rows, rows[0], bad])], MixSpec())
    assert (pool.checked.rows, pool.checked.duplicates) == (82, 1)
    [(fault, count)] = pool.checked.faults.items()
    assert count == 1 and fault.startswith("GSM_SV: it does not end")
    assert pool.checked.examples[fault] == [f"{tmp_path / 'm.json'}, row 82"]


def test_a_row_made_from_a_test_problem_is_left_out(
    tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    index = OverlapIndex([Problem(id="t/3", question="what is  3?", gold="3")], OverlapRule())
    guard = Guard(tests=[report.TestSet(name="t test", index=index, content_sha256="0")])
    pool = read_pool([file_of(tmp_path / "m.json", rows)], MixSpec(), guard)
    assert pool.checked.overlapping == 8  # one of each type
    assert "It is 3." not in "".join(draw(pool, MixSpec()))


def test_too_few_rows_of_a_type_are_said(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    spec = MixSpec(counts={"GSM_SV": 11})
    pool = read_pool([file_of(tmp_path / "m.json", rows)], spec)
    with pytest.raises(ConfigError, match=r"GSM_SV: 10 of 11; the files have GSM_AnsAug 10"):
        draw(pool, spec)
    short = MixSpec(counts={"GSM_SV": 11}, short_ok=True)
    assert len(draw(pool, short)) == 10


def test_a_budget_keeps_the_proportions(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    file = file_of(tmp_path / "m.json", rows)
    spec = MixSpec(rows=40)
    assert set(types(draw(read_pool([file], spec), spec)).values()) == {5}
    spec = MixSpec(tokens=500)
    lines = draw(read_pool([file], spec), spec)
    tokens = sum(max(1, round(len(json.loads(each)["response"]) / 3)) for each in lines)
    assert 420 <= tokens <= 500


UNEVEN = {"A": 9, "B": 6, "C": 4, "D": 3, "E": 2, "F": 2, "G": 1, "H": 1}


@pytest.mark.parametrize("count", range(1, 29))
def test_so_many_rows_as_asked_by_largest_remainders(tmp_path: Path, count: int) -> None:
    file = file_of(tmp_path / "m.json", [row(k, i) for k, n in UNEVEN.items() for i in range(n)])
    spec = MixSpec(rows=count)
    drawn = types(draw(read_pool([file], spec), spec))
    assert drawn.total() == count
    for kind, size in UNEVEN.items():
        assert count * size // 28 <= drawn[kind] <= min(size, count * size // 28 + 1)
    given = [count * size % 28 for k, size in UNEVEN.items() if drawn[k] > count * size // 28]
    left = [count * size % 28 for k, size in UNEVEN.items() if drawn[k] == count * size // 28]
    assert min(given, default=28) >= max(left, default=0)


def test_more_rows_than_there_are_are_not_had(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    file = file_of(tmp_path / "m.json", rows)
    spec = MixSpec(rows=81)
    with pytest.raises(ConfigError, match=r"too few rows for --rows 81: 80;.*--short-ok"):
        draw(read_pool([file], spec), spec)
    assert len(draw(read_pool([file], spec), MixSpec(rows=81, short_ok=True))) == 80
    with pytest.raises(ConfigError, match="--tokens 3 is too few"):
        draw(read_pool([file], spec), MixSpec(tokens=3))


def test_the_rows_asked_for_are_of_the_counts_asked_for(
    tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    spec = MixSpec(counts={"GSM_SV": 6, "GSM_FOBAR": 3}, rows=4)
    drawn = types(draw(read_pool([file_of(tmp_path / "m.json", rows)], spec), spec))
    assert drawn == {"GSM_SV": 3, "GSM_FOBAR": 1}


@pytest.mark.parametrize("name", ["mix.json", "mix.jsonl"])
def test_the_set_is_read_back(tmp_path: Path, rows: list[dict[str, str]], name: str) -> None:
    pool = read_pool([file_of(tmp_path / "m.json", rows)], MixSpec())
    lines = draw(pool, MixSpec())
    write(tmp_path / name, lines)
    if name == "mix.json":
        assert json.loads((tmp_path / name).read_text()) == [json.loads(line) for line in lines]
    again = read_pool([DataFile(name="m", path=tmp_path / name)], MixSpec())
    assert sorted(draw(again, MixSpec())) == sorted(lines)


def test_rows_in_another_schema_are_refused_by_the_field(tmp_path: Path) -> None:
    file = file_of(tmp_path / "m.json", [{"text": "q", "label": "r"}])
    with pytest.raises(DataError, match=r"looked for query and response.*the row has text, label"):
        read_pool([file], MixSpec())


def test_the_fixture_is_drawn_in_full_counts(data: Path) -> None:
    file = DataFile(name="m", path=data / "metamathqa/fixture_28_rows.jsonl")
    for count in (3, 8, 10, 14, 20, 28):
        spec = MixSpec(rows=count)
        assert len(draw(read_pool([file], spec), spec)) == count


def test_the_released_rows_that_we_have_are_without_fault(data: Path) -> None:
    file = DataFile(name="m", path=data / "metamathqa/fixture_28_rows.jsonl")
    pool = read_pool([file], MixSpec())
    assert (pool.checked.rows, dict(pool.checked.faults)) == (28, {})
    assert set(pool.checked.types) == set(TYPES)


@pytest.mark.parametrize("budget", [12, 40, 95, 200, 333])
def test_a_budget_is_used_but_for_less_than_a_row(
    tmp_path: Path, rows: list[dict[str, str]], budget: int
) -> None:
    """Each type's share was rounded down to whole rows, so that eight types lost eight rows."""
    file = file_of(tmp_path / "m.json", rows)

    def drawn(tokens: int) -> list[str]:
        spec = MixSpec(tokens=tokens)
        return draw(read_pool([file], spec), spec)

    lines = drawn(budget)
    tokens = sum(max(1, round(len(json.loads(each)["response"]) / 3)) for each in lines)
    assert budget - 12 < tokens <= budget, "the longest response has 12"
    counts = [types(lines)[kind] for kind in TYPES]
    assert max(counts) - min(counts) <= 2
    assert set(lines) <= set(drawn(budget + 30))
