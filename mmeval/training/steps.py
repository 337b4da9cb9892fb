"""What happens beside each training step: progress, the curve, checkpoints, the end.

The curve is a JSONL file, one line a step; a resumed training takes the lines up to its
checkpoint from there and goes on below them.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.errors import RunFailed
from mmeval.progress import Watch
from mmeval.training import checkpoints
from mmeval.training.loop import Course

CURVE = "curve.jsonl"


@dataclass(slots=True)
class Stop:
    """Whether, and why, training is to end after the step under way."""

    reason: str | None = None
    interrupted: bool = False
    say: Callable[[str], None] = field(default=lambda line: None)

    def interrupt(self) -> None:
        """The user's first Ctrl-C: finish the step, save, stop."""
        self.reason, self.interrupted = "interrupted", True
        self.say("finishing this step and saving a checkpoint; Ctrl-C again stops at once")


@contextmanager
def interrupts(stop: Stop) -> Iterator[None]:
    """Ctrl-C and a scheduler's SIGTERM end training after the step; a second one at once."""

    def handle(number: int, frame: object) -> None:
        if stop.interrupted:
            raise KeyboardInterrupt
        stop.interrupt()

    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """At which steps something is done beside training."""

    save_every: int
    eval_every: int | None = None


class Curve:
    """The file of the curve, appended to line by line."""

    def __init__(self, out: Path) -> None:
        self.path = out / CURVE

    def cut(self, step: int) -> None:
        """Keeps the lines up to a step: what came after it is done again."""
        rows = [row for row in self.rows() if row["step"] <= step]
        jsonl.write_rows(self.path, rows)

    def rows(self) -> list[dict[str, Any]]:
        """The lines, without a torn last one."""
        if not self.path.is_file():
            return []
        return [row for _, row in jsonl.read_rows(self.path, torn_tail=True)]

    def append(self, row: dict[str, Any]) -> None:
        """Adds a line."""
        with open(self.path, "a", encoding="utf-8", opener=jsonl.plain) as file:
            file.write(jsonl.dumps(row))


def make_callback(course: Course, out: Path, watch: Watch, stop: Stop, when: When) -> Any:
    """The Trainer's callback that does all of this."""
    from transformers import TrainerCallback

    class Steps(TrainerCallback):  # type: ignore[misc]  # transformers is not followed
        """Our part in each step."""

        def __init__(self) -> None:
            self.curve = Curve(out)
            self.begun = time.monotonic()

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.is_world_process_zero:
                self.curve.cut(state.global_step)
            watch.begin(out.name, state.global_step, state.max_steps)

        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.begun = time.monotonic()

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            _decide(state, control, stop, when)

        def on_log(
            self, args: Any, state: Any, control: Any, logs: dict[str, Any], **kwargs: Any
        ) -> None:
            if "loss" not in logs or not state.is_world_process_zero:
                return
            row = _row(course, state.global_step, logs, time.monotonic() - self.begun)
            self.curve.append(row)
            watch.advance(1, row["tokens"], f"loss {row['loss']:.3f}")
            if not math.isfinite(row["loss"]):
                raise RunFailed(
                    f"the loss of step {row['step']:,} is {row['loss']}: training diverged; a "
                    "lower lr (--set lr=...) or fp32 (--set precision=fp32) may hold"
                )

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.is_world_process_zero:
                folder = out / checkpoints.FOLDER / f"checkpoint-{state.global_step}"
                checkpoints.seal(folder)
                checkpoints.remove_older(out, folder)

    return Steps()


def _decide(state: Any, control: Any, stop: Stop, when: When) -> None:
    """Sets what the Trainer does after the step that is done."""
    step, last = state.global_step, state.global_step >= state.max_steps
    stopping = _on_any_process(stop.reason is not None)
    control.should_training_stop = control.should_training_stop or stopping
    # After the last step the model itself is saved.
    control.should_save = (stopping or step % when.save_every == 0) and not last
    if when.eval_every is not None:
        control.should_evaluate = last or step % when.eval_every == 0


def _on_any_process(here: bool) -> bool:
    """Whether it holds on any process: all must stop at the same step."""
    import torch
    from accelerate import PartialState
    from accelerate.utils import gather

    state = PartialState()
    if state.num_processes == 1:
        return here
    return bool(gather(torch.tensor([int(here)], device=state.device)).sum().item())


def _row(course: Course, step: int, logs: dict[str, Any], seconds: float) -> dict[str, Any]:
    examples, rows = course.examples, course.order.steps[step - 1]
    return {
        "step": step,
        "loss": logs["loss"],
        "lr": logs["learning_rate"],
        "grad_norm": logs.get("grad_norm"),
        "rows": len(rows),
        "tokens": sum(map(examples.length, rows)),
        "response_tokens": sum(map(examples.response_length, rows)),
        "seconds": round(seconds, 3),
    }
