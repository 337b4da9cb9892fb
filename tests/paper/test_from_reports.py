"""What perplexity and diversity reports say sample by sample, and files that were edited."""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest

from mmeval.errors import DataError
from mmeval.paper.from_reports import (
    CURVE_FILE,
    Samples,
    boxes,
    distances,
    gain_curves,
    gains,
    perplexities,
)
from mmeval.results.report_folder import ReportDir
from tests.builders.jsonl_files import write_rows
from tests.builders.measured_folders import diversity_report, perplexity_report

VALUES = (4.0, 1.0, 2.5, 8.0, 3.0)


def rewrite(folder: ReportDir, **changed: Any) -> None:
    """Changes fields of a report's first row."""
    first, *rest = folder.rows()
    folder.write_rows([{**first, **changed}, *rest])


def test_quantiles_and_mean_are_those_of_the_standard_library() -> None:
    samples = Samples(name="x", values=VALUES, origins=tuple("abcde"))
    quarters = quantiles(VALUES, n=4, method="inclusive")
    assert [samples.at(share) for share in (0.25, 0.5, 0.75)] == pytest.approx(quarters)
    assert (samples.at(0), samples.at(1)) == (1.0, 8.0)
    assert samples.mean() == pytest.approx(3.7)


def test_a_mean_does_not_depend_on_the_order_of_rows() -> None:
    values = (1e16, 1.0, -1e16, 3.0)
    for each in (values, values[::-1]):
        assert Samples(name="x", values=each, origins=("",) * 4).mean() == 1.0


def test_a_perplexity_is_e_to_the_nats_of_a_token(tmp_path: Path) -> None:
    folder = perplexity_report(tmp_path, {("a", "N"): [1.0, 2.0], ("a", "#### N"): [3.0]})
    rewrite(folder, nll=6.0, tokens=4)
    assert [(each.name, each.form, each.origins) for each in perplexities(folder)] == [
        ("a", "N", ("q0", "q1")),
        ("a", "#### N", ("q0",)),
    ]
    assert perplexities(folder)[0].values == pytest.approx((math.exp(1.5), math.exp(2)))


@pytest.mark.parametrize("changed", [{"error": "too long"}, {"tokens": 0}, {"tokens": None}])
def test_a_response_that_was_not_scored_is_left_out(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    folder = perplexity_report(tmp_path, {("a", "response"): [1.0, 2.0]})
    rewrite(folder, **changed)
    (samples,) = perplexities(folder)
    assert samples.values == pytest.approx((math.exp(2),))


@pytest.mark.parametrize("value", ["1", None, float("inf"), float("nan")])
def test_a_number_that_is_none_names_its_file(value: object, tmp_path: Path) -> None:
    folder = perplexity_report(tmp_path, {("a", "response"): [1.0]})
    # json has no inf; Python's own writes and reads it
    rows = [{**row, "nll": value} for row in folder.rows()]
    write_rows(folder.rows_file, rows)
    with pytest.raises(DataError, match=r"rows.*was it edited"):
        perplexities(folder)


def test_distances_are_those_of_the_text_that_was_embedded(tmp_path: Path) -> None:
    folder = diversity_report(tmp_path, {"SV": [0.4, 0.6]})
    rewrite(folder, distance=0.1)
    (question,), (both,) = distances(folder, "question"), distances(folder, "question_answer")
    assert (question.values, both.values) == ((0.1, 0.6), (0.4, 0.6))
    assert distances(folder, "answer") == []


def test_a_box_has_the_reports_quarters_and_whiskers_of_its_samples(tmp_path: Path) -> None:
    nats = [0.1 * i for i in range(21)]
    folder = perplexity_report(tmp_path, {("a", "response"): nats, ("b", "N"): [1.0]})
    found = {(name, form): each for name, form, each in boxes(folder)}
    assert list(found) == [("a", "response"), ("b", "N")]
    box = found["a", "response"]
    assert box.box is not None and box.n == 21
    sample = sorted(math.exp(each) for each in nats)
    # 5 % of 21 ordered values is the second, 95 % the second from above
    assert (box.box.whisker_low, box.box.whisker_high) == pytest.approx((sample[1], sample[-2]))
    assert (box.box.quarter, box.box.median) == pytest.approx((sample[5], median(sample)))
    assert box.value == box.box.median and box.recount() == pytest.approx(box.value)


def test_a_gain_is_the_reports_and_counted_again_from_its_rows(tmp_path: Path) -> None:
    folder = diversity_report(tmp_path, {"SV": [0.4, 0.6], "FOBAR": [0.1, 0.3]})
    found = {(name, text): each for name, text, each in gains(folder)}
    assert list(found) == [
        (name, text) for text in ("question", "question_answer") for name in ("SV", "FOBAR")
    ]
    sv = found["SV", "question"]
    assert (sv.value, sv.low, sv.high, sv.n) == (0.5, 0.49, 0.51, 2)
    rewrite(folder, distance=0.8)
    (again, *_) = (each for name, text, each in gains(folder) if (name, text) == ("SV", "question"))
    assert again.value == 0.5
    assert again.recount() == pytest.approx(0.7)


COLUMNS = ("set", "text", "grows", "size", "gain", "low", "high")


def curve(*rows: tuple[object, ...]) -> str:
    columns = [{"name": name, "kind": "text", "unit": ""} for name in COLUMNS]
    return json.dumps({"analysis": "diversity", "columns": columns, "rows": rows, "summary": ""})


def test_a_curve_has_the_points_whose_base_grows(tmp_path: Path) -> None:
    folder = diversity_report(tmp_path, {"SV": [0.4]})
    assert list(gain_curves(folder)) == [], "none was asked for"
    (tmp_path / CURVE_FILE).write_text(
        curve(
            ("SV", "question", "base", 100, 0.5, 0.4, 0.6),
            ("SV", "question", "new", 50, 0.9, 0.8, 1.0),
            ("SV", "question", "base", 200, 0.3, 0.2, 0.4),
        )
    )
    found = list(gain_curves(folder))
    assert [(name, text, size, each.value, each.n) for name, text, size, each in found] == [
        ("SV", "question", 100, 0.5, 100),
        ("SV", "question", 200, 0.3, 200),
    ]
    assert [each.recount() for *_, each in found] == [0.5, 0.3]


@pytest.mark.parametrize("text", ["{", "[]", '{"rows": 3}', "[" * 100_000])
def test_a_curve_that_was_edited_is_told(text: str, tmp_path: Path) -> None:
    folder = diversity_report(tmp_path, {"SV": [0.4]})
    (tmp_path / CURVE_FILE).write_text(text)
    with pytest.raises(DataError, match=r"curve\.json: not a report"):
        list(gain_curves(folder))
