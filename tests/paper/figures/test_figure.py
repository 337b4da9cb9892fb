"""Cells and sheets: what is known of a number, and how JSON has it."""

from __future__ import annotations

import hashlib
import json

import pytest

from mmeval.paper.figures.figure import Cell, State, filled, ordered, states
from tests.builders.figure_cells import measured, quoted, sheet

CELLS = [
    Cell(series="a", x="1", panel="left", measured=measured(50, (40, 60), source="the")),
    Cell(series="a", x="2", panel="right", quoted=quoted(66.5), measured=measured(60)),
    Cell(series="b", x="1", panel="left", quoted=quoted(70)),
    Cell(series="b", x="2", panel="right"),
]


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        (CELLS[0], "measured"),
        (CELLS[1], "measured and quoted"),
        (CELLS[2], "quoted"),
        (CELLS[3], "never published"),
    ],
)
def test_a_cell_is_in_one_of_four_states(cell: Cell, state: State) -> None:
    assert cell.state == state
    assert cell.to_row()["state"] == state


def test_states_are_counted_and_those_of_no_cell_left_out() -> None:
    assert states([*CELLS[:2], CELLS[0]]) == {"measured": 2, "measured and quoted": 1}


def test_only_what_says_anything_is_filled() -> None:
    assert filled(CELLS) == CELLS[:3]


def test_each_value_stands_once_at_its_first_place() -> None:
    assert ordered(["b", "a", "b", "c", "a"]) == ["b", "a", "c"]


def test_a_row_has_both_numbers_and_what_they_are_of() -> None:
    row = json.loads(json.dumps(CELLS[1].to_row()))
    assert (row["quoted"], row["quoted_from"], row["measured"]) == (66.5, "X", 60)
    assert (row["who"], row["by"], row["n"], row["source"]) == ("made", "test/1", 100, "run")
    assert row["source_sha256"] == hashlib.sha256(b"run").hexdigest()
    nothing = CELLS[3].to_row()
    assert set(nothing) == set(row)
    known = ("panel", "series", "x", "unit", "state")
    assert {value for name, value in nothing.items() if name not in known} == {None}


def test_a_sheet_knows_its_panels_its_sources_and_whether_anything_is_missing() -> None:
    drawn = sheet([*CELLS, CELLS[1]])
    assert drawn.panel("left") == [CELLS[0], CELLS[2]]
    assert [each.name for each in drawn.sources] == ["run", "the"], (
        "each once, by name and not by hash"
    )
    assert drawn.missing
    assert not sheet(CELLS[:2]).missing
