"""Plots as tables of strips: axes, places on them, shapes, and the numbers beside."""

from __future__ import annotations

import re

import pytest

from mmeval.results.site.charts import Axis, Chart, Mark, Row, axis_of, chart
from mmeval.results.site.markup import markup


def made(*marks: Mark, kind: str = "dots", group: str = "") -> Chart:
    rows = (Row(group=group, label="row", marks=marks),)
    return Chart(title="T", rows=rows, kind=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("marks", "axis"),
    [
        ((Mark(series="a", value=0.05),), Axis(0.0, 0.1)),
        ((Mark(series="a", value=0.1),), Axis(0.0, 0.1)),
        ((Mark(series="a", value=0.11),), Axis(0.0, 0.2)),
        ((Mark(series="a", value=0.3, low=0.2, high=0.65),), Axis(0.0, 0.8)),
        ((Mark(series="a", value=0.1, low=-0.3, high=0.2),), Axis(-0.4, 0.4)),
        ((Mark(series="a", value=1.5),), Axis(0.0, 1.5)),
        ((), Axis(0.0, 1.0)),
    ],
)
def test_an_axis_ends_at_the_first_round_number_above_all(
    marks: tuple[Mark, ...], axis: Axis
) -> None:
    assert axis_of(made(*marks)) == axis


@pytest.mark.parametrize(
    ("value", "place"),
    [(-0.2, "1.00%"), (0.0, "50.00%"), (0.2, "99.00%"), (0.1, "74.50%"), (9.0, "99.00%")],
)
def test_a_place_is_a_share_of_the_strip_kept_off_its_edges(value: float, place: str) -> None:
    assert Axis(-0.2, 0.2).place(value) == place


def test_ticks_are_even() -> None:
    assert Axis(0.0, 0.4).ticks() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_a_dot_has_its_interval_and_its_numbers_as_text() -> None:
    drawn = markup(chart(made(Mark(series="a", value=0.5, low=0.4, high=0.6))))
    assert f'<svg x="{1 + 98 * 0.5 / 0.6:.2f}%"' in drawn, "the axis ends at 60 %"
    assert f'x1="{1 + 98 * 0.4 / 0.6:.2f}%" x2="99.00%"' in drawn
    assert '50.0<span class="interval"> (40.0\u201360.0)</span>' in drawn
    assert "legend" not in drawn, "a single series needs none"
    assert [f">{each}</text>" in drawn for each in (0, 15, 30, 45, 60)] == [True] * 5


def test_several_series_differ_by_shape_and_are_named_for_those_who_do_not_see_it() -> None:
    marks = [Mark(series=name, value=0.1) for name in "abcde"]
    drawn = markup(chart(made(*marks)))
    assert drawn.count('<span class="unseen">') == 1 + 5
    legend = drawn.partition('class="legend"')[2].partition("</p>")[0]
    assert re.findall(r'class="s(\d)"', legend) == ["0", "1", "2", "3", "0"]
    shapes = re.findall(r"<svg x=[^>]*>(<[^>]*>)", drawn)
    assert len(shapes) == 5 and len(set(shapes)) == 4 and shapes[0] == shapes[4]
    assert f'height="{16 * 5}"' in drawn


def test_a_bar_goes_from_zero_to_its_value() -> None:
    drawn = markup(chart(made(Mark(series="a", value=-0.05), kind="bars")))
    assert re.search(r'x1="50\.00%" x2="25\.50%"[^>]*class="bar s0"', drawn)
    assert 'class="zero"' in drawn


def test_rows_of_a_group_stand_under_its_name_once() -> None:
    mark = Mark(series="a", value=0.1)
    rows = [Row(group=group, label=label, marks=(mark,)) for group, label in ("gx", "gy", "hz")]
    drawn = markup(chart(Chart(title="T", rows=tuple(rows))))
    assert re.findall(r'scope="rowgroup" colspan="3">(\w)<', drawn) == ["g", "h"]
    assert drawn.count("<tbody>") == 2
