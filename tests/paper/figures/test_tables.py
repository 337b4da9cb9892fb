"""Tables as pictures: a row per series, quoted and measured beside each other, and a note."""

from __future__ import annotations

import pytest

from mmeval.paper.figures import style
from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.tables import table
from tests.builders.figure_cells import measured, quoted, sheet

pytest.importorskip("matplotlib", reason="figures: matplotlib is not installed")


def written(*cells: Cell) -> tuple[list[list[str]], str]:
    """(rows of the table from above, each from left to right; the note below)."""
    with style.style():
        (axes,) = table(sheet(cells)).axes
    rows: dict[float, list[tuple[float, str]]] = {}
    for each in axes.texts:
        x, y = each.get_position()
        rows.setdefault(y, []).append((x, each.get_text()))
    lines = [[text for _, text in sorted(rows[y])] for y in sorted(rows)]
    assert lines[0] == ["Figure 90: Made"]
    return lines[1:-1], lines[-1][0]


def test_without_a_measurement_a_table_has_a_column_for_each_x() -> None:
    rows, note = written(
        Cell(series="SFT 7B", x="GSM8K", quoted=quoted(41.6)),
        Cell(series="SFT 7B", x="MATH"),
        Cell(series="RFT 7B", x="GSM8K", quoted=quoted(50.34)),
    )
    assert rows == [["GSM8K\n%", "MATH\n%"], ["SFT 7B", "41.6", "–"], ["RFT 7B", "50.3"]]
    assert note == "Quoted: as printed; –: never printed."


def test_what_was_measured_stands_beside_with_its_interval() -> None:
    rows, note = written(
        Cell(series="SFT", x="GSM8K", quoted=quoted(41.6), measured=measured(40, (35, 45.06))),
        Cell(series="RFT", x="GSM8K", quoted=quoted(50.0)),
    )
    assert rows == [
        ["GSM8K\nquoted", "GSM8K\nmeasured"],
        ["SFT", "41.6", "40.0 [35.0, 45.1]"],
        ["RFT", "50.0", ""],
    ]
    assert note.endswith("Measured here: with 95 % interval.")


def test_undecided_answers_and_parts_are_marked_and_explained() -> None:
    rows, note = written(
        Cell(series="a", x="GSM8K", measured=measured(40, (35, 45), most=50)),
        Cell(series="b", x="GSM8K", measured=measured(30, (25, 35), partial=True)),
    )
    assert [row[-1] for row in rows[1:]] == ["40.0 [35.0, 45.0] ≤ 50.0", "30.0† [25.0, 35.0]"]
    assert "≤: if every undecided answer were right." in note
    assert "†: on a part of the problems." in note


def test_samples_are_whole_numbers() -> None:
    rows, _ = written(Cell(series="a", x="rows", unit="samples", quoted=quoted(395_000)))
    assert rows[1] == ["a", "395,000"]


def test_a_panel_has_its_name_above_its_rows() -> None:
    rows, _ = written(
        Cell(panel="first", series="a", x="GSM8K", quoted=quoted(1)),
        Cell(panel="second", series="a", x="GSM8K", quoted=quoted(2)),
        Cell(panel="first", series="b", x="GSM8K", quoted=quoted(3)),
    )
    assert rows[1:] == [["first"], ["   a", "1.0"], ["   b", "3.0"], ["second"], ["   a", "2.0"]]
