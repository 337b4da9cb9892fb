"""Any report as a table, words and plots, decided by its columns alone."""

from __future__ import annotations

from dataclasses import replace

from mmeval.records import Column, Fact, Report
from mmeval.results.site.from_reports import (
    MOST_ROWS,
    Interval,
    charts_of,
    intervals,
    report_section,
    report_table,
)
from mmeval.results.site.markup import markup

LABELS = (Column(name="model"), Column(name="checker"), Column(name="part"))
SHARES = tuple(Column(name=name, unit="fraction") for name in ("gap", "low", "high"))


def test_a_fraction_with_an_interval_becomes_dots() -> None:
    rows = (("m", "a/1", "x", -0.1, -0.2, 0.0), ("m", "b/1", "x", 0.3, 0.2, 0.4))
    report = Report(analysis="gaps", columns=LABELS + SHARES, rows=rows, summary="So.")
    [chart] = charts_of(report)
    [row] = chart.rows  # the checkers share it
    assert [(m.series, m.value, m.low, m.high) for m in row.marks] == [
        ("a/1", -0.1, -0.2, 0.0),
        ("b/1", 0.3, 0.2, 0.4),
    ]
    drawn = markup(report_section(report, "Gaps"))
    assert "30.0" in drawn
    assert "(20.0\u201340.0)" in drawn


def test_fractions_without_intervals_become_bars() -> None:
    columns = (
        Column(name="model"),
        Column(name="a", unit="fraction"),
        Column(name="b", unit="fraction"),
    )
    report = Report(analysis="shares", columns=columns, rows=(("m", 0.5, None),), summary="")
    [chart] = charts_of(report)
    assert chart.kind == "bars"
    assert [(row.label, [m.value for m in row.marks]) for row in chart.rows] == [("a", [0.5])]


def test_anything_else_is_a_table_with_every_value() -> None:
    columns = (Column(name="text"), Column(name="nats_per_token", unit="nats"))
    rows = (("<i>", 1.25), ("b", None))
    report = Report(analysis="perplexity", columns=columns, rows=rows, summary="")
    assert list(charts_of(report)) == []
    drawn = markup(report_table(report))
    for piece in ("&lt;i&gt;", 'data-value="1.25">1.2</td>', ">-</td>", "nats per token"):
        assert piece in drawn


def test_a_report_without_rows_is_drawn() -> None:
    report = Report(
        analysis="none", columns=LABELS, rows=(), summary="Nothing.", notes=("A note.",)
    )
    assert "A note." in markup(report_section(report, "None"))


def test_an_interval_follows_its_fraction() -> None:
    names = ("gap", "low", "high", "n", "given", "given_low", "given_high", "low", "n")
    columns = [Column(name=name, unit="" if name == "n" else "fraction") for name in names]
    assert list(intervals(columns)) == [Interval(0, 1, 2), Interval(4, 5, 6)]
    assert list(intervals(columns[:2])) == []


def test_a_name_that_is_the_same_in_all_rows_is_said_once() -> None:
    rows = (("m", "a/1", "x", 0.1, 0.0, 0.2), ("m", "a/1", "y", 0.2, 0.1, 0.3))
    report = Report(analysis="gaps", columns=LABELS + SHARES, rows=rows, summary="")
    drawn = markup(report_table(report))
    assert "<caption>model: m; checker: a/1</caption>" in drawn
    assert drawn.count("<th ") == 4, "part and the three fractions"
    single = markup(report_table(replace(report, rows=rows[:1])))
    assert "<caption>" not in single, "one row is said as it is"


def test_a_long_table_is_not_drawn() -> None:
    rows = tuple(("m", "a/1", f"{i}", 0.1, 0.0, 0.2) for i in range(MOST_ROWS + 1))
    report = Report(analysis="gaps", columns=LABELS + SHARES, rows=rows, summary="")
    assert list(charts_of(report)) == []
    (chart,) = charts_of(replace(report, rows=rows[:-1]))
    assert len(chart.rows) == MOST_ROWS


def test_a_fraction_that_is_not_known_has_no_mark() -> None:
    rows = (("m", "a/1", "x", None, None, None), ("m", "a/1", "y", 0.2, None, None))
    report = Report(analysis="gaps", columns=LABELS + SHARES, rows=rows, summary="")
    (chart,) = charts_of(report)
    assert [(row.label, [(m.value, m.low) for m in row.marks]) for row in chart.rows] == [
        ("y", [(0.2, None)])
    ]


def test_rows_of_several_names_stand_under_the_first_of_them() -> None:
    rows = (("m", "a/1", "x", 0.1, 0.0, 0.2), ("n", "a/1", "y", 0.2, 0.1, 0.3))
    report = Report(analysis="gaps", columns=LABELS + SHARES, rows=rows, summary="")
    (chart,) = charts_of(report)
    assert [(row.group, row.label) for row in chart.rows] == [("m", "x"), ("n", "y")]
    assert chart.title == "gap, with 95 % interval"


def test_what_was_published_stands_apart_with_its_link() -> None:
    fact = Fact(
        model="M", size="7B", benchmark="gsm8k", value=0.665, source="T. 2", link="https://x.org"
    )
    report = Report(analysis="a", columns=LABELS, rows=(), summary="", published=(fact,))
    drawn = markup(report_section(report, "A"))
    assert "Published, not measured here:" in drawn
    assert 'M 7B on gsm8k: 66.5 % (<a href="https://x.org" rel="noreferrer">T. 2</a>)' in drawn
