"""Printed numbers: all of the paper's, once each, and a CSV that disagrees is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmeval.errors import DataError, MissingData
from mmeval.paper.printed import differences, numbers, read_csv

HEAD = "table_or_figure,model,size,benchmark,metric,value,source\n"


@pytest.fixture(scope="module")
def csv_file() -> Path:
    """The CSV of the paper's numbers, beside the public data sets."""
    named = os.environ.get("MMEVAL_PAPER_NUMBERS")
    data = os.environ.get("MMEVAL_DATA")
    path = Path(named) if named else Path(data or "") / "../paper/paper_numbers.csv"
    if not (named or data) or not path.is_file():
        pytest.skip("printed numbers: MMEVAL_PAPER_NUMBERS names no CSV of the paper's numbers")
    return path


def test_every_number_of_the_csv_is_in_the_project_and_none_beside(csv_file: Path) -> None:
    known = numbers()
    theirs = read_csv(csv_file, known.benchmarks)
    assert len(theirs) == 237
    assert differences(known.all, theirs) == []


def test_no_number_stands_twice() -> None:
    keys = [each.key for each in numbers().all]
    assert len(set(keys)) == len(keys)


def test_every_number_says_where_it_was_printed() -> None:
    assert [each.key for each in numbers().all if not each.source or not each.link] == []


@pytest.mark.parametrize(
    ("element", "model", "size", "benchmark", "value"),
    [
        ("Table 2", "MetaMath", "7B", "gsm8k", 66.5),
        ("Table 2", "GPT-4", "", "hendrycks_math", 42.5),
        ("Table 3 (trained on MATH-derived data)", "SFT", "7B", "gsm8k", 13.8),
        ("Table 1", "MetaMathQA", "", "Overall", 395000),
        ("text 4.5", "diversity gain vs accuracy gain (4 points)", "7B", "gsm8k", 0.972),
        ("RFT paper Table 5", "RFT k=100 data", "", "gsm8k", 47000),
    ],
)
def test_a_number_is_found_by_what_it_is_about(
    element: str, model: str, size: str, benchmark: str, value: float
) -> None:
    found = numbers().find(element, model, size, benchmark)
    assert found is not None and found.value == value


def test_what_was_never_printed_is_none() -> None:
    known = numbers()
    assert known.find("Table 2", "SFT", "7B", "hendrycks_math") is None
    assert known.of("Figure 6") == []


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("GSM_AnsAug", "AnsAug"),
        ("mm/GSM_Rephrased", "Rephrasing"),
        ("wrong_answers", "incorrect answers"),
        ("Rephrased", "Rephrasing"),
        ("my own arm", "my own arm"),
        ("MATH_AnsAug", "AnsAug on MATH"),
    ],
)
def test_arms_and_sets_go_by_many_names(name: str, series: str) -> None:
    assert numbers().series_of(name) == series


def test_no_name_means_two_series() -> None:
    from mmeval.results.published import folded

    names = [folded(n) for own, other in numbers().series.items() for n in (own, *other)]
    assert len(set(names)) == len(names)


def test_a_csv_that_disagrees_is_told_number_by_number(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text(
        HEAD + "Table 2,MetaMath,7B,GSM8K,accuracy %,66.6,x\n"
        "Table 2,GPT-4,-,GSM8K,accuracy %,92.0,x\n"
        "Table 99,new,,,accuracy %,1,x\n"
    )
    known = numbers()
    theirs = read_csv(path, known.benchmarks)
    some = [each for each in known.all if each.key in {one.key for one in theirs}]
    assert [(each.ours, each.theirs) for each in differences(some, theirs)] == [
        (66.5, 66.6),
        (None, 1.0),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b\n1,2\n", "has no column 'table_or_figure'"),
        (HEAD + "Table 2,m,,GSM8K,accuracy %,many,x\n", "line 2: 'many' is not a number"),
        (HEAD + "Table 2,m,,GSM8K,accuracy %,inf,x\n", "line 2: 'inf' is not a number"),
        ("", "has no column"),
    ],
)
def test_a_csv_that_cannot_be_read_says_where(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=reason):
        read_csv(path, {})
    with pytest.raises(MissingData):
        read_csv(tmp_path / "none.csv", {})


@pytest.mark.parametrize("text", ["x = [", "a = 1", "[benchmarks]\n[[element]]\nname = 'x'"])
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "published.toml"
    path.write_text(text)
    with pytest.raises(DataError, match="is not a table of printed numbers"):
        numbers(path)


def test_the_bases_that_tables_leave_unsaid_are_bases_of_the_paper() -> None:
    known = numbers()
    assert known.own_bases["7B"] == "LLaMA-2-7B"
    assert set(known.own_bases.values()) <= set(known.bases)
    assert set(known.mixed_in) <= set(known.series)
