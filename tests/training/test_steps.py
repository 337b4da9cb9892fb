"""Beside each step: when to save, evaluate and stop, and a curve that is cut where it resumes."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mmeval.errors import RunFailed
from mmeval.progress import Silent
from mmeval.training.loop import Course
from mmeval.training.steps import CURVE, Curve, Stop, When, _decide, interrupts, make_callback

pytest.importorskip("torch", reason="training: torch is not installed; make hf")
pytest.importorskip("accelerate", reason="training: accelerate is not installed; make hf")


@pytest.mark.parametrize(
    ("step", "reason", "saves", "evaluates", "stops"),
    [
        (1, None, False, False, False),
        (3, None, True, False, False),
        (4, None, False, True, False),
        (9, None, True, False, False),
        (10, None, False, True, False),  # the last: the model itself is saved
        (1, "interrupted", True, False, True),
        (10, "interrupted", False, True, True),
    ],
)
def test_what_follows_a_step(
    step: int, reason: str | None, saves: bool, evaluates: bool, stops: bool
) -> None:
    control = SimpleNamespace(should_training_stop=False, should_save=None, should_evaluate=False)
    state = SimpleNamespace(global_step=step, max_steps=10)
    _decide(state, control, Stop(reason=reason), When(save_every=3, eval_every=4))
    assert (control.should_save, control.should_evaluate) == (saves, evaluates)
    assert control.should_training_stop is stops


def test_without_evaluations_the_trainers_word_stays() -> None:
    control = SimpleNamespace(should_training_stop=True, should_save=None, should_evaluate="its")
    _decide(SimpleNamespace(global_step=1, max_steps=2), control, Stop(), When(save_every=1))
    assert (control.should_evaluate, control.should_training_stop) == ("its", True)


def test_a_curve_is_cut_at_the_checkpoint_and_goes_on_below(tmp_path: Path) -> None:
    curve = Curve(tmp_path)
    assert curve.rows() == []
    for step in (1, 2, 3):
        curve.append({"step": step, "loss": 1 / step})
    with (tmp_path / CURVE).open("a") as file:
        file.write('{"step": 4, "lo')
    assert [row["step"] for row in curve.rows()] == [1, 2, 3], "without the torn line"
    curve.cut(2)
    curve.append({"step": 3, "loss": 9.0})
    assert [(row["step"], row["loss"]) for row in curve.rows()] == [(1, 1.0), (2, 0.5), (3, 9.0)]


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_training(loss: float, tmp_path: Path) -> None:
    examples = SimpleNamespace(length=lambda row: 9, response_length=lambda row: 4)
    course = SimpleNamespace(examples=examples, order=SimpleNamespace(steps=[(0, 1)] * 1000))
    callback = make_callback(cast(Course, course), tmp_path, Silent(), Stop(), When(save_every=1))

    def log(step: int, loss: float) -> None:
        state = SimpleNamespace(global_step=step, is_world_process_zero=True)
        callback.on_log(None, state, None, {"loss": loss, "learning_rate": 1e-3})

    log(1, 0.0)
    with pytest.raises(RunFailed, match=r"the loss of step 1,000 is .*training diverged"):
        log(1000, loss)
    assert [row["step"] for row in Curve(tmp_path).rows()] == [1, 1000]


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_ends_after_the_step_and_a_second_at_once(number: signal.Signals) -> None:
    said: list[str] = []
    stop = Stop(say=said.append)
    before = signal.getsignal(number)
    with interrupts(stop):
        signal.raise_signal(number)
        assert (stop.reason, stop.interrupted, len(said)) == ("interrupted", True, 1)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before
