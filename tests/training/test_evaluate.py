"""How checkpoints are evaluated: what cannot be meant, and what a failed run says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mmeval.engines.models.find import Model
from mmeval.errors import ConfigError, MmevalError
from mmeval.progress import Silent
from mmeval.training.evaluate import FOLDER, Checking, Checks
from mmeval.training.steps import Stop

ARGUMENTS = ("--benchmark", "gsm8k")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"every": 0}, "--eval-every must be 1 or more, got 0"),
        ({"arguments": ("--limit", "5")}, "needs --eval-benchmark"),
        ({"baseline": Path("x")}, "need --eval-max-drop"),
        ({"on_regression": "stop"}, "need --eval-max-drop"),
    ],
)
def test_what_cannot_be_meant_is_refused(changed: dict[str, Any], says: str) -> None:
    good: dict[str, Any] = {"every": 5, "arguments": ARGUMENTS}
    with pytest.raises(ConfigError, match=says):
        Checking(**(good | changed))
    Checking(**(good | {"max_drop": 0.1, "baseline": Path("x"), "on_regression": "stop"}))


@pytest.fixture
def checks(tmp_path: Path) -> Checks:
    """Of a training whose model is never loaded."""
    checking = Checking(every=5, arguments=ARGUMENTS)
    return Checks(checking, Model(name="base"), tmp_path, Silent(), Stop())


def test_results_are_those_of_all_sessions_by_step(checks: Checks, tmp_path: Path) -> None:
    assert checks.results == []
    for step in (10, 5, 100):
        folder = tmp_path / FOLDER / f"step-{step}"
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps({"step": step}))
    assert [row["step"] for row in checks.results] == [5, 10, 100]


def done(stdout: str, stderr: str, status: int) -> Any:
    """A `subprocess.run` that ends so, and what it was asked."""

    def run(command: list[str], **options: Any) -> Any:
        options["stderr"].write(stderr)
        done.asked = (command, options["env"])  # type: ignore[attr-defined]
        return subprocess.CompletedProcess(command, status, stdout)

    return run


def test_a_run_gets_its_options_and_nothing_of_the_launcher(
    checks: Checks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    monkeypatch.setenv("MMEVAL_DATA", "here")
    monkeypatch.setattr(subprocess, "run", done('warned\n[{"benchmark": "gsm8k"}]\n', "", 0))
    assert checks._run("m", tmp_path / "home") == [{"benchmark": "gsm8k"}]
    command, environment = done.asked  # type: ignore[attr-defined]
    assert command[3:] == [
        *("run", "--model", "m", "--out", str(tmp_path / "home" / "run"), "--json"),
        *ARGUMENTS,
    ]
    assert environment["MMEVAL_DATA"] == "here"
    assert not {"LOCAL_RANK", "ACCELERATE_MIXED_PRECISION"} & set(environment)


@pytest.mark.parametrize(
    ("stderr", "says"), [("one\nno such model\n", "no such model"), ("", "exit status 2")]
)
def test_a_run_that_failed_says_its_last_words(
    stderr: str, says: str, checks: Checks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", done("", stderr, 2))
    with pytest.raises(MmevalError, match=rf"mmeval run failed: {says} \(all of it is in .*log"):
        checks._run("m", tmp_path / "home")
