"""Legends keep to the panel and below its title, whatever the series are called."""

from __future__ import annotations

import pytest

from mmeval.paper.figures import charts, style
from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.legends import broken, legend, line_legend
from mmeval.paper.measured import Measured, Source

SHORT = ("SFT", "RFT", "MetaMath")
LONG = (
    "MetaMath 7B",
    "mathcoder-l-7b (mmeval/1)",
    "gpt-4o-2024-05-13 (mmeval/1)",
    "tora-70b-v1.0 (mmeval/1)",
    "gemma-2-2b-it (mmeval/1)",
    "SmolLM2-135M-Instruct (Q4_1, dequantised) (metamath-gsm8k/1)",
)
"""What Figure 7 is of, with the outputs of published models: two rows were not enough."""


def cell(series: str, x: str) -> Cell:
    measured = Measured(
        value=50.0,
        low=40.0,
        high=60.0,
        most=61.0,
        n=100,
        who=series,
        source=Source(name="run", about="", sha256="0" * 64),
        recount=lambda: 50.0,
    )
    return Cell(series=series, x=x, measured=measured)


@pytest.mark.parametrize("names", [SHORT, LONG, LONG * 2], ids=["short", "long", "very many"])
@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("kind", ["bars", "lines"])
def test_a_legend_is_within_the_picture_and_below_the_title(
    names: tuple[str, ...], columns: int, kind: str
) -> None:
    names = tuple(f"{name} {i}" if names.count(name) > 1 else name for i, name in enumerate(names))
    cells = [cell(name, x) for name in names for x in ("20K", "40K")]
    with style.style():
        picture = style.page(style.DOUBLE, 6.0)
        axes = picture.subplots(1, columns, squeeze=False)[0][0]
        charts.titled(axes, "Figure 7: GSM8K by question length, in thirds")
        palette = style.colours(names)
        draw, place = (charts.bars, legend) if kind == "bars" else (charts.curves, line_legend)
        draw(axes, cells, palette)
        place(axes, cells, palette)
        picture.draw_without_rendering()
        around = axes.get_legend().get_window_extent()
        title = axes._left_title.get_window_extent()
    assert around.x0 >= 0
    assert around.x1 <= picture.bbox.x1 / columns * 1.05
    assert around.y1 <= title.y0 + 2  # pixels
    assert title.y1 <= picture.bbox.y1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SmolLM2 (Q4_1)", "SmolLM2 (Q4_1)"),  # a quantisation's own name
        ("gsm8k_backward", "gsm8k backward"),  # a place to break at
        ("FOBAR_gpt_style", "FOBAR gpt style"),
        ("SmolLM2-135M-Instruct (Q4_1)", "SmolLM2-135M-\nInstruct (Q4_1)"),
    ],
)
def test_names_are_broken_between_words(name: str, said: str) -> None:
    assert broken(name, 20) == said
