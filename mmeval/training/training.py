"""`train`: a recipe, a base model and rows -> a model folder.

    OUT/config.json, *.safetensors, tokenizer ...   the model, at the end
    OUT/training.json    how it was made; README.md says the same as a model card
    OUT/curve.jsonl      loss, learning rate and tokens of each step; curve.svg draws them
    OUT/checkpoints/     the last checkpoint, while training
    OUT/evaluations/     runs of checkpoints, with --eval-every

The same command goes on with a training that was stopped; one that is finished is left
as it is.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mmeval import catalog
from mmeval.catalog import unknown
from mmeval.declare import Arm, Recipe
from mmeval.errors import ConfigError, MmevalError, RunFailed, RunInterrupted
from mmeval.models import Model, find_model
from mmeval.prompts import template_sha256
from mmeval.rundir import RunDir
from mmeval.trained import training_row
from mmeval.training import base as bases
from mmeval.training import checkpoints, folder
from mmeval.training.checking import Checking, Checks
from mmeval.training.examples import Counts, tokenise
from mmeval.training.loop import Course, Surroundings, make_trainer
from mmeval.training.ordering import order_rows
from mmeval.training.settings import Settings, changed
from mmeval.training.texts import Wording
from mmeval.training.trackers import need_trackers
from mmeval.training.watching import Curve, Silent, Stop, Watcher, When, interrupts, make_callback
from mmeval.training_rows import DataFile, TrainingRow, read_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One call of `mmeval train`."""

    recipe: str
    """A name, or the path of a `.py`."""
    model: str
    """The base: a folder, a hub id or an embedded alias."""
    data: tuple[DataFile, ...]
    out: Path
    arm: str | None = None
    """Which of the recipe's arms; None where it has none."""
    revision: str | None = None
    """The commit, tag or branch of a hub model."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Settings over those of recipe and arm."""
    trackers: tuple[str, ...] = ()
    """Names of experiment trackers: trackio, wandb, mlflow."""
    licence: str | None = None
    """Of the model that is made; None: the base's."""
    checking: Checking | None = None
    """Evaluation of checkpoints; None: none."""


@dataclass(slots=True)
class Plan:
    """A job with everything looked up and nothing begun."""

    job: Job
    recipe: Recipe
    settings: Settings
    files: tuple[DataFile, ...]
    """The data of the arm."""
    base: Model
    used: dict[str, int] = field(default_factory=dict)
    """Rows read of each file, by its name."""


def train(job: Job, watcher: Watcher | None = None) -> Path:
    """Trains, or goes on with it, and returns the model's folder.

    Raises UserErrors for what the user must fix before the first step, RunInterrupted after
    Ctrl-C and RunFailed when the disk is full or the loss is no number; both say which
    checkpoint is left and that the same command goes on.
    """
    watcher = watcher or Silent()
    plan = make_plan(job, watcher)
    tokenizer = bases.load_tokenizer(plan.base)
    examples = tokenise(_rows(plan), tokenizer, plan.settings)
    _tell(examples.counts, watcher)
    from accelerate import PartialState

    process = PartialState()
    course = Course(
        examples=examples,
        order=order_rows(examples, plan.settings, process.num_processes),
        settings=plan.settings,
    )
    with ExitStack() as stack:
        if process.is_main_process:
            stack.enter_context(RunDir(job.out).locked())
            folder.begin(job.out, training_facts(plan, course))
        process.wait_for_everyone()
        stored = training_row(job.out)
        if stored is not None and stored["status"] == "finished":
            watcher.say(f"{job.out} is trained already")
        else:
            stack.enter_context(quiet_libraries())
            _run(plan, course, tokenizer, watcher)
    return job.out


def make_plan(job: Job, watcher: Watcher) -> Plan:
    """The job with its recipe, arm, settings, data and base. Raises UserErrors."""
    recipe: Recipe = catalog.load("recipes", job.recipe)
    arm = choose_arm(recipe, job.arm)
    settings = changed(Settings(), recipe.settings, f"recipe {recipe.name}")
    settings = changed(settings, arm.settings, f"recipe {recipe.name}, arm {job.arm}")
    settings = changed(settings, job.changes)
    files = choose_files(recipe, arm, job.data)
    bases.need_packages(settings)
    need_trackers(job.trackers)
    Wording(settings)  # a prompt that cannot be trained with is told before a model is fetched
    base = find_model(job.model, job.revision, watcher.say)
    return Plan(job, recipe, settings, files, base)


def choose_arm(recipe: Recipe, name: str | None) -> Arm:
    """The arm of that name. Raises ConfigError where one must be named, or must not."""
    if not recipe.arms:
        if name is not None:
            raise ConfigError(f"recipe {recipe.name} has no arms, so no {name!r}; leave --arm out")
        return Arm(parts=tuple(recipe.parts))
    if name is None:
        listed = ", ".join(recipe.arms)
        raise ConfigError(f"recipe {recipe.name} trains one of several models: --arm {listed}")
    if name not in recipe.arms:
        raise ConfigError(f"recipe {recipe.name}: {unknown('arm', name, recipe.arms)}")
    return recipe.arms[name]


def choose_files(recipe: Recipe, arm: Arm, given: Sequence[DataFile]) -> tuple[DataFile, ...]:
    """The data of an arm, in the recipe's order. Raises ConfigError for a part that is not
    given, for two of one name, and for none at all."""
    names = [file.name for file in given]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"--data: two are called {twice[0]!r}; give each its own name")
    if not arm.parts:
        if not given:
            raise ConfigError("--data is missing: --data NAME=FILE, such as mine=rows.jsonl")
        return tuple(given)
    by_name = {file.name: file for file in given}
    missing = [part for part in arm.parts if part not in by_name]
    if missing:
        found = f"; given: {', '.join(names)}" if names else ""
        raise ConfigError(
            f"recipe {recipe.name} needs --data {missing[0]}=FILE "
            f"({recipe.parts.get(missing[0], 'its rows')}){found}"
        )
    return tuple(by_name[part] for part in arm.parts)


def _rows(plan: Plan) -> Iterator[TrainingRow]:
    for file in plan.files:
        plan.used[file.name] = 0
        for row in read_file(file):
            plan.used[file.name] += 1
            yield row


def _tell(counts: Counts, watcher: Watcher) -> None:
    watcher.say(
        f"{counts.rows:,} rows, {counts.tokens:,} tokens, {counts.response_tokens:,} of them in "
        f"responses; {counts.cut:,} rows were cut and {counts.dropped:,} left out as too long"
    )


def training_facts(plan: Plan, course: Course) -> dict[str, Any]:
    """What training.json says before the first step."""
    job, settings, order = plan.job, plan.settings, course.order
    base = folder.base_row(plan.base, None)
    names = " + ".join(file.name for file in plan.files)
    template = Wording(settings).template
    return {
        "label": f"{base['label']} + {job.arm or plan.recipe.name} on {names}",
        "recipe": plan.recipe.name,
        "arm": job.arm,
        "title": plan.recipe.title,
        "source": plan.recipe.source,
        "rows": order.rows,
        "tokens": order.tokens,
        "response_tokens": order.response_tokens,
        "steps": len(order.steps),
        "base": base,
        "data": [_data_row(plan, file) for file in plan.files],
        "counts": asdict(course.examples.counts),
        "prompt": {"name": template.name, "sha256": template_sha256(template)},
        "devices": order.devices,
        "versions": folder.all_versions(),
        "licence": job.licence or base["licence"],
        "seed": settings.seed,
        "settings": asdict(settings),
        "curve": "curve.jsonl",
    }


def _data_row(plan: Plan, file: DataFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "file": file.path.name,
        "types": list(file.types),
        "sha256": folder.file_sha256(file.path),
        "rows": plan.used[file.name],
    }


def _run(plan: Plan, course: Course, tokenizer: Any, watcher: Watcher) -> None:
    """Trains from the last checkpoint on, and saves the model."""
    job, stop = plan.job, Stop(say=watcher.say)
    checks = Checks(job.checking, plan.base, job.out, watcher, stop) if job.checking else None
    when = When(
        save_every=plan.settings.save_every or course.order.epoch,
        eval_every=job.checking.every if job.checking else None,
    )
    callback = make_callback(course, job.out, watcher, stop, when)
    model = bases.load_base(plan.base, plan.settings)
    around = Surroundings(
        out=job.out,
        callbacks=[callback],
        trackers=job.trackers,
        evaluate=checks.evaluate(plan.settings) if checks else None,
    )
    trainer = make_trainer(model, tokenizer, course, around)
    if trainer.accelerator.is_main_process:
        checkpoints.remove_torn(job.out)
    trainer.accelerator.wait_for_everyone()
    last = checkpoints.newest(job.out)
    if last is not None:
        watcher.say(f"going on after step {checkpoints.step_of(last):,}")
    begin = time.monotonic()
    with kept_good(job.out), interrupts(stop):
        if checks is not None:
            checks.baseline(trainer)
        trainer.train(resume_from_checkpoint=str(last) if last else None)
        watcher.end()
        if stop.reason is None or trainer.state.global_step >= trainer.state.max_steps:
            bases.save_whole(trainer, job.out, plan.settings, plan.base)
    if trainer.state.global_step < trainer.state.max_steps:
        _stopped(stop, job.out, trainer.state.global_step)
    if trainer.accelerator.is_main_process:
        _finish(job.out, checks, time.monotonic() - begin)


def _stopped(stop: Stop, out: Path, step: int) -> None:
    kind = RunInterrupted if stop.interrupted else RunFailed
    raise kind(f"{stop.reason} after step {step:,}; {out} goes on from there by the same command")


def _finish(out: Path, checks: Checks | None, seconds: float) -> None:
    stored = training_row(out)
    assert stored is not None  # it was written before the first step
    rows = Curve(out).rows()
    stored |= {
        "status": "finished",
        "final_loss": rows[-1]["loss"],
        "seconds": round(sum(row["seconds"] for row in rows), 1),
        "last_session_seconds": round(seconds, 1),
        "evaluations": checks.results if checks else [],
    }
    folder.draw_curve(out, rows, stored["label"])
    folder.write_card(out, stored)
    folder.write(out, stored)
    shutil.rmtree(out / checkpoints.FOLDER, ignore_errors=True)


@contextmanager
def kept_good(out: Path) -> Iterator[None]:
    """Turns whatever stops a training half way into an error that says what is left."""
    try:
        yield
    except KeyboardInterrupt:
        raise RunInterrupted(f"stopped at once; {_left(out)}") from None
    except MmevalError:
        raise
    except Exception as error:
        checkpoints.remove_torn(out)
        if not _is_writing(error):
            raise
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
        raise RunFailed(f"{out} cannot be written: {reason}; {_left(out)}") from error


def _is_writing(error: Exception) -> bool:
    """Whether the disk refused. torch.save and safetensors raise kinds of their own for it,
    which only their words tell from other failures."""
    words = ("PytorchStreamWriter", "No space", "I/O error", "os error")
    return isinstance(error, OSError) or any(word in str(error) for word in words)


def _left(out: Path) -> str:
    last = checkpoints.newest(out)
    if last is None:
        return "there is no checkpoint yet, so the same command starts anew"
    return f"the checkpoint of step {checkpoints.step_of(last):,} is whole: give the same command"


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Without transformers' own progress bars and hints meanwhile."""
    from transformers.utils import logging

    level = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        logging.enable_progress_bar()
