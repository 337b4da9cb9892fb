"""Other people's JSONL: fields by path, golds as text, complaints with file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmeval.errors import DataError, MissingData
from mmeval.judging.judge import UNFINISHED, judge_pairs
from mmeval.judging.output_files import OutputFile, judge_file, load_checkers


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "outputs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(folder: Path, *rows: Any, **options: Any) -> list[tuple[str, str]]:
    source = OutputFile(**{"path": written(folder, *rows), "text": "t", "gold": "g", **options})
    return [(generation.text, gold) for generation, gold in source.pairs()]


@pytest.mark.parametrize(
    ("gold", "text"),
    [(18, "18"), (18.0, "18"), (-0.0, "0"), (0.5, "0.5"), (1e22, "1" + "0" * 22), ("# 18", "# 18")],
)
def test_a_gold_that_is_a_number_is_written_out(tmp_path: Path, gold: object, text: str) -> None:
    assert read(tmp_path, {"t": "x", "g": gold}) == [("x", text)]


@pytest.mark.parametrize(
    ("gold", "options", "text"),
    [
        ("steps\n#### 1,234 ", {"gold_after": "#### "}, "1,234"),
        ("# 18", {"gold_after": "# "}, "18"),
        ("#### 1 #### 2", {"gold_after": "#### "}, "2"),
        (r"so \boxed{1} or $\boxed{\frac12}$.", {"gold_boxed": True}, r"\frac12"),
    ],
)
def test_a_gold_is_cut_from_a_solution_only_when_asked(
    tmp_path: Path, gold: str, options: dict[str, Any], text: str
) -> None:
    assert read(tmp_path, {"t": "x", "g": gold}) == [("x", gold)]
    assert read(tmp_path, {"t": "x", "g": gold}, **options) == [("x", text)]


def test_rows_are_numbered_from_0_without_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "outputs.jsonl"
    path.write_text('{"t": "a", "g": 1}\n\n{"t": "b", "g": 2}\n', encoding="utf-8")
    source = OutputFile(path=path, text="t", gold="g")
    assert [each.problem_id for each, _ in source.pairs()] == ["0", "1"]


def test_a_text_that_is_null_is_a_generation_that_failed(tmp_path: Path) -> None:
    source = OutputFile(path=written(tmp_path, {"t": None, "g": 1}), text="t", gold="g")
    ((generation, _),) = source.pairs()
    assert (generation.finish, generation.error) == ("error", "the field t is null")


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        ({"t": "x", "h": 1}, {}, "no field 'g'; the row has t, h"),
        ({"t": ["x"], "g": 1}, {}, "'t' must be a string or a number, found list; the row has t.0"),
        ({"t": {"u": "x"}, "g": 1}, {}, "found dict; the row has t.u"),
        ({"t": [{"u": "x"}], "g": 1}, {}, "found list; the row has t.0.u"),
        ({"t": True, "g": 1}, {}, "found bool"),
        ({"t": "x", "g": None}, {}, "the gold field g is empty"),
        ({"t": "x", "g": " "}, {}, "the gold field g is empty"),
        ({"t": "x", "g": float("nan")}, {}, "found float"),
        ({"t": "x", "g": "18"}, {"gold_after": "#### "}, "no '#### ' in the gold field g"),
        ({"t": "x", "g": "#### "}, {"gold_after": "#### "}, "the gold field g is empty"),
        ({"t": "x", "g": "18"}, {"gold_boxed": True}, r"no \boxed{} in the gold field g"),
        ({}, {}, "no field 't'; the row has nothing"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_file_and_line(
    tmp_path: Path, row: dict[str, Any], options: dict[str, Any], said: str
) -> None:
    good = {"t": "x", "g": r"#### 1 \boxed{1}"}
    with pytest.raises(DataError) as caught:
        read(tmp_path, good, row, **options)
    assert f"{tmp_path / 'outputs.jsonl'}, line 2: " in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match=r"no file at .*nothing\.jsonl"):
        list(OutputFile(path=tmp_path / "nothing.jsonl", text="t", gold="g").pairs())


@pytest.mark.parametrize(
    ("name", "right", "unfinished", "n"),
    [
        ("math500__r1-distill-qwen-14b__thinking", 161, 140, 332),
        ("gsm8k__r1-distill-qwen-32b__thinking", 470, 8, 500),  # 2600 g is the gold 2600
    ],
)
def test_published_thoughts_are_told_from_answers(
    name: str, right: int, unfinished: int, n: int, data: Path
) -> None:
    """None of the texts has an opening mark."""
    source = OutputFile(path=data / "outputs" / f"{name}.jsonl", text="text", gold="gold")
    found = judge_file(source, load_checkers(["mmeval/1"]), None)
    counts = found.counts()["mmeval/1"]
    assert (counts.right, found.unfinished, counts.n) == (right, unfinished, n)
    verdicts = judge_pairs(source.pairs(), load_checkers(["mmeval/1"]))
    notes = [each.outcome for each in verdicts if each.note == UNFINISHED]
    assert notes == ["no_answer"] * unfinished
