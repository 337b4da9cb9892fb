"""Run folders of earlier versions, frozen: every later mmeval reads, judges and shows them.

A folder here is never changed. A new schema adds a folder.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import mmeval
from mmeval.judging.judge_run import judge_run
from mmeval.records import SCHEMA
from mmeval.runs.config import make_config, read_config
from mmeval.verbs.judge import command
from tests.builders.source_tree import GOLDEN

FROZEN = sorted((GOLDEN / "runs").iterdir())


def test_there_is_a_frozen_run_of_every_schema() -> None:
    schemas = {json.loads((each / "manifest.json").read_text())["schema"] for each in FROZEN}
    assert schemas == set(range(1, SCHEMA + 1))


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.name)
def test_a_frozen_run_is_read_whole_and_judged_to_the_same_summary(
    frozen: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(frozen, folder)
    run = mmeval.load_run(folder)
    stored = run.summary()
    generations, problems = list(run.generations()), list(run.problems())
    assert len(generations) == stored["health"]["n"] == len(problems) * stored["samples"]
    assert {g.problem_id for g in generations} == {p.id for p in problems}
    for checker, counts in stored["checkers"].items():
        assert len(list(run.verdicts(checker))) == counts["n"]
    again = judge_run(run)
    assert set(again["checkers"]) == set(stored["checkers"])
    for checker, counts in stored["checkers"].items():  # a later version may tell more beside
        assert again["checkers"][checker].items() >= counts.items()
    assert again["health"] == stored["health"]


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.name)
def test_a_frozen_run_is_shown_and_its_manifest_is_still_a_config(
    frozen: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(frozen, folder)
    shown = CliRunner().invoke(command, [str(folder)])
    assert shown.exit_code == 0, shown.output
    assert "wordproblems" in shown.output
    config = make_config(read_config(folder / "manifest.json"))
    assert config.benchmark == ("wordproblems",)
