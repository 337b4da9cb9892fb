"""Summaries of scored rows as a table, in words, and as JSON."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.errors import UnknownName
from mmeval.records import Report, from_row, to_row
from mmeval.training_data.perplexity.report import COLUMNS, as_json, make_report, summaries
from mmeval.training_data.perplexity.scores import BARE, WHOLE, summarise
from tests.builders.scored_rows import NLLS, row


def test_a_set_that_failed_whole_has_no_numbers_and_the_others_do() -> None:
    rows = [row(10.0), row(0.0, 0, set="t", error="NaN")]
    good, bad = summaries(rows)
    assert (bad.n, bad.failed, bad.median, bad.difference) == (0, 1, None, None)
    assert good.median is not None
    assert make_report([bad]).summary == "No row of any set could be scored."


def test_the_reference_of_an_answer_only_set_is_its_bare_form() -> None:
    rows = [row(10.0), row(30.0, set="a", form=BARE), row(20.0, set="a", form="#### N")]
    found = {(each.set, each.form): each for each in summaries(rows, "a")}
    assert found["a", BARE].difference is None
    assert found["s", WHOLE].difference == pytest.approx(math.exp(1) - math.exp(3))


def test_an_unknown_reference_names_those_there_are() -> None:
    with pytest.raises(UnknownName, match="available: s"):
        summaries([row(1.0)], "t")


def test_the_report_survives_json_and_says_which_differences_are_sure() -> None:
    low = [row(float(i), original=str(i)) for i in range(5, 15)]
    high = [row(float(i), set="t", original=str(i)) for i in range(40, 50)]
    report = make_report(summaries(high + low, "t"), ["note"], ["source"])
    assert from_row(Report, to_row(report)) == report
    assert "Lowest median perplexity: s, 2.59. Below t: s." in report.summary
    assert report.columns[0].unit == "" and len(report.rows) == 2


def test_json_has_one_object_a_set_and_the_forms_below_it() -> None:
    rows = [row(10.0), row(20.0, set="a", form="#### N"), row(30.0, set="a", form=BARE)]
    told = as_json(summaries(rows))
    assert list(told) == ["s", "a"]
    assert {"n", "tokens", "median", "mean", "q1", "q3", "low", "high"} <= told["s"].keys()
    assert told["a"]["form"] == BARE
    assert told["a"]["median"] == told["a"]["forms"][BARE]["median"] == pytest.approx(math.e**3)
    assert told["a"]["forms"]["#### N"]["median"] == pytest.approx(math.e**2)


@given(NLLS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_the_order_of_rows_changes_no_bit(
    pairs: list[tuple[float, int]], shuffle: random.Random
) -> None:
    rows = [row(nll, tokens, set=f"s{i % 2}") for i, (nll, tokens) in enumerate(pairs)]
    before = {(e.set, e.form): e for e in summaries(rows, "s0", resamples=100)}
    shuffle.shuffle(rows)
    assert {(e.set, e.form): e for e in summaries(rows, "s0", resamples=100)} == before


def test_sets_and_forms_come_in_the_order_in_which_they_first_do() -> None:
    rows = [row(1.0, set="b"), row(1.0, set="a", form=BARE), row(2.0, set="b"), row(1.0, set="a")]
    found = [(each.set, each.form) for each in summaries(rows, resamples=100)]
    assert found == [("b", WHOLE), ("a", BARE), ("a", WHOLE)]


@pytest.mark.parametrize(
    ("shift", "said"),
    [(-30.0, "Below s: t."), (30.0, "Above s: t."), (0.0, None)],
    ids=["lower", "higher", "the same"],
)
def test_a_difference_is_said_where_its_interval_is_sure(shift: float, said: str | None) -> None:
    base = [row(float(i), original=str(i)) for i in range(40, 60)]
    other = [row(i + shift, set="t", original=str(i)) for i in range(40, 60)]
    summary = make_report(summaries([*base, *other], resamples=200)).summary
    assert ("95 % intervals" in summary) is (said is not None)
    assert said is None or said in summary


def test_what_was_left_out_or_cut_is_told() -> None:
    rows = [row(10.0), row(20.0, truncated=True), row(0.0, 0, error="NaN")]
    notes = make_report([summarise(rows)]).notes
    assert notes == ("s: 1 rows could not be scored, left out.", "s: 1 of 2 rows were cut.")


def test_columns_have_their_units() -> None:
    units = {each.name: each.unit for each in COLUMNS}
    assert (units["set"], units["n"], units["median"], units["bits_per_byte"]) == (
        "",
        "rows",
        "perplexity",
        "bits",
    )
