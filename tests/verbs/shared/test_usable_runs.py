"""Runs that are running, were stopped or have no answers, beside finished ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mmeval.cli import mmeval as cli
from mmeval.errors import DataError
from mmeval.jsonl import read_rows, write_rows
from mmeval.run_folder import RunDir
from mmeval.verbs.shared.usable_runs import usable_runs
from tests.builders.made_runs import Made, make_run

NAME = "metamath-gsm8k/1"


def stopped(path: Path, answers: int, status: str = "running", judged: bool = False) -> RunDir:
    texts = tuple(f"The answer is: {2 * i}" for i in range(8))
    run = make_run(path, Made(letters="R" * 8, model="half", checkers=(NAME,), texts=texts))
    run.set_status(status)
    rows = [row for _, row in read_rows(run.generations_file)]
    write_rows(run.generations_file, rows[:answers])
    if not judged:
        run.summary_file.unlink()
    return run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    make_run(tmp_path / "whole", Made(letters="RRRRRRWW", model="whole", checkers=(NAME,)))
    stopped(tmp_path / "half", 3)
    return tmp_path


def call(*args: str | Path) -> Result:
    done = CliRunner().invoke(cli, [*map(str, args)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
@pytest.mark.parametrize("judged", [True, False])
def test_one_that_is_not_finished_is_left_out_with_a_line(
    runs: Path, status: str, judged: bool
) -> None:
    stopped(runs / "half", 3, status, judged)
    done = call("leaderboard", runs)
    assert "whole" in done.stdout and "half" not in done.stdout
    assert "left out:" in done.stderr and "3 of 8 answers are there (38 %)" in done.stderr
    done = call("report", runs, "--out", runs / "site")
    assert "1 run, 8 problems" in done.stdout and "left out:" in done.stderr


@pytest.mark.parametrize("judged", [True, False])
def test_partial_judges_it_as_far_as_it_goes(runs: Path, judged: bool) -> None:
    run = stopped(runs / "half", 3, judged=judged)
    with run.locked():  # as its own process has it
        done = call("leaderboard", runs, "--partial", "--format", "csv")
    assert "half" in done.stdout and not done.stderr
    assert run.read_summary().checkers[NAME].n == 3
    assert run.read_manifest().status == "running"
    done = call("report", runs, "--out", runs / "site", "--partial")
    assert "2 runs" in done.stdout


def test_partial_leaves_out_only_what_has_no_answer(runs: Path) -> None:
    stopped(runs / "none", 0)
    assert [path.name for path in usable_runs([runs], partial=True)] == ["half", "whole"]


def test_one_that_was_not_judged_is_left_out_or_judged(runs: Path) -> None:
    stopped(runs / "half", 8, "finished")
    assert "is not judged yet: mmeval judge" in call("leaderboard", runs).stderr
    assert "half" in call("leaderboard", runs, "--partial").stdout


def test_where_none_is_left_it_says_why(runs: Path) -> None:
    with pytest.raises(DataError, match=r"3 of 8 answers .* --partial"):
        usable_runs([runs / "half"], partial=False)


def test_judge_says_how_many_answers_there_are(runs: Path) -> None:
    assert "8 problems, 3 of 8 answers" in call("judge", runs / "half").stdout
