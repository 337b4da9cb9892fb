"""Panels: what is missing is said below, and nothing known is an empty frame."""

from __future__ import annotations

import pytest

from mmeval.paper.figures import panels, style
from mmeval.paper.figures.figure import Cell
from tests.builders.figure_cells import measured, quoted, sheet

pytest.importorskip("matplotlib", reason="figures: matplotlib is not installed")

KNOWN = Cell(series="SFT", x="20K", measured=measured(40, (35, 45)))
UNKNOWN = [Cell(series="SFT", x="40K"), Cell(series="RFT", x="20K"), Cell(series="RFT", x="40K")]


def test_what_is_neither_printed_nor_measured_is_named_by_series() -> None:
    with style.style():
        picture = style.page(style.DOUBLE, 3)
        panels.remark_missing(picture, [KNOWN, *UNKNOWN])
    said = picture.get_supxlabel().replace("\n", " ")
    assert said == "never printed, not measured: SFT 40K; RFT 20K, 40K"


@pytest.mark.parametrize("cells", [[KNOWN], UNKNOWN, []], ids=["all", "nothing", "no cell"])
def test_where_all_or_nothing_is_known_nothing_is_named(cells: list[Cell]) -> None:
    with style.style():
        picture = style.page(style.DOUBLE, 3)
        panels.remark_missing(picture, cells)
    assert picture.get_supxlabel() == ""


@pytest.mark.parametrize("kind", ["curves", "bars"])
def test_a_panel_without_numbers_is_an_empty_frame(kind: str) -> None:
    empty = sheet(UNKNOWN)
    with style.style():
        axes = style.page(style.DOUBLE, 3).add_subplot()
        if kind == "curves":
            panels.curve_panel(axes, empty, empty.cells, ["20K", "40K"])
        else:
            panels.bar_panel(axes, empty, empty.cells)
    (text,) = axes.texts
    assert text.get_text().startswith("never printed, not measured: run")
    assert axes.get_legend() is None


@pytest.mark.parametrize(
    ("sizes", "ticks"),
    [(("20K", "80K"), [20, 40]), (("0.5K", "1K"), None)],
    ids=["the paper's sizes", "a study in miniature"],
)
def test_a_curve_has_the_papers_ticks_where_it_reaches_them(
    sizes: tuple[str, ...], ticks: list[float] | None
) -> None:
    cells = [Cell(series="SFT", x=x, measured=measured(50)) for x in sizes]
    with style.style():
        picture = panels.curves_drawn(sheet(cells), ["40K", "20K"])
    (axes,) = picture.axes
    low, high = axes.get_xlim()
    if ticks is None:
        assert high < 20
    else:
        assert list(axes.get_xticks()) == ticks
        assert (low, high) == pytest.approx((16, 84)), "5 % beyond both ends"
    assert axes.get_title(loc="left") == "Figure 90: Made"
    assert axes.get_ylim()[1] - axes.get_ylim()[0] >= panels.LEAST


def test_a_series_has_one_colour_in_all_panels_of_a_figure() -> None:
    first = Cell(series="SFT", x="7B", panel="left", measured=measured(50))
    second = Cell(series="RFT", x="7B", panel="right", quoted=quoted(40))
    third = Cell(series="RFT", x="7B", panel="left", quoted=quoted(30))
    drawn = sheet([first, second, third])
    with style.style():
        left, right = style.page(style.DOUBLE, 3).subplots(1, 2)
        panels.bar_panel(left, drawn, drawn.panel("left"))
        panels.bar_panel(right, drawn, drawn.panel("right"))
    colours = {each.get_height(): each.get_edgecolor() for each in (*left.patches, *right.patches)}
    assert colours[30] == colours[40]
    assert left.get_ylabel() == "accuracy, %" and left.get_legend() is not None
