"""A study file as it is read: what is common, seeds, and a slip that is one line."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from mmeval.errors import ConfigError
from mmeval.study.read import parse_seeds, parse_study
from tests.builders.study_files import steps_of


def test_common_texts_are_filled_in_and_may_hold_each_other() -> None:
    assert steps_of()["runs/start"].argv == (
        *("run", "--model", "base", "--benchmark", "wordproblems", "--limit", "5"),
        *("--out", "studies/tiny/runs/start"),
    )


@pytest.mark.parametrize("name", ["gsm8k_train", "two-sets", "Base", "7b"])
def test_a_common_text_has_any_name_that_the_file_takes(name: str) -> None:
    step = steps_of(common={name: "x.jsonl"}, runs={"a": f"run --data a={{{name}}}"})["runs/a"]
    assert step.argv[:3] == ("run", "--data", "a=x.jsonl")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"study": "a b"}, "`study` must be a name"),
        ({"study": None}, "`study` must be a name"),
        ({"runz": {}}, "no key of a study is called 'runz'.*runs"),
        ({"runs": ["run"]}, "`runs` must hold"),
        ({"runs": {"a b": "run"}}, "runs: 'a b' is not a name"),
        ({"runs": {"a": 5}}, "runs.a: expected a command, got 5"),
        ({"seeds": []}, "seeds must be"),
        ({"seeds": [0, 0]}, "seeds must be different"),
        ({"seeds": ["x"]}, "seeds must be"),
        ({"common": {"a": "{b}", "b": "{a}"}, "runs": {"x": "run {a}"}}, "refers to itself"),
        (
            {"runs": {"x": "run --model {model.sfd}"}},
            "runs.x: no step of models is called 'sfd'.*sft",
        ),
        ({"runs": {"x": "run --model {modl.sft}"}}, "runs.x: no kind is called 'modl'.*model"),
        ({"runs": {"x": "run {nothing}"}}, r"runs.x: there is no {nothing}"),
        ({"runs": {"x": "run {gsm8k}"}}, r"runs.x: there is no {gsm8k}"),
        ({"runs": {"x": "run 'open"}}, "runs.x: not a command that a shell would take"),
        ({"runs": {}}, r"results.board.md: {runs} in a study without runs"),
        ({"models": {"sft": "train {data.rft}"}}, "need each other: .*data.rft.*model.sft"),
        (
            {"runs": {"sft": "run --seed {seed}", "t": "run {model.*}"}},
            "two .* make runs/sft-seed0",
        ),
        ({"runs": {"t": "run {model.*} {data.*}"}}, "one .* to a command"),
    ],
)
def test_a_slip_is_named(changes: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as refused:
        steps_of(**changes)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_study_is_named() -> None:
    with pytest.raises(ConfigError, match=r"x\.yaml: a study is .* found list"):
        parse_study([], "x.yaml")
    with pytest.raises(ConfigError, match="no step in it"):
        parse_study({"study": "a"}, "x.yaml")


@pytest.mark.parametrize(
    ("value", "seeds"), [([0, 1], (0, 1)), (3, (3,)), ("0,1, 2", (0, 1, 2)), ("7", (7,))]
)
def test_seeds_are_a_list_or_a_text(value: object, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(value) == seeds


def test_what_is_common_does_not_multiply() -> None:
    begin = time.process_time()
    common = {f"c{n}": f"{{c{n + 1}}} " * 9 for n in range(9)} | {"c9": "x" * 1000}
    with pytest.raises(ConfigError, match="may not multiply") as told:
        parse_study({"study": "s", "common": common, "runs": {"a": "run {c0}"}}, "s.yaml")
    assert time.process_time() - begin < 1 and len(str(told.value)) < 1000
