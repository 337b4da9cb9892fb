"""Analyses on made runs, by hand and by another way of counting."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import mmeval
from mmeval import catalog
from mmeval.cli import mmeval as cli
from mmeval.errors import DataError, UnknownName
from mmeval.records import Column, Report, to_row
from mmeval.results import frames
from mmeval.results.analysis import analyse
from mmeval.results.judged import load_judged
from mmeval.results.published import about, facts
from mmeval.stats.intervals import wilson
from mmeval.stats.paired import Discordance, score_bounds
from tests.builders.made_runs import Made, make_run

ALL = catalog.names("analyses")
OF_ARMS = ("trained_arms", "arms_by_template")
"""These need a model that was trained here."""
OF_ANY_RUN = [name for name in ALL if name not in {"reversal_gap", *OF_ARMS}]
"""Without those of linked benchmarks and of trained models."""


def table(report: Report) -> list[dict[str, Any]]:
    names = [column.name for column in report.columns]
    return [dict(zip(names, row, strict=True)) for row in report.rows]


def part(report: Report, by: str, name: str) -> dict[str, Any]:
    [row] = [row for row in table(report) if (row["by"], row["part"]) == (by, name)]
    return row


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """A run with parts, a run with several answers."""
    meta = {
        number: {"subject": "Algebra" if number % 2 else "Geometry", "level": 1 + number % 3}
        for number in range(12)
    }
    one = make_run(tmp_path / "one", Made(letters="RRWNURRWFRRR", meta=meta, model="one"))
    several = make_run(tmp_path / "several", Made(letters="RWRW" * 3, samples=3, model="several"))
    return [one.path, several.path]


@pytest.mark.parametrize("name", OF_ANY_RUN)
def test_a_report_is_pure_and_names_its_sources(name: str, runs: list[Path]) -> None:
    first, second = (analyse(name, runs) for _ in range(2))
    assert json.dumps(to_row(first)) == json.dumps(to_row(second))
    assert len(first.sources) == 2
    assert first.sources[0].startswith("one, sums test, ")
    assert first.analysis == name
    assert first.summary.endswith(".")


@pytest.mark.parametrize("name", ALL)
def test_nothing_measured_is_no_accuracy_of_0(name: str, runs: list[Path]) -> None:
    frame = frames.answers([load_judged(runs[0])]).iloc[:0]
    with pytest.raises(DataError, match=r"no answers|no run has backward"):
        catalog.load("analyses", name).measure(frame, ())


@pytest.mark.parametrize("name", [name for name in ALL if name not in OF_ARMS])
def test_the_order_of_answers_changes_nothing(name: str, twins: list[Path]) -> None:
    frame = frames.answers([load_judged(path) for path in twins])
    analysis = catalog.load("analyses", name)
    shuffled = frame.sample(frac=1, random_state=3)
    one, two = (sorted(map(repr, analysis.measure(each, ()).rows)) for each in (frame, shuffled))
    assert one == two


# --- accuracy --------------------------------------------------------------------------


def test_accuracy_counts_what_could_not_be_told_as_not_right(runs: list[Path]) -> None:
    row = part(analyse("accuracy", runs[:1]), "all", "all")
    assert (row["problems"], row["answers"]) == (12, 12)
    assert row["accuracy"] == 7 / 12
    assert row["accuracy_high"] == 9 / 12
    assert (row["low"], row["high"]) == wilson(7, 12)


@pytest.mark.parametrize("by", ["subject", "level", "question length"])
def test_the_parts_average_to_the_whole(by: str, runs: list[Path]) -> None:
    report = analyse("accuracy", runs[:1])
    rows = [row for row in table(report) if row["by"] == by]
    assert sum(row["answers"] for row in rows) == 12
    assert sum(row["accuracy"] * row["answers"] for row in rows) == pytest.approx(7)
    if by == "question length":
        assert [row["problems"] for row in rows] == [4, 4, 4]


def test_several_answers_are_clustered_and_said(runs: list[Path]) -> None:
    report = analyse("accuracy", runs[1:])
    row = part(report, "all", "all")
    assert (row["problems"], row["answers"], row["accuracy"]) == (4, 12, 0.5)
    assert "several has several answers to a problem" in " ".join(report.notes)


def test_a_published_value_stands_beside(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", Made(letters="RW", model="MetaMath-7B", benchmark="gsm8k"))
    report = analyse("accuracy", [run.path])
    assert part(report, "all", "all")["published"] == 0.665
    assert report.published[0].source.endswith("Table 2")


def test_published_values_are_those_of_the_paper() -> None:
    known = facts()
    table_2 = [fact for fact in known if fact.source.endswith("Table 2")]
    assert len(table_2) == 79
    assert {fact.benchmark for fact in table_2} == {"gsm8k", "hendrycks_math"}
    assert sum(fact.value for fact in table_2) == pytest.approx(25.737, abs=1e-9)
    assert all(fact.link.startswith("https://") for fact in known)


@pytest.mark.parametrize(
    ("model", "value"),
    [("meta-math/MetaMath-7B-V1.0", 0.665), ("metamath_7b", 0.665), ("metamath-7b-mine", None)],
)
def test_a_model_is_found_by_its_letters_and_digits(model: str, value: float | None) -> None:
    fact = about(model, "gsm8k", facts())
    assert (fact.value if fact else None) == value


def test_a_broken_file_of_published_values_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "published.toml"
    path.write_text('[[table]]\nsource = "s"\nrows = [{ model = "m", accuracy = { b = 101 } }]\n')
    with pytest.raises(DataError, match="101 is not a percentage"):
        facts(path)


# --- reversal gap ----------------------------------------------------------------------


FORWARD, BACKWARD = "RRRRWWWWNU", "RRWWRWWUR"


@pytest.fixture
def twins(tmp_path: Path) -> list[Path]:
    """Ten forward problems, nine of them with a backward twin."""
    forward_meta = {number: {"solution": "one\ntwo\nthree"} for number in range(0, 10, 2)}
    backward_meta = {
        number: {
            "twin": f"sums/{number:04x}",
            "style": "fobar" if number < 5 else "self_verification",
            "determined": number != 0,
        }
        for number in range(9)
    }
    make_run(tmp_path / "f", Made(letters=FORWARD, meta=forward_meta))
    back = Made(letters=BACKWARD, benchmark="backward", meta=backward_meta)
    make_run(tmp_path / "b", back)
    return [tmp_path / "f", tmp_path / "b"]


def test_the_gap_is_the_paired_table(twins: list[Path]) -> None:
    report = analyse("reversal_gap", twins)
    row = part(report, "all", "all")
    # pairs: RR RR RW RW WR WW WW WU NR
    counts = [row[name] for name in ("pairs", "both", "forward_only", "backward_only", "neither")]
    assert counts == [9, 2, 2, 2, 3]
    assert row["undecided"] == 1
    assert row["gap"] == 0.0
    assert row["low"] == score_bounds(Discordance(n=9, gained=2, lost=3))[0], "U was right"
    assert row["high"] == score_bounds(Discordance(n=9, gained=2, lost=2))[1], "U was not"
    assert row["backward_given_forward"] == 0.5
    assert (row["given_low"], row["given_high"]) == wilson(2, 4)


def test_the_gap_never_stands_alone(twins: list[Path]) -> None:
    report = analyse("reversal_gap", twins)
    assert part(report, "determined", "yes")["pairs"] == 8
    assert part(report, "style", "fobar")["pairs"] == 5
    assert part(report, "style", "self_verification")["pairs"] == 4
    assert part(report, "steps", "3")["pairs"] == 5
    for words in ("forward", "backward", "95 % interval", "of those right forward"):
        assert words in report.summary
    assert "1 of 10 sums problems that made answered have no backward twin" in report.notes[0]


def test_the_published_backward_set_comes_with_its_caution(tmp_path: Path) -> None:
    twin = {0: {"twin": "gsm8k/0000", "style": "fobar"}}
    make_run(tmp_path / "f", Made(letters="RW", benchmark="gsm8k"))
    make_run(tmp_path / "b", Made(letters="W", benchmark="gsm8k_backward", meta=twin))
    report = analyse("reversal_gap", [tmp_path])
    assert any("some model had solved" in note for note in report.notes)


def test_all_undecided_is_a_clear_answer_and_no_certain_one(twins: list[Path]) -> None:
    meta = {number: {"twin": f"sums/{number:04x}"} for number in range(9)}
    make_run(twins[1], Made(letters="U" * 5 + "F" * 4, benchmark="backward", meta=meta))
    report = analyse("reversal_gap", twins)
    row = part(report, "all", "all")
    assert (row["pairs"], row["undecided"]) == (9, 9)
    assert isinstance(row["low"], float) and isinstance(row["high"], float)
    assert row["low"] < -0.5 and row["high"] > 0.5
    assert isinstance(row["given_low"], float) and isinstance(row["given_high"], float)
    assert row["given_low"] == 0.0 and row["given_high"] == 1.0
    assert any("9 of 9 pairs" in note for note in report.notes)


def test_one_style_alone_is_told_once(tmp_path: Path) -> None:
    twin = {0: {"twin": "gsm8k/0000", "style": "fobar"}}
    make_run(tmp_path / "f", Made(letters="RW", benchmark="gsm8k"))
    make_run(tmp_path / "b", Made(letters="W", benchmark="gsm8k_backward", meta=twin))
    report = analyse("reversal_gap", [tmp_path])
    assert [row["by"] for row in table(report)] == ["all"]


@pytest.mark.parametrize(
    ("keep", "said"), [((0,), "no run has backward questions"), ((1,), "no backward question has")]
)
def test_one_direction_alone_has_no_gap(keep: tuple[int], said: str, twins: list[Path]) -> None:
    with pytest.raises(DataError, match=said):
        analyse("reversal_gap", [twins[each] for each in keep])


def test_a_gap_of_two_checkers_is_refused(twins: list[Path]) -> None:
    make_run(twins[0], Made(letters=FORWARD, checkers=("other/1",)))
    with pytest.raises(DataError, match="judge both with one checker"):
        analyse("reversal_gap", twins)


# --- several answers -------------------------------------------------------------------


def test_votes_are_merged_by_the_checker(tmp_path: Path) -> None:
    letters, said = "RWWW", ["7", r"\frac12", r"\frac{1}{2}", "3"]
    made = Made(letters=letters, samples=4, extracted=said, checkers=("metamath-math/1", "test/1"))
    report = analyse("maj_at_k", [make_run(tmp_path / "a", made).path])
    by_checker = {row["checker"]: row for row in table(report) if row["k"] == 4}
    assert by_checker["metamath-math/1"]["maj_at_k"] == 0.0, "the two halves outvote the 7"
    assert by_checker["test/1"]["maj_at_k"] == 0.25, "a tie of four, broken by lot"
    assert any("test/1 is not in the catalogue" in note for note in report.notes)
    assert any("broken by lot" in note for note in report.notes)


def test_more_answers_never_make_pass_at_k_worse(runs: list[Path]) -> None:
    values = [row["pass_at_k"] for row in table(analyse("pass_at_k", runs[1:]))]
    assert [row["k"] for row in table(analyse("pass_at_k", runs[1:]))] == [1, 2, 3]
    assert values == sorted(values)
    assert values[0] == 0.5


@pytest.mark.parametrize("name", ["pass_at_k", "maj_at_k"])
def test_what_could_not_be_told_is_in_at_most(name: str, tmp_path: Path) -> None:
    made = Made(letters="UFRW", samples=2)
    rows = table(analyse(name, [make_run(tmp_path / "a", made).path]))
    for row in rows:
        assert row[name] <= row["at_most"] <= 1
    assert rows[0]["at_most"] == 0.75


# --- health and length -----------------------------------------------------------------


def test_health_counts_each_fault(tmp_path: Path) -> None:
    texts = ["The answer is: 1", "", "again " * 60, "", "?"]
    made = Made(letters="RNWFN", texts=texts)
    [row] = table(analyse("answer_health", [make_run(tmp_path / "a", made).path]))
    assert row["no_answer"] == pytest.approx(0.4)
    assert row["empty"] == pytest.approx(0.2)
    assert row["degenerate"] == pytest.approx(0.2)
    assert row["failed"] == pytest.approx(0.2)
    assert row["accuracy_finished"] == pytest.approx(0.2)


def test_unfinished_thoughts_are_a_share_of_all_answers(tmp_path: Path) -> None:
    made = Made(letters="RNWF", texts=["7?</think>9", "7?", "8?</think>8", ""])
    [row] = table(analyse("answer_health", [make_run(tmp_path / "a", made).path]))
    assert row["thought_unfinished"] == pytest.approx(0.25)
    assert row["empty"] == 0


def test_length_leaves_failures_out(tmp_path: Path) -> None:
    made = Made(letters="RWF", texts=["a b c", "a b c d e", ""])
    rows = {
        row["part"]: row
        for row in table(analyse("answer_length", [make_run(tmp_path / "a", made).path]))
    }
    assert rows["all"]["answers"] == 2
    assert rows["all"]["mean tokens"] == 4
    assert rows["right"]["most characters"] == 5
    assert rows["not right"]["median tokens"] == 5


# --- by path, and the verb -------------------------------------------------------------

OWN = """
from mmeval.declare import Analysis
from mmeval.records import Column, Report

def measure(frame, facts):
    columns = (Column(name="rows"),)
    return Report(analysis="own", columns=columns, rows=((len(frame),),), summary="x.")

ANALYSIS = Analysis(name="own", title="", source="", measure=measure)
"""


def test_a_users_own_analysis_is_a_file(runs: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(OWN)
    assert analyse(str(path), runs).rows == ((24,),)
    with pytest.raises(UnknownName, match="did you mean accuracy"):
        analyse("acuracy", runs)


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 columns, a row has 1"):
        Report(analysis="a", columns=(Column(name="a"), Column(name="b")), rows=((1,),), summary="")


def call(*args: object) -> str:
    done = CliRunner().invoke(cli, ["analyse", *map(str, args)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_verb_prints_a_table_csv_or_json(twins: list[Path]) -> None:
    report = analyse("reversal_gap", twins)
    assert json.loads(call("reversal_gap", *twins, "--json")) == json.loads(
        json.dumps(to_row(report))
    )
    rows = list(csv.reader(io.StringIO(call("reversal_gap", *twins, "--csv"))))
    assert rows[0] == [column.name for column in report.columns]
    assert len(rows) == 1 + len(report.rows)
    text = call("reversal_gap", *twins)
    assert "model: made" in text
    assert " ".join(report.summary.split()) in " ".join(text.split())


# --- real outputs ----------------------------------------------------------------------


def test_accuracy_by_thirds_of_metamaths_own_answers(data: Path, tmp_path: Path) -> None:
    from mmeval.runs.config import RunConfig
    from mmeval.runs.run import run

    [done] = run(
        RunConfig(
            model="MetaMath-7B",
            benchmark=("gsm8k",),
            engine="replay",
            responses=str(data / "outputs" / "gsm8k__metamath_7b__gsmplus.jsonl"),
            text="completion",
            checker=("metamath-gsm8k/1",),
            data=str(data),
            out=str(tmp_path / "run"),
        )
    )
    report = analyse("accuracy", [done.path])
    whole = part(report, "all", "all")
    assert whole["accuracy"] == pytest.approx(whole["published"], abs=0.005)
    thirds = [part(report, "question length", name) for name in ("short", "medium", "long")]
    assert [row["problems"] for row in thirds] == [439, 440, 440]
    accuracies = [row["accuracy"] for row in thirds]
    assert accuracies == sorted(accuracies, reverse=True), "longer is worse, as in Figure 7"


def test_several_backward_questions_of_one_original_hang_together(tmp_path: Path) -> None:
    """An unfiltered backward set has four questions an original: taken as independent, the
    interval of the gap held 67 to 75 %."""
    forward, backward = "RRRRRRRRWW" * 3, "RRRRRRWWWW" * 3
    make_run(tmp_path / "f", Made(letters=forward, benchmark="sums"))
    once = {i: {"twin": f"sums/{i:04x}"} for i in range(30)}
    four = {4 * i + j: {"twin": f"sums/{i:04x}"} for i in range(30) for j in range(4)}
    make_run(tmp_path / "b", Made(letters=backward, benchmark="backward", meta=once))
    times = "".join(letter * 4 for letter in backward)
    make_run(tmp_path / "c", Made(letters=times, benchmark="backward", meta=four))
    alone, copies = (
        mmeval.analyse("reversal_gap", [tmp_path / "f", tmp_path / name]) for name in "bc"
    )
    names = [each.name for each in alone.columns]
    low, high, gap, pairs = (names.index(name) for name in ("low", "high", "gap", "pairs"))
    assert (alone.rows[0][pairs], copies.rows[0][pairs]) == (30, 120)
    assert alone.rows[0][gap] == copies.rows[0][gap] == pytest.approx(0.2)
    widths = [
        float(row[high] or 0) - float(row[low] or 0) for row in (alone.rows[0], copies.rows[0])
    ]
    assert widths[1] > 0.9 * widths[0], "four copies of an answer are no four answers"


# --- several samples ---------------------------------------------------------------------


def samples_of(path: Path) -> dict[str, Any]:
    report = mmeval.analyse("avg_at_k", [path])
    (row,) = report.rows
    return dict(zip((each.name for each in report.columns), row, strict=True))


def test_samples_are_split_into_what_problems_and_what_draws_differ_by(tmp_path: Path) -> None:
    draws = ["RRWWRW", "RWWWRR", "RRWWWW", "RRWRRW"]  # four samples of six problems
    make_run(tmp_path / "a", Made(letters="".join(draws), samples=4))
    found = samples_of(tmp_path / "a")
    right = np.array([[letter == "R" for letter in draw] for draw in draws], dtype=float)
    assert (found["problems"], found["samples"]) == (6, 4)
    assert found["avg_at_k"] == pytest.approx(right.mean())
    accuracies = right.mean(axis=1)
    assert (found["sample_low"], found["sample_high"]) == (accuracies.min(), accuracies.max())
    assert found["sd"] == pytest.approx(accuracies.std(ddof=1))
    # One-way analysis of variance: mean squares within and between.
    inside = right.var(axis=0, ddof=1).mean()
    assert found["within"] == pytest.approx(inside)
    between = right.mean(axis=0).var(ddof=1) - inside / 4
    assert found["between"] == pytest.approx(between)
    assert found["error_k"] == pytest.approx(np.sqrt(right.mean(axis=0).var(ddof=1) / 6))


@pytest.mark.parametrize(
    ("draws", "worth"),
    [
        (["RWRW" * 5] * 4, 1),  # the same answers again: one is enough
        (["RRWW" * 5, "WWRR" * 5, "RRWW" * 5, "WWRR" * 5], 1024),  # nothing but chance
    ],
)
def test_how_many_answers_are_worth_it(tmp_path: Path, draws: list[str], worth: int) -> None:
    make_run(tmp_path / "a", Made(letters="".join(draws), samples=4))
    assert samples_of(tmp_path / "a")["worth"] == worth


def test_one_answer_a_problem_is_not_split(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RWRW"))
    found = samples_of(tmp_path / "a")
    assert (found["samples"], found["avg_at_k"]) == (1, 0.5)
    assert [found[name] for name in ("sd", "within", "between", "error_k", "worth")] == [None] * 5
