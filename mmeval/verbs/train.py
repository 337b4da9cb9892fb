"""`mmeval train`: fine-tune a model by a recipe."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import redirect_stdout
from typing import Any

import click

from mmeval.catalog import is_code
from mmeval.errors import ConfigError
from mmeval.jsonl import read_yaml
from mmeval.verbs.shared.options import EMBEDDER, PATH, parse_scalar
from mmeval.verbs.shared.terminal import Terminal

_EPILOG = """\b
mmeval train sft --model smollm2-135m --data gsm8k=train.jsonl \\
    --out models/sft
mmeval train sft --model smollm2-135m --data gsm8k=train.jsonl \\
    --out models/short --set lr=1e-4 --set epochs=1 --set batch_size=32
mmeval run --model models/sft --benchmark gsm8k

The same command resumes a training that was stopped. On several devices:
accelerate launch --config_file examples/accelerate/fsdp.yaml -m mmeval.cli train ...
"""


@click.command("train", epilog=_EPILOG)
@click.argument("recipe")
@click.option("--model", required=True, help="The base: a folder, a hub id, an alias.")
@click.option(
    "--data",
    multiple=True,
    metavar="NAME=FILE[:TYPE,...]",
    help="Rows to train on: JSONL, JSON or parquet, all or those of a type; repeatable.",
)
@click.option("--question", metavar="FIELD", help="The data's field of the question.")
@click.option("--answer", metavar="FIELD", help="The data's field of the worked answer.")
@click.option("--out", required=True, type=PATH, help="The model's folder.")
@click.option(
    "--against",
    multiple=True,
    metavar="BENCHMARK",
    help="Refuse rows that hold its test problems; repeatable.",
)
@EMBEDDER
@click.option(
    "--benchmark-data",
    metavar="DIR",
    help="Folder with that benchmark (default: $MMEVAL_DATA, then the hub).",
)
@click.option("--arm", help="Which of the models that the recipe compares.")
@click.option("--revision", help="Commit, tag or branch of a hub model.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="A setting; repeatable.")
@click.option("--seed", type=int, help="The same as --set seed=N.")
@click.option("--config", type=PATH, help="A YAML file of settings.")
@click.option("--track", multiple=True, help="trackio, wandb or mlflow; repeatable.")
@click.option("--licence", help="Of the model that is made (default: the base's).")
@click.option(
    "--eval-every", type=int, metavar="STEPS", help="Evaluate a checkpoint every STEPS steps."
)
@click.option("--eval-benchmark", multiple=True, help="On which benchmark; repeatable.")
@click.option("--eval-limit", type=int, help="On N of its problems.")
@click.option("--eval-max-tokens", type=int, help="As --max-tokens of run.")
@click.option("--eval-engine", default="auto", show_default=True, help="As --engine of run.")
@click.option("--eval-arg", multiple=True, metavar="KEY=VALUE", help="As --engine-arg of run.")
@click.option(
    "--eval-baseline",
    type=PATH,
    metavar="RUN",
    help="What the gate compares with (default: the base model's run).",
)
@click.option("--eval-max-drop", type=float, metavar="POINTS", help="The drop that is allowed.")
@click.option(
    "--on-regression",
    type=click.Choice(["note", "stop"]),
    default="note",
    show_default=True,
    help="What to do when the gate finds a regression.",
)
@click.option("--json", "as_json", is_flag=True, help="Print training.json as one line.")
def command(**options: Any) -> None:
    """Fine-tune a model by a RECIPE (mmeval list), ready for `mmeval run`.

    The folder holds the model, training.json with everything it was made from, a model card
    and the curve of loss and learning rate.
    """
    from mmeval.engines.models.find import training_row
    from mmeval.problems.load import DataOptions, data_folder
    from mmeval.training.plan import Job
    from mmeval.training.train import train
    from mmeval.training_data.rows import parse_file

    job = Job(
        recipe=options["recipe"],
        model=options["model"],
        data=tuple(
            parse_file(each, options["question"], options["answer"]) for each in options["data"]
        ),
        out=options["out"],
        arm=options["arm"],
        revision=options["revision"],
        changes=_changes(options),
        trackers=options["track"],
        licence=options["licence"],
        checking=_checking(options),
        against=options["against"],
        embedder=options["embedder"],
        benchmark_data=DataOptions(folder=data_folder(options["benchmark_data"])),
    )
    watch = Bar()
    with redirect_stdout(sys.stderr):  # what libraries print
        out = train(job, watch)
    if os.environ.get("RANK", "0") != "0":
        return
    row = training_row(out) or {}
    if options["as_json"]:
        click.echo(json.dumps(row))
        return
    click.echo(row["label"])
    click.echo(
        f"{row['steps']:,} steps over {row['rows']:,} rows, {row['response_tokens']:,} response "
        f"tokens, {row['seconds']:,.0f} s; last loss {row['final_loss']:.4f}"
    )
    click.echo(f"mmeval run --model {out} --benchmark ...")


def _changes(options: dict[str, Any]) -> dict[str, Any]:
    """The settings that the user gives: a file, over it --set, over it --seed."""
    changes: dict[str, Any] = {}
    if options["config"] is not None:
        loaded = read_yaml(options["config"])
        if isinstance(loaded, dict) and isinstance(loaded.get("settings"), dict):
            loaded = _in_effect(loaded["settings"])  # an existing training.json
        if not isinstance(loaded, dict):
            kind = type(loaded).__name__
            raise ConfigError(f"{options['config']} must hold `key: value` lines, found {kind}")
        changes |= {str(key).replace("-", "_"): value for key, value in loaded.items()}
    given: dict[str, Any] = {}
    for each in options["changes"]:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set {each!r} must be KEY=VALUE, such as lr=1e-5")
        _set_once(given, key.replace("-", "_"), parse_scalar(value))
    if options["seed"] is not None:
        _set_once(given, "seed", options["seed"])
    if is_code(changes.get("prompt")) and "prompt" not in given:
        raise ConfigError(
            f"{options['config']} names code to be run, and code runs only where the command line "
            f"names it; where you trust it, add: --set prompt={changes['prompt']}"
        )
    return {key: value for key, value in changes.items() if key not in given} | given


def _set_once(given: dict[str, Any], key: str, value: Any) -> None:
    if given.setdefault(key, value) != value:
        raise ConfigError(f"{key} is given twice, as {given[key]} and as {value}; say one of them")


def _in_effect(settings: dict[str, Any]) -> dict[str, Any]:
    """Without the settings that another one put out of effect: they are no user's wish."""
    idle = {
        *(["epochs"] if settings.get("response_tokens") else []),
        *(["batch_size"] if settings.get("steps") else []),
    }
    return {key: value for key, value in settings.items() if key not in idle}


def _checking(options: dict[str, Any]) -> Any:
    from mmeval.training.evaluate import Checking

    if options["eval_every"] is None:
        return None
    arguments = ["--engine", options["eval_engine"]]
    for name in options["eval_benchmark"]:
        arguments += ["--benchmark", name]
    for pair in options["eval_arg"]:
        arguments += ["--engine-arg", pair]
    for key, option in (("eval_limit", "--limit"), ("eval_max_tokens", "--max-tokens")):
        if options[key] is not None:
            arguments += [option, str(options[key])]
    drop = options["eval_max_drop"]
    return Checking(
        every=options["eval_every"],
        arguments=tuple(arguments),
        baseline=options["eval_baseline"],
        max_drop=None if drop is None else drop / 100,
        on_regression=options["on_regression"],
    )


class Bar(Terminal):
    """Draws a training's progress; a line now and then where stderr is not a terminal."""

    LINES = 20
    """Lines for a whole training where stderr is not a terminal."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._quiet = os.environ.get("RANK", "0") != "0"

    def say(self, line: str) -> None:
        """One line, above the bar where there is one; only of the main process."""
        if not self._quiet:
            super().say(line)

    def begin(self, title: str, done: int, total: int) -> None:
        """A bar where there is a terminal."""
        self._title, self._done, self._total = title, done, total
        self._tokens, self._begun = 0, time.monotonic()
        if self._live and not self._quiet:
            self._draw(title, done, total)

    def advance(self, count: int, tokens: int = 0, note: str = "") -> None:
        """Moves the bar on and shows loss and tokens per second."""
        self._done += count
        self._tokens += tokens
        seconds = time.monotonic() - self._begun
        facts = f"{note}, {self._tokens / max(seconds, 1e-9):,.0f} tok/s"
        if self._progress is not None:
            self._progress.update(self._task, completed=self._done, facts=facts)
        elif self._done % max(1, self._total // self.LINES) == 0:
            self.say(f"{self._title}: step {self._done:,} of {self._total:,}, {facts}")
