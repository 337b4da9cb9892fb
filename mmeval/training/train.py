"""`train`: a recipe, a base model and rows -> a model folder.

    OUT/config.json, *.safetensors, tokenizer ...   the model, at the end
    OUT/training.json    how it was made; README.md says the same as a model card
    OUT/curve.jsonl      loss, learning rate and tokens of each step; curve.svg draws them
    OUT/checkpoints/     the last checkpoint, while training
    OUT/evaluations/     runs of checkpoints, with --eval-every

The same command resumes a training that was stopped; one that is finished is left
as it is.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.engines.models.find import training_row
from mmeval.errors import MmevalError, RunFailed, RunInterrupted
from mmeval.progress import Silent, Watch
from mmeval.training import allocator, checkpoints, model_folder
from mmeval.training import base_model as bases
from mmeval.training.evaluate import Checks
from mmeval.training.examples import tokenise
from mmeval.training.loop import Course, Surroundings, make_trainer
from mmeval.training.ordering import order_rows
from mmeval.training.plan import (
    Job,
    Plan,
    make_plan,
    report_counts,
    require_small_steps,
    rows_of,
    training_facts,
    warn_of_rate_0,
)
from mmeval.training.steps import Curve, Stop, When, interrupts, make_callback


def train(job: Job, watch: Watch | None = None) -> Path:
    """Trains, or resumes, and returns the model's folder.

    Raises a UserError for what the user must fix before the first step, RunInterrupted after
    Ctrl-C and RunFailed when the disk is full or the loss is not a number; both say which
    checkpoint is left and that the same command goes on.
    """
    watch = watch or Silent()
    plan = make_plan(job, watch)
    tokenizer = bases.load_tokenizer(plan.base)
    examples = tokenise(rows_of(plan), tokenizer, plan.settings)
    report_counts(examples.counts, plan.guard, watch)
    import torch
    from accelerate import PartialState

    # Set, because accelerate looks for a GPU, finds none, and calls each process the only one.
    process = PartialState(cpu=not torch.accelerator.is_available())
    course = Course(
        examples=examples,
        order=order_rows(examples, plan.settings, process.num_processes),
        settings=plan.settings,
    )
    require_small_steps(job, course.order)
    warn_of_rate_0(plan.settings, course.order, watch)
    with ExitStack() as stack:
        if process.is_main_process:
            stack.enter_context(jsonl.locked(job.out, "model folder"))
            model_folder.begin(job.out, training_facts(plan, course))
        process.wait_for_everyone()
        stored = training_row(job.out)
        if stored is not None and stored["status"] == "finished":
            watch.say(f"{job.out} is trained already")
        else:
            stack.enter_context(quiet_libraries())
            _run(plan, course, tokenizer, watch)
    return job.out


def _run(plan: Plan, course: Course, tokenizer: Any, watch: Watch) -> None:
    """Trains from the last checkpoint on, and saves the model."""
    import torch

    job, stop = plan.job, Stop(say=watch.say)
    checks = Checks(job.checking, plan.base, job.out, watch, stop) if job.checking else None
    when = When(
        save_every=plan.settings.save_every or course.order.epoch,
        eval_every=job.checking.every if job.checking else None,
    )
    callback = make_callback(course, job.out, watch, stop, when)
    if advice := allocator.hint(on_cpu=not torch.accelerator.is_available()):
        watch.say(advice)
    model = bases.load_base(plan.base, plan.settings)
    around = Surroundings(
        out=job.out,
        callbacks=[callback],
        trackers=job.trackers,
        evaluate=partial(checks.evaluate, plan.settings) if checks else None,
    )
    trainer = make_trainer(model, tokenizer, course, around)
    if trainer.accelerator.is_main_process:
        checkpoints.remove_torn(job.out)
    trainer.accelerator.wait_for_everyone()
    last = checkpoints.newest(job.out)
    if last is not None:
        watch.say(f"going on after step {checkpoints.step_of(last):,}")
    begin = time.monotonic()
    with kept_good(job.out), interrupts(stop):
        if checks is not None:
            checks.baseline(trainer)
        trainer.train(resume_from_checkpoint=str(last) if last else None)
        watch.end()
        if stop.reason is None or trainer.state.global_step >= trainer.state.max_steps:
            bases.save_whole(trainer, job.out, plan.settings, plan.base)
    if (step := trainer.state.global_step) < trainer.state.max_steps:
        kind = RunInterrupted if stop.interrupted else RunFailed
        raise kind(
            f"{stop.reason} after step {step:,}; {job.out} goes on from there by the same command"
        )
    if trainer.accelerator.is_main_process:
        _finish(job.out, checks, time.monotonic() - begin)


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
    model_folder.draw_curve(out, rows, stored["label"])
    model_folder.write_card(out, stored)
    model_folder.write(out, stored)
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
    which only their messages distinguish from other failures."""
    words = ("PytorchStreamWriter", "No space", "I/O error", "os error")
    return isinstance(error, OSError) or any(word in str(error) for word in words)


def _left(out: Path) -> str:
    last = checkpoints.newest(out)
    if last is None:
        return "there is no checkpoint yet, so the same command starts from scratch"
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
