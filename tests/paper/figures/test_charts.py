"""Charts: where bars, points and boxes stand, and how a quoted number differs from a measured."""

from __future__ import annotations

from typing import Any

import pytest

from mmeval.paper.figures import charts, style
from mmeval.paper.figures.figure import Cell
from mmeval.paper.measured import Box
from tests.builders.figure_cells import measured, quoted, sheet

pytest.importorskip("matplotlib", reason="figures: matplotlib is not installed")
PALETTE = {"a": "#0000ff", "b": "#ff0000"}


@pytest.fixture
def axes() -> Any:
    """Empty axes on a page as wide as two columns."""
    with style.style():
        yield style.page(style.DOUBLE, 3).add_subplot()


def texts(axes: Any) -> list[str]:
    return [each.get_text() for each in axes.texts]


def test_a_quoted_bar_is_hatched_and_a_measured_one_full(axes: Any) -> None:
    from matplotlib.colors import to_hex

    cells = [Cell(series="a", x="7B", quoted=quoted(66.5), measured=measured(60, (50, 70)))]
    charts.bars(axes, cells, PALETTE)
    hatched, full = axes.patches
    assert (hatched.get_height(), hatched.get_hatch()) == (66.5, style.HATCH)
    assert (full.get_height(), full.get_hatch()) == (60, None)
    assert (to_hex(full.get_facecolor()), to_hex(hatched.get_facecolor())) == ("#0000ff", "#ffffff")
    assert hatched.get_x() + hatched.get_width() <= full.get_x(), "beside, not upon"
    assert texts(axes) == ["66.5", "60.0"]
    assert [each.xy[1] for each in axes.texts] == [66.5, 70], "above the interval"
    (whisker,) = axes.collections
    assert whisker.get_segments()[0][:, 1].tolist() == [50, 70]


def test_bars_stand_in_the_group_of_their_x(axes: Any) -> None:
    cells = [
        Cell(series="a", x="7B", measured=measured(10)),
        Cell(series="a", x="13B", measured=measured(20)),
        Cell(series="b", x="7B", measured=measured(30)),
    ]
    charts.bars(axes, cells, PALETTE, {"13B": "a note"})
    middles = {each.get_height(): each.get_x() + each.get_width() / 2 for each in axes.patches}
    assert round(middles[10]) == round(middles[30]) == 0 and round(middles[20]) == 1
    assert middles[10] == pytest.approx(-middles[30]), "even beside the middle"
    labels = [each.get_text() for each in axes.get_xticklabels()]
    assert labels == ["7B", "13B\na note"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (measured(50), "50.0"),
        (measured(0.123), "0.12"),
        (measured(0), "0.0"),
        (measured(-3), "-3.0"),
        (measured(50, partial=True), "50.0†"),
        (measured(50, most=61), "50.0 ≤ 61.0"),
    ],
)
def test_a_bar_has_its_number(axes: Any, number: Any, said: str) -> None:
    charts.bars(axes, [Cell(series="a", x="7B", measured=number)], PALETTE)
    assert texts(axes) == [said]


def test_a_bar_of_which_nothing_is_known_says_so(axes: Any) -> None:
    charts.bars(axes, [Cell(series="a", x="7B")], PALETTE)
    assert axes.patches == [] or len(axes.patches) == 0
    assert "never printed" in texts(axes)[0]


def test_an_empty_frame_names_the_command_of_its_figure_or_another(axes: Any) -> None:
    charts.empty(axes, sheet([]))
    charts.empty(axes, sheet([]), "mmeval diversity")
    mine, other = texts(axes)
    assert mine.replace("\n", " ").endswith("run mmeval run --model MODEL --benchmark gsm8k")
    assert other.endswith("mmeval diversity")
    assert list(axes.get_xticks()) == list(axes.get_yticks()) == []


def test_measured_points_are_joined_and_quoted_ones_dashed(axes: Any) -> None:
    cells = [
        Cell(series="a", x=x, measured=measured(value, (value - 1, value + 1)))
        for x, value in (("40K", 60), ("20K", 50))
    ]
    charts.curves(axes, [*cells, Cell(series="b", x="1.5K", quoted=quoted(30))], PALETTE)
    lines = [each for each in axes.lines if len(each.get_xdata()) and each.get_marker() != "_"]
    (full,) = (each for each in lines if each.get_color() == "#0000ff")
    (hollow,) = (each for each in lines if each.get_color() == "#ff0000")
    assert full.get_xydata().tolist() == [[20, 50], [40, 60]], "by size, not in their order"
    assert hollow.get_xydata().tolist() == [[1.5, 30]]
    assert hollow.get_markerfacecolor() == "white" and full.get_markerfacecolor() != "white"
    assert full.get_marker() != hollow.get_marker()
    ends = sorted(each.get_segments()[0][:, 1].tolist() for each in axes.collections)
    assert ends == [[49, 51], [59, 61]]


@pytest.mark.parametrize(
    ("limits", "least", "wide"),
    [((50, 52), 10, (46, 56)), ((40, 60), 10, (40, 60)), ((1, 2), 10, (0, 6.5))],
    ids=["narrow", "wide enough", "never below 0"],
)
def test_an_axis_spans_at_least_so_much(
    axes: Any, limits: tuple[float, float], least: float, wide: tuple[float, float]
) -> None:
    axes.set_ylim(*limits)
    charts.widen(axes, least)
    assert axes.get_ylim() == pytest.approx(wide)


def test_thousands_are_read_from_a_cells_x() -> None:
    assert charts.thousands(Cell(series="a", x="20K")) == 20
    assert charts.thousands(Cell(series="a", x="500")) == 0.5
    assert charts.thousands(Cell(series="a", x="all")) == 0


def test_a_box_stands_at_its_place_on_a_logarithmic_axis(axes: Any) -> None:
    box = Box(whisker_low=1, quarter=2, median=3, three_quarters=5, whisker_high=9)
    cells = [Cell(series="a", x="a"), Cell(series="b", x="b", measured=measured(3, box=box))]
    charts.boxes(axes, cells, PALETTE)
    (drawn,) = axes.patches
    corners = drawn.get_path().vertices
    assert (corners[:, 1].min(), corners[:, 1].max()) == (2, 5)
    assert corners[:, 0].mean() == pytest.approx(1, abs=0.1), "the second place"
    assert axes.get_yscale() == "log"
    assert texts(axes) == ["3.00"]
    ends = {y for line in axes.lines for y in line.get_ydata()}
    assert {1, 2, 3, 5, 9} <= ends
    assert [each.get_text() for each in axes.get_xticklabels()] == ["a", "b"]


def test_remarks_stand_below_each_other() -> None:
    with style.style():
        picture = style.page(style.SINGLE, 2)
        charts.remark(picture, "one")
        charts.remark(picture, "two " * 40)
    lines = picture.get_supxlabel().split("\n")
    assert lines[0] == "one" and len(lines) > 2
    assert " ".join(lines[1:]) == ("two " * 40).strip()
