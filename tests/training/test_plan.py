"""What a training is asked to do: its arm, the data of that arm, and the rows they hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mmeval.declare import Arm, Recipe
from mmeval.engines.models.find import Model
from mmeval.errors import ConfigError
from mmeval.problems.load import DataOptions
from mmeval.progress import Silent
from mmeval.training.examples import Counts
from mmeval.training.plan import Job, choose_arm, choose_files, make_plan, report_counts, rows_of
from mmeval.training_data.overlap.guard import make_guard
from mmeval.training_data.rows import DataFile
from tests.builders.jsonl_files import write_rows

ARMS = Recipe(
    name="two",
    title="",
    source="",
    parts={"long": "long rows", "short": "short rows"},
    arms={"long": Arm(parts=("long",)), "both": Arm(parts=("short", "long"))},
)
PLAIN = Recipe(name="plain", title="", source="")


def file(name: str) -> DataFile:
    return DataFile(name=name, path=Path(f"{name}.jsonl"))


@pytest.mark.parametrize(
    ("which", "arm", "words"),
    [
        (ARMS, None, "--arm long, both"),
        (ARMS, "lon", "did you mean long"),
        (PLAIN, "long", "has no arms"),
    ],
)
def test_an_arm_is_named_where_there_are_some(which: Recipe, arm: str | None, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        choose_arm(which, arm)
    assert words in str(caught.value)


def test_an_arm_takes_its_parts_and_leaves_the_rest() -> None:
    given = [file("long"), file("short"), file("other")]
    assert [f.name for f in choose_files(ARMS, ARMS.arms["long"], given)] == ["long"]
    assert [f.name for f in choose_files(ARMS, ARMS.arms["both"], given)] == ["short", "long"]
    assert [f.name for f in choose_files(PLAIN, Arm(), given)] == ["long", "short", "other"]


@pytest.mark.parametrize(
    ("which", "arm", "given", "words"),
    [
        (ARMS, "both", ["long"], "needs --data short=FILE (short rows); given: long"),
        (ARMS, "both", [], "needs --data short=FILE (short rows)"),
        (PLAIN, None, [], "--data is missing"),
        (PLAIN, None, ["a", "b", "a"], "two are called 'a'"),
    ],
)
def test_missing_data_are_named(
    which: Recipe, arm: str | None, given: list[str], words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        choose_files(which, which.arms[arm] if arm else Arm(), [file(name) for name in given])
    assert words in str(caught.value)


def test_a_recipe_without_arms_trains_on_its_parts() -> None:
    parts = Recipe(name="p", title="", source="", parts={"a": "", "b": ""})
    assert choose_arm(parts, None) == Arm(parts=("a", "b"))
    assert choose_arm(ARMS, "both") is ARMS.arms["both"]


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A training of two rows by `wrong_answers`, whose model is not opened."""
    monkeypatch.setattr("mmeval.training.plan.find_model", lambda *_: Model(name="base"))
    monkeypatch.setattr("mmeval.training.plan.need_packages", lambda settings: None)
    rows = [{"query": f"q{i}", "response": f"#### {i}"} for i in range(2)]
    write_rows(tmp_path / "w.jsonl", rows)
    return Job(
        recipe="wrong_answers",
        arm="wrong",
        model="base",
        data=(DataFile(name="wrong", path=tmp_path / "w.jsonl"),),
        out=tmp_path / "out",
        changes={"lr": 1e-3},
    )


def test_settings_are_the_recipes_then_the_arms_then_the_users(job: Job) -> None:
    plan = make_plan(job, Silent())
    assert (plan.settings.rows, plan.settings.lr) == (7473, 1e-3)
    assert (plan.base.name, [each.name for each in plan.files]) == ("base", ["wrong"])


def test_rows_are_counted_by_file_as_they_are_read(job: Job) -> None:
    plan = make_plan(job, Silent())
    assert plan.used == {}
    assert [row.query for row in rows_of(plan)] == ["q0", "q1"]
    assert plan.used == {"wrong": 2}


def test_what_became_of_the_rows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(Silent, "say", lambda self, line: told.append(line))
    counts = Counts(rows=1_234, tokens=50_000, response_tokens=20_000, cut=1, dropped=2)
    report_counts(counts, make_guard((), DataOptions()), Silent())
    assert told[-1] == (
        "1,234 rows, 50,000 tokens, 20,000 of them in responses; 1 rows were cut and 2 left out "
        "as too long"
    )


@pytest.mark.parametrize("key", ["lora_rank", "lora_alpha", "lora_dropout"])
def test_settings_of_another_method_are_refused(job: Job, key: str) -> None:
    value = 0.1 if key == "lora_dropout" else 8
    with pytest.raises(ConfigError, match=f"--set {key}: it says nothing of a training of all"):
        make_plan(replace(job, changes={key: value}), Silent())
    plan = make_plan(replace(job, changes={key: value, "method": "lora"}), Silent())
    assert getattr(plan.settings, key) == value
