"""`mmeval train`: what is wrong is one line, before anything is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mmeval.errors import MmevalError
from mmeval.verbs.train import _changes, command
from tests.builders.source_tree import ROOT
from tests.builders.training_models import FAST, curve, trained

BASE = ("--model", "smollm2-135m", "--out", "out")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"question": "1+1?", "answer": "2"}\n')
    return path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["stf", *BASE, "--data", "a=ROWS"], "no recipe is called 'stf'; did you mean sft"),
        (["sft", *BASE], "--data is missing"),
        (["sft", *BASE, "--data", "ROWS"], "names no data: write NAME=FILE"),
        (["sft", *BASE, "--data", "a=none.jsonl"], "a: no file at none.jsonl"),
        (["sft", *BASE, "--data", "a=ROWS", "--set", "lrr=1"], "no setting is called 'lrr'"),
        (["sft", *BASE, "--data", "a=ROWS", "--set", "lr"], "must be KEY=VALUE"),
        (["sft", *BASE, "--data", "a=ROWS", "--set", "prompt=nope"], "no prompt is called 'nope'"),
        (["sft", *BASE, "--data", "a=ROWS", "--set", "lr=1", "--set", "lr=2"], "lr is given twice"),
        (["sft", *BASE, "--data", "a=ROWS", "--set", "seed=1", "--seed", "2"], "seed is given"),
        (
            [
                *["sft", *BASE, "--data", "a=ROWS"],
                *["--set", "epochs=1", "--set", "response-tokens=9"],
            ],
            "response_tokens and epochs both say how long to train",
        ),
        (["sft", *BASE, "--data", "a=ROWS", "--arm", "x"], "recipe sft has no arms"),
        (["ablation", *BASE, "--data", "a=ROWS"], "--arm SFT, AnsAug"),
        (["ablation", *BASE, "--data", "a=ROWS", "--arm", "SV"], "needs --data SV=FILE"),
        (["sft", *BASE, "--data", "a=ROWS", "--track", "wanb"], "did you mean wandb"),
        (["sft", *BASE, "--data", "a=ROWS", "--config", "no.yaml"], "no config file at no.yaml"),
        (
            ["sft", *BASE, "--data", "a=ROWS", "--eval-every", "5"],
            "needs --eval-benchmark NAME",
        ),
        (
            ["sft", *BASE, "--data", "a=ROWS", "--eval-every", "0", "--eval-benchmark", "x"],
            "--eval-every must be 1 or more",
        ),
        (
            [
                *["sft", *BASE, "--data", "a=ROWS", "--eval-every", "5"],
                *["--eval-benchmark", "x", "--on-regression", "stop"],
            ],
            "need --eval-max-drop",
        ),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], words: str, rows: Path) -> None:
    given = [each.replace("ROWS", str(rows)) for each in arguments]
    done = CliRunner().invoke(command, given)
    assert isinstance(done.exception, MmevalError), done.output
    assert words in str(done.exception)
    assert "\n" not in str(done.exception)
    assert not Path("out").exists()


def test_an_old_trainings_settings_are_no_contradiction(tmp_path: Path) -> None:
    """All of them are in training.json, those too that another one put out of effect."""
    path = tmp_path / "training.json"
    settings = {"steps": 45, "batch_size": 128, "response_tokens": 900, "epochs": 3.0, "lr": 1e-4}
    path.write_text(json.dumps({"settings": settings}))
    options = {"config": path, "changes": ("lr=2e-4",), "seed": None}
    assert _changes(options) == {"steps": 45, "response_tokens": 900, "lr": 2e-4}


@pytest.mark.parametrize("tracker", ["trackio", "wandb", "mlflow"])
def test_a_tracker_that_is_not_installed_is_one_line(tracker: str, rows: Path) -> None:
    from importlib.util import find_spec

    if find_spec(tracker) is not None:
        pytest.skip(f"{tracker} is installed")
    done = CliRunner().invoke(command, ["sft", *BASE, "--data", f"a={rows}", "--track", tracker])
    assert f"the tracker {tracker} is not installed; pip install {tracker}" in str(done.exception)


def mmeval(*arguments: str, launch: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    start = [sys.executable, *(launch or ()), "-m", "mmeval.cli", *arguments]
    return subprocess.run(start, capture_output=True, text=True, check=False, cwd=ROOT)


SETTINGS = [f"--set={key}={value}" for key, value in FAST.items()]


@pytest.mark.engines
def test_two_processes_train_as_one_does(small_model: Path, sums: Path, tmp_path: Path) -> None:
    """The rows of a step do not depend on the number of devices, so neither do its losses."""
    launch = ("-m", "accelerate.commands.launch", "--config_file")
    config = ROOT / "examples" / "accelerate" / "two_processes_cpu.yaml"
    start = [sys.executable, *launch, str(config), "-m", "mmeval.cli", "train", "sft"]
    start += ["--model", str(small_model), "--data", f"sums={sums}", *SETTINGS]
    start += ["--out", str(tmp_path / "two")]
    done = subprocess.run(start, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("last loss") == 1  # one process speaks
    one = trained(small_model, sums, tmp_path / "one")
    losses = [[row["loss"] for row in curve(each)] for each in (one, tmp_path / "two")]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


@pytest.mark.engines
def test_checkpoints_are_evaluated_and_gated_during_training(
    small_model: Path, sums: Path, tmp_path: Path
) -> None:
    """The runs are those of `mmeval run`, the base model's first; a random model loses nothing,
    so the gate does not say `regressed`."""
    out = tmp_path / "model"
    done = mmeval(
        *["train", "sft", "--model", str(small_model), "--data", f"sums={sums}", *SETTINGS],
        *["--out", str(out), "--json", "--eval-every", "4", "--eval-benchmark", "wordproblems"],
        *["--eval-limit", "2", "--eval-max-tokens", "4", "--eval-engine", "hf"],
        *["--eval-max-drop", "5"],
    )
    assert done.returncode == 0, done.stderr[-3000:]
    row = json.loads(done.stdout)
    assert [each["step"] for each in row["evaluations"]] == [4, 6]
    for each in row["evaluations"]:
        assert each["eval_wordproblems"] == 0
        assert each["gate"] in ("ok", "cannot tell")
        manifest = json.loads(
            (out / f"evaluations/step-{each['step']}/run/manifest.json").read_text()
        )
        assert manifest["model"]["label"] == f"{row['label']}, step {each['step']}"
    assert (out / "evaluations" / "step-0" / "run" / "summary.json").is_file()
    assert not list(out.glob("evaluations/*/model"))
