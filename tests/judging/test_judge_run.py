"""A run folder judged again: verdicts and summary replaced, repeats too, edits refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.errors import DataError, RunMismatch, UnknownName
from mmeval.jsonl import read_rows, write_rows
from mmeval.judging.judge_run import (
    asked_problems,
    judge_run,
    judge_with_repeats,
    summary_counts,
)
from mmeval.run_folder import RunDir
from tests.builders.made_runs import Made, make_run

NAME = "metamath-gsm8k/1"


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """Four problems with the golds 0, 2, 4, 6, and answers 0, 2, 5 and none."""
    texts = ("The answer is: 0", "The answer is: 2", "The answer is: 5", "no idea")
    return make_run(tmp_path / "run", Made(letters="RRWN", checkers=(NAME,), texts=texts))


def test_a_run_is_judged_by_the_checkers_of_its_manifest(run: RunDir) -> None:
    run.verdicts_file(NAME).unlink()
    summary = judge_run(run)
    assert [each.outcome for each in run.verdicts(NAME)] == ["right", "right", "wrong", "no_answer"]
    assert run.summary() == summary
    assert summary["checkers"][NAME]["accuracy"] == 0.5
    assert summary["checkers"][NAME]["no_answer_examples"] == ["no idea"]
    assert summary["checkers"][NAME]["ceiling"] == 1.0


def test_other_checkers_may_be_named_and_remove_none(run: RunDir) -> None:
    numbers = judge_run(run)["checkers"][NAME]
    before = run.verdicts_file(NAME).read_bytes()
    summary = judge_run(run, ["metamath-math/1", "mmeval/1"])
    assert list(summary["checkers"]) == [NAME, "metamath-math/1", "mmeval/1"]
    assert summary["checkers"][NAME] == numbers
    assert list(judge_run(run, ["mmeval/1"])["checkers"]) == list(summary["checkers"])
    assert run.read_summary().checkers.keys() == summary["checkers"].keys()
    assert run.verdicts_file(NAME).read_bytes() == before
    with pytest.raises(UnknownName):
        judge_run(run, ["metamath-gsm8k/99"])


def test_a_column_on_other_answers_goes(run: RunDir) -> None:
    """One more answer, one fewer, one that ran out of tokens, verdicts that were edited."""
    rows = [row for _, row in read_rows(run.generations_file)]
    verdicts = [row for _, row in read_rows(run.verdicts_file(NAME))]
    run.write_manifest(run.manifest() | {"status": "interrupted", "samples": 2})
    for changed in ([*rows, rows[0] | {"sample": 1}], rows[:-1], [*rows[1:], rows[0]]):
        write_rows(run.generations_file, rows)
        assert NAME in judge_run(run, [NAME])["checkers"]
        write_rows(run.generations_file, changed)
        assert NAME not in judge_run(run, ["mmeval/1"])["checkers"]
    write_rows(run.generations_file, rows)
    judge_run(run, [NAME])
    write_rows(run.verdicts_file(NAME), [*verdicts[:-1], verdicts[-1] | {"outcome": "right"}])
    assert NAME not in judge_run(run, ["mmeval/1"])["checkers"]


def test_counts_alone_are_what_programs_read(run: RunDir) -> None:
    counts = summary_counts(judge_run(run))[NAME]
    assert list(counts) == [
        *("n", "right", "wrong", "no_answer", "undecided", "failed"),
        *("accuracy", "accuracy_high"),
    ]
    assert (counts["n"], counts["right"], counts["no_answer"]) == (4, 2, 1)


def test_edited_problems_are_refused_and_the_old_verdicts_stay(run: RunDir) -> None:
    before = run.verdicts_file(NAME).read_bytes()
    rows = [row for _, row in read_rows(run.problems_file)]
    write_rows(run.problems_file, [rows[0] | {"gold": "7"}, *rows[1:]])
    for call in (asked_problems, judge_run):
        with pytest.raises(RunMismatch, match="is not what this run asked"):
            call(run)
    assert run.verdicts_file(NAME).read_bytes() == before


def test_a_run_without_an_answer_has_nothing_to_judge(run: RunDir) -> None:
    write_rows(run.generations_file, [])
    with pytest.raises(DataError, match="no generations yet"):
        judge_run(run)


def test_a_generation_of_another_problem_is_refused(run: RunDir) -> None:
    rows = [row for _, row in read_rows(run.generations_file)]
    write_rows(run.generations_file, [*rows, rows[0] | {"problem_id": "sums/9999"}])
    with pytest.raises(DataError, match="sums/9999"):
        judge_run(run)


def test_repeats_are_judged_with_their_run_and_one_without_answers_is_left_alone(
    run: RunDir, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    texts = ("The answer is: 0",) * 4
    full, empty = (
        make_run(tmp_path / name, Made(letters="RRRR", checkers=(NAME,), texts=texts))
        for name in ("full", "empty")
    )
    write_rows(empty.generations_file, [])
    left = empty.path / "summary.json"
    before = left.read_bytes()
    monkeypatch.setattr("mmeval.judging.judge_run.repeat_folders", lambda _: [full, empty])
    summary = judge_with_repeats(run, ["mmeval/1"])
    assert summary == run.summary() and list(summary["checkers"]) == [NAME, "mmeval/1"]
    assert full.summary()["checkers"]["mmeval/1"]["right"] == 1
    assert left.read_bytes() == before
