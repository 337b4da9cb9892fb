"""A step's run folder: asked once, closed by the next step, and what it cost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mmeval.augmenting import answers, rephrasing
from mmeval.augmenting.questions import from_file
from mmeval.augmenting.steps import STEPS, Making, cost_of, maker
from mmeval.errors import ConfigError
from mmeval.problems.load import DataOptions
from mmeval.progress import Silent
from mmeval.records import Generation
from mmeval.run_folder import RunDir
from mmeval.runs.config import RunConfig
from tests.builders.made_runs import Made, make_run

ASKED = {"question": "What is 2 + 3?", "said": "2 + 3 = 5. The answer is 5."}


@pytest.fixture
def making(tmp_path: Path) -> Making:
    """A call that is answered by replay, two samples a question."""
    (tmp_path / "said.jsonl").write_text((json.dumps(ASKED) + "\n") * 2)
    (tmp_path / "mine.jsonl").write_text(json.dumps(ASKED | {"answer": "5"}) + "\n")
    source = from_file(tmp_path / "mine.jsonl", DataOptions())
    config = RunConfig(
        model="me",
        benchmark=("mine",),
        engine="replay",
        responses=str(tmp_path / "said.jsonl"),
        text="said",
    )
    return Making(config=config, source=source, folder=tmp_path / "made", command="mmeval again")


def test_a_step_is_kept_in_a_folder_of_its_own_and_asked_once(making: Making) -> None:
    step = answers.step(making.source.problems, "GSM", 2)
    for _ in range(2):
        with maker(making, Silent()) as asking:
            said = asking.ask(step)
        assert [each.text for each in said] == [ASKED["said"]] * 2
        (cost,) = asking.costs
        assert (cost.step, cost.generations, cost.failed) == ("answers", 2, 0)
    manifest = json.loads((making.folder / STEPS / "answers" / "manifest.json").read_text())
    assert manifest["identity"]["benchmark"] == "mine answers", "no score on the benchmark"
    assert len(manifest["sessions"]) == 1
    assert asking.model_facts()["label"] == "me"


def test_a_step_without_problems_is_refused(making: Making) -> None:
    with (
        maker(making, Silent()) as asking,
        pytest.raises(ConfigError, match="no question was left"),
    ):
        asking.ask(answers.step([], "GSM", 1))


def test_a_step_that_another_was_made_from_cannot_grow(making: Making) -> None:
    first = rephrasing.step(making.source.problems, "GSM", 2)
    with maker(making, Silent()) as asking:
        before = asking.ask(first)
        asking.ask(answers.step(making.source.problems, "GSM", 2))
    run = RunDir(making.folder / STEPS / first.name)
    with maker(making, Silent()) as asking:
        assert asking.ask(first) == before, "closed, and read again"
        run.write_manifest(run.manifest() | {"samples": 1})
        with pytest.raises(ConfigError, match=r"--samples cannot grow to 2"):
            asking.ask(first)


def test_a_cost_counts_what_was_asked_for_itself(tmp_path: Path) -> None:
    run = make_run(tmp_path, Made(letters="R"))
    manifest = run.manifest()
    manifest["sessions"] = [
        {"started": "2026-01-02T03:04:05+00:00", "generation_seconds": 1.25},
        {"started": "2026-01-02T04:04:05+00:00", "generation_seconds": 0.5},
    ]
    run.write_manifest(manifest)
    one = Generation(problem_id="a", text="x", finish="stop", tokens=5, prompt_tokens=7)
    said = [one, replace(one, sample=1, same_as="a"), replace(one, problem_id="b", finish="error")]
    cost = cost_of(run, "answers", said)
    assert (cost.prompts, cost.generations, cost.failed) == (2, 3, 1)
    assert (cost.prompt_tokens, cost.tokens) == (14, 10)
    untold = cost_of(run, "answers", [replace(one, prompt_tokens=None)])
    assert (untold.prompt_tokens, untold.tokens) == (None, None)
