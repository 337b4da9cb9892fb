"""`--eval-every`: checkpoints through `mmeval run`, and against a baseline through the gate.

Each evaluation is a process of its own, so that an engine's memory is free again after
it, and so that the run is the one a user would start by hand. A checkpoint that
cannot be evaluated is reported and recorded; training goes on.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mmeval import jsonl
from mmeval.engines.models.find import Model, training_row
from mmeval.errors import ConfigError, MmevalError
from mmeval.progress import Watch
from mmeval.results.gate import Allowance, gate, overall
from mmeval.results.gate_reports import sentence
from mmeval.text import percent
from mmeval.training import model_folder
from mmeval.training.base_model import save_whole
from mmeval.training.settings import Settings
from mmeval.training.steps import Stop

FOLDER = "evaluations"
_LAUNCHER = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""What `accelerate launch` sets for its processes; an engine would take it for its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """How checkpoints are evaluated."""

    every: int
    """Optimizer steps between evaluations; the last step is evaluated too."""
    arguments: tuple[str, ...]
    """What `mmeval run` gets beside --model and --out: --benchmark, --limit, --engine ..."""
    baseline: Path | None = None
    """A run of the same problems to compare with; None: the base model's, made first."""
    max_drop: float | None = None
    """What may be lost against the baseline, a fraction; None: nothing is compared."""
    on_regression: Literal["note", "stop"] = "note"
    """`stop` ends training when the gate says `regressed`."""

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ConfigError(f"--eval-every must be 1 or more, got {self.every}")
        if "--benchmark" not in self.arguments:
            raise ConfigError("--eval-every needs --eval-benchmark NAME")
        if self.max_drop is None and (self.baseline or self.on_regression == "stop"):
            raise ConfigError("--eval-baseline and --on-regression need --eval-max-drop POINTS")


class Checks:
    """The evaluations of one training."""

    def __init__(
        self, checking: Checking, base: Model, out: Path, watch: Watch, stop: Stop
    ) -> None:
        self._checking = checking
        self._base = base
        self._out = out / FOLDER
        self._watch = watch
        self._stop = stop

    @property
    def results(self) -> list[dict[str, Any]]:
        """One row an evaluation, by step; those of earlier sessions included."""
        files = self._out.glob("step-*/result.json")
        rows = [json.loads(path.read_text(encoding="utf-8")) for path in files]
        return sorted(rows, key=lambda row: int(row["step"]))

    def baseline(self, trainer: Any) -> None:
        """Runs the base model where something is compared and no baseline is named."""
        wanted = self._checking.max_drop is not None and self._checking.baseline is None
        if wanted and trainer.accelerator.is_main_process:
            self._watch.say("evaluating the base model, which checkpoints are compared with")
            self._run(self._base.name, self._out / "step-0")
        trainer.accelerator.wait_for_everyone()

    def evaluate(self, settings: Settings, trainer: Any) -> dict[str, float]:
        """The accuracies at the trainer's step, by `eval_BENCHMARK`."""
        step = trainer.state.global_step
        home = self._out / f"step-{step}"
        save_whole(trainer, home / "model", settings, self._base)
        accuracies: dict[str, float] = {}
        if trainer.accelerator.is_main_process:
            accuracies = self._check(step, home)
            trainer.log(dict(accuracies))
        trainer.accelerator.wait_for_everyone()
        return accuracies

    def _check(self, step: int, home: Path) -> dict[str, float]:
        stored = training_row(self._out.parent)
        assert stored is not None  # it was written before the first step
        label = f"{stored['label']}, step {step:,}"
        model_folder.write(home / "model", stored | {"label": label, "status": "checkpoint"})
        result: dict[str, Any] = {"step": step}
        try:
            summaries = self._run(str(home / "model"), home)
            for each in summaries:
                checker, counts = next(iter(each["checkers"].items()))
                result[f"eval_{each['benchmark']}"] = counts["accuracy"]
                self._watch.say(
                    f"step {step:,}: {each['benchmark']} {percent(counts['accuracy'])} of "
                    f"{counts['n']:,} by {checker}"
                )
            if self._checking.max_drop is not None:
                result["gate"] = self._gate(step, home, Allowance(max_drop=self._checking.max_drop))
        except MmevalError as error:
            result["error"] = str(error)
            self._watch.say(f"step {step:,} was not evaluated: {error}")
        shutil.rmtree(home / "model", ignore_errors=True)
        jsonl.write_text(home / "result.json", json.dumps(result) + "\n")
        return {key: value for key, value in result.items() if key.startswith("eval_")}

    def _gate(self, step: int, home: Path, allowance: Allowance) -> str:
        baseline = self._checking.baseline or self._out / "step-0" / "run"
        results = gate(baseline, home / "run", allowance)
        status = overall(results)
        for each in results:
            self._watch.say(f"step {step:,}, {each.benchmark}: {sentence(each)}")
        if status == "regressed" and self._checking.on_regression == "stop":
            self._stop.reason = "stopped by the gate: a regression"
        return status

    def _run(self, model: str, home: Path) -> list[dict[str, Any]]:
        """The summaries of `mmeval run`. Raises MmevalError with the last line of its log."""
        home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "mmeval.cli", "run", "--model", model]
        command += ["--out", str(home / "run"), "--json", *self._checking.arguments]
        passed = {
            key: value
            for key, value in os.environ.items()
            if key not in _LAUNCHER and not key.startswith(("ACCELERATE_", "TORCHELASTIC_"))
        }
        with open(home / "log.txt", "w", encoding="utf-8", opener=jsonl.plain) as log:
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=log, text=True, check=False, env=passed
            )
        try:
            return list(json.loads(done.stdout.strip().splitlines()[-1]))
        except (ValueError, IndexError):
            lines = (home / "log.txt").read_text(encoding="utf-8").strip().splitlines()
            last = lines[-1] if lines else f"exit status {done.returncode}"
            raise MmevalError(
                f"mmeval run failed: {last} (all of it is in {home / 'log.txt'})"
            ) from None
