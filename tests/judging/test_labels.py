"""Labels by hand: written out, read back, scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmeval.errors import DataError
from mmeval.jsonl import read_rows, write_rows
from mmeval.judging.audit import Audit, audit
from mmeval.judging.labels import Score, export, read_labels, score
from mmeval.records import OUTCOMES
from tests.builders.audits import Said, rows, split_audit


@pytest.fixture
def split() -> Audit:
    return split_audit()


@pytest.mark.parametrize("label", ["equal", "different"])
def test_a_checker_agrees_with_a_label_or_differs_or_could_not_tell(label: str) -> None:
    for outcome in OUTCOMES:
        found = Score()
        found.add(outcome, label, 3)
        told = outcome not in ("undecided", "failed")
        agrees = told and (outcome == "right") == (label == "equal")
        assert found.to_row() == {
            "agrees": 3 * agrees,
            "differs": 3 * (told and not agrees),
            "undecided": 3 * (not told),
        }


def test_a_blank_line_leaves_the_label_that_another_line_gives(
    split: Audit, tmp_path: Path
) -> None:
    path = tmp_path / "label.jsonl"
    line = {"gold": "7", "answers": {"a/1": "5", "b/1": "5"}}
    for labels in (["equal", ""], [None, "equal"], ["equal", "equal"]):
        write_rows(path, [line | {"label": label} for label in labels])
        assert list(read_labels(path).of.values()) == ["equal"]
    assert score(split, read_labels(path)).rows["a/1"].agrees == 5


def test_labels_come_back_from_the_file_they_were_written_to(split: Audit, tmp_path: Path) -> None:
    path = tmp_path / "label.jsonl"
    assert export(split, path) == 4
    written = [row for _, row in read_rows(path)]
    assert [(row["rows"], row["answers"]["a/1"], row["label"]) for row in written] == [
        (5, "5", ""),
        (2, "6", ""),
        (1, "8", ""),
        (1, None, ""),
    ]
    fresh = score(split, read_labels(path)).to_row()
    assert (fresh["blank"], fresh["checkers"]["a/1"]["rows"]["agrees"]) == (4, 0)
    for row, label in zip(written, ("equal", "different", "unsure", " equal "), strict=True):
        row["label"] = label
    write_rows(path, written)
    row = score(split, read_labels(path)).to_row()
    assert (row["equal"], row["different"], row["unsure"], row["unused"]) == (2, 1, 1, 0)
    assert row["checkers"] == {
        "a/1": {  # right on the fives, wrong on the sixes, found nothing where there was
            "groups": {"agrees": 1, "differs": 2, "undecided": 0},
            "rows": {"agrees": 5, "differs": 3, "undecided": 0},
        },
        "b/1": {  # could not tell the sixes
            "groups": {"agrees": 1, "differs": 1, "undecided": 1},
            "rows": {"agrees": 1, "differs": 5, "undecided": 2},
        },
    }


def test_labels_score_a_checker_that_came_later(split: Audit, tmp_path: Path) -> None:
    path = tmp_path / "label.jsonl"
    export(split, path)
    write_rows(path, [row | {"label": "equal"} for _, row in read_rows(path)])
    answers = ["5"] * 5 + ["6"] * 2 + ["8"] + [None] + ["9"]
    columns = [
        Said("a/1", "rrrrrrrwnr", answers),
        Said("b/1", "wwwwwuurrr", answers),
        Said("c/1", "rrrrrrrrrr"),
    ]
    rescored = score(audit(rows(10), columns), read_labels(path))
    assert rescored.rows["c/1"].to_row() == {"agrees": 9, "differs": 0, "undecided": 0}
    with pytest.raises(DataError, match="this audit lacks b/1"):
        score(audit(rows(10), [columns[0], columns[2]]), read_labels(path))
    fewer = score(audit(rows(5), columns), read_labels(path))
    assert fewer.unused == 3


LINE = {"gold": "7", "answers": {"a/1": "5"}, "label": "equal"}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "has no labels"),
        ([LINE | {"label": "maybe"}], "line 1: the label must be equal, .* got 'maybe'"),
        ([LINE | {"label": True}], "got True"),
        ([LINE, LINE | {"label": "different"}], "line 2: 'different', but a line before"),
        ([LINE, LINE | {"answers": {"b/1": "5"}}], "line 2: the answers are those of b/1"),
        ([{"gold": 7, "answers": {"a/1": "5"}}], "line 1: not a line of an export"),
        ([LINE | {"answers": {"a/1": 5}}], "not a line of an export"),
        ([LINE | {"answers": {}}], "not a line of an export"),
    ],
)
def test_a_file_that_is_no_export_is_refused_with_the_line(
    lines: list[dict[str, Any]], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "label.jsonl"
    write_rows(path, lines)
    with pytest.raises(DataError, match=said):
        read_labels(path)
