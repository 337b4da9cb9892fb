"""Tables of gains and of curves: what stands in them, and what a reader is told beside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mmeval.engines.embedder import EmbedderInfo
from mmeval.training_data.diversity.gain import Gain, measure_gain
from mmeval.training_data.diversity.report import (
    COLUMNS,
    CurvePoint,
    Searched,
    SetGain,
    curve_report,
    gain_report,
    weigh,
)
from mmeval.training_data.vectors.faiss_search import Recall

FOUND = Searched(
    set="mine",
    text="question",
    distance=np.array([1.0, 2.0, 6.0, 7.0]),
    questions=np.array([0, 0, 1, 2]),
    cut=np.array([False, True, False, False]),
    own=np.array([True, True, False, False]),
)
EMBEDDER = EmbedderInfo(name="e", label="E", fingerprint="f" * 64, context=512)


def test_gains_are_of_all_of_what_was_not_cut_and_of_other_questions() -> None:
    found = weigh(replace(FOUND, apart=np.array([3.0, 5.0, 7.0, np.inf])), seed=1)
    assert (found.whole.gain, found.whole.n, found.whole.questions) == (4.0, 4, 3)
    assert (found.cut, found.own) == (0.25, 0.5)
    assert found.uncut == measure_gain([1.0, 6.0, 7.0], [0, 1, 2], 1)
    assert found.apart == measure_gain([3.0, 5.0, 7.0], [0, 0, 1], 1)


def test_what_leaves_nothing_has_no_gain() -> None:
    found = weigh(replace(FOUND, cut=np.ones(4, dtype=bool), apart=np.full(4, np.inf)), seed=0)
    assert (found.uncut, found.apart, found.cut) == (None, None, 1.0)
    assert weigh(FOUND, seed=0).apart is None, "not asked for"


def gain(value: float) -> Gain:
    return Gain(n=4, questions=3, gain=value, low=value - 1, high=value + 1)


def of_set(name: str, value: float, own: float = 0.0, text: str = "question") -> SetGain:
    return SetGain(
        set=name,
        text=text,  # type: ignore[arg-type]
        whole=gain(value),
        cut=0.25,
        uncut=gain(5.0),
        own=own,
        apart=None,
    )


def test_a_row_has_a_value_for_each_column_and_none_for_what_is_not_known() -> None:
    report = gain_report([of_set("a", 3.0)], EMBEDDER, 1_000, [])
    (row,) = report.rows
    assert dict(zip((each.name for each in COLUMNS), row, strict=True)) == {
        "set": "a",
        "text": "question",
        "n": 4,
        "questions": 3,
        "gain": 3.0,
        "low": 2.0,
        "high": 4.0,
        "cut": 0.25,
        "gain_uncut": 5.0,
        "own": 0.0,
        "gain_without_own": None,
        "low_without_own": None,
        "high_without_own": None,
    }
    (whole,) = gain_report([replace(of_set("a", 3.0), apart=gain(9.0))], EMBEDDER, 1, []).rows
    assert whole[-3:] == (9.0, 8.0, 10.0)


def test_the_order_of_the_sets_is_told_for_each_kind_of_text() -> None:
    gains = [
        *(of_set("a", 3.0), of_set("b", 1.0)),
        *(of_set("a", 1.0, text="question_answer"), of_set("b", 2.0, text="question_answer")),
    ]
    report = gain_report(gains, EMBEDDER, 1_000, [])
    assert report.summary.endswith("question: b < a; question_answer: a < b.")
    assert (
        "E reads 512 tokens of a text and gives the vectors; the base has 1,000 rows"
        in (report.notes[0])
    )
    assert report.sources == ("e ffffffffffffffff",)


@pytest.mark.parametrize(("own", "told"), [(0.0, False), (0.5, True)])
def test_neighbours_that_are_the_original_are_explained_where_there_are_any(
    own: float, told: bool
) -> None:
    report = gain_report([of_set("a", 3.0, own)], replace(EMBEDDER, context=None), 10, [])
    assert any(note.startswith("own: ") for note in report.notes) is told
    assert report.notes[0].startswith("E gives the vectors")


def test_the_recall_of_an_approximate_search_is_told() -> None:
    recall = Recall(sample=100, recall=0.98, gain=0.5, exact_gain=0.4)
    notes = gain_report([of_set("a", 3.0)], EMBEDDER, 10, [recall]).notes
    assert notes[-1].startswith("approximate search: recall 0.9800 on 100 items, their gain 0.5")


def test_a_curve_has_a_row_a_point() -> None:
    point = CurvePoint(set="a", text="question", grows="base", size=20, gain=gain(3.0))
    report = curve_report([point, replace(point, grows="new", size=40)])
    assert report.rows == (
        ("a", "question", "base", 20, 3.0, 2.0, 4.0),
        ("a", "question", "new", 40, 3.0, 2.0, 4.0),
    )
    assert [each.name for each in report.columns][:4] == ["set", "text", "grows", "size"]
