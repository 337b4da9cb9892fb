"""Training throughput: ours, a naive padded loop and TRL's SFTTrainer, on the same rows.

    MMEVAL_DATA=... .venv/bin/python perf/training.py
    MMEVAL_DATA=... .venv/bin/python perf/training.py --rounds 3 --steps 4 --contender ours

Non-padding tokens per second of wall time, and per second of processor time, which other
work on the machine changes less. All train SmolLM2-135M in bfloat16 with torch's AdamW, 32
rows of GSM8K's train set to an optimizer step. Each runs in a process of its own; a round
is all of them, every other round in the reverse order. The first step is not timed.

    naive   8 rows at once as they come, padded; the model's own loss, labels on responses
    trl     SFTTrainer, packed to 512 tokens, 4 such lines at once (pip install trl datasets)
    ours    `mmeval train`: 8 rows of like length at once, logits for responses alone

It also prints how far our losses of the first 4 steps are from the naive loop's in float32.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mmeval.engines.models.find import find_model
from mmeval.training.base_model import load_base, load_tokenizer, pad_id
from mmeval.training.examples import tokenise
from mmeval.training.loop import Course, Surroundings, make_trainer
from mmeval.training.loss import padded
from mmeval.training.ordering import order_rows
from mmeval.training.settings import Settings, changed
from mmeval.training_data.rows import DataFile, TrainingRow, read_file

CONTENDERS = ("naive", "trl", "ours")
BATCH = 32
TRL_ROWS, TRL_LENGTH, TRL_PASSES = 4, 512, 3
"""About as many tokens to an optimizer step as 32 rows have."""


class Clock:
    """Wall and processor seconds, and tokens, from the end of the first step on."""

    def __init__(self) -> None:
        self._begin = (0.0, 0.0)
        self.steps = 0
        self.tokens = 0
        self.wall = self.cpu = 0.0
        self.losses: list[float] = []

    def step(self, tokens: int) -> None:
        """One more step is done."""
        now = (time.perf_counter(), time.process_time())
        if self.steps == 0:
            self._begin = now
        else:
            self.tokens += tokens
            self.wall, self.cpu = now[0] - self._begin[0], now[1] - self._begin[1]
        self.steps += 1


def rows_of(steps: int) -> list[TrainingRow]:
    """The first rows of GSM8K's train set."""
    path = Path(os.environ["MMEVAL_DATA"]) / "gsm8k" / "train.jsonl"
    rows = read_file(DataFile(name="gsm8k", path=path))
    return [next(rows) for _ in range(BATCH * steps)]


def course_of(steps: int, precision: str) -> tuple[Any, Any, Course]:
    """The base, its tokenizer, and what is trained on."""
    settings = changed(
        Settings(), {"epochs": 1, "batch_size": BATCH, "precision": precision, "warmup": 0.0}
    )
    base = find_model("smollm2-135m")
    tokenizer = load_tokenizer(base)
    examples = tokenise(rows_of(steps), tokenizer, settings)
    order = order_rows(examples, settings)
    return base, tokenizer, Course(examples=examples, order=order, settings=settings)


def naive(steps: int, precision: str) -> Clock:
    """What one writes in ten minutes; AdamW with a cosine, gradients clipped, as ours has."""
    import torch
    from transformers import AutoModelForCausalLM, get_cosine_schedule_with_warmup

    base, tokenizer, course = course_of(steps, precision)
    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    model = AutoModelForCausalLM.from_pretrained(base.path, dtype=dtype).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=course.settings.lr, weight_decay=0.0)
    schedule = get_cosine_schedule_with_warmup(optimizer, 0, steps)
    clock, examples = Clock(), course.examples
    for rows in course.order.steps:
        learned = sum(map(examples.response_length, rows))
        total = 0.0
        for begin in range(0, len(rows), 8):
            part = rows[begin : begin + 8]
            batch = padded(examples, part, pad_id(tokenizer))
            share = sum(map(examples.response_length, part)) / learned
            loss = model(**batch, use_cache=False).loss * share
            loss.backward()
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        clock.losses.append(total)
        clock.step(sum(map(examples.length, rows)))
    return clock


def ours(steps: int, precision: str) -> Clock:
    """`mmeval train`'s own loop."""
    from transformers import TrainerCallback

    base, tokenizer, course = course_of(steps, precision)
    clock = Clock()

    class Timed(TrainerCallback):  # type: ignore[misc]  # transformers is not followed
        """Counts tokens."""

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            rows = course.order.steps[state.global_step - 1]
            clock.step(sum(map(course.examples.length, rows)))

        def on_log(self, args: Any, state: Any, control: Any, logs: Any, **kwargs: Any) -> None:
            if "loss" in logs:
                clock.losses.append(logs["loss"])

    with tempfile.TemporaryDirectory() as folder:
        around = Surroundings(out=Path(folder), callbacks=[Timed()])
        make_trainer(load_base(base, course.settings), tokenizer, course, around).train()
    return clock


def trl(steps: int, precision: str) -> Clock:
    """SFTTrainer as its documentation has it: prompt and completion, packed, bfloat16."""
    from importlib import import_module

    from transformers import AutoModelForCausalLM, TrainerCallback

    datasets, library = import_module("datasets"), import_module("trl")
    import torch

    base, tokenizer, course = course_of(steps, precision)
    del course
    clock, alpaca = Clock(), "### Instruction:\n{}\n\n### Response:"
    rows = [
        {"prompt": alpaca.format(row.query), "completion": row.response} for row in rows_of(steps)
    ]
    seen = [0]

    class Counted(library.SFTTrainer):  # type: ignore[name-defined,misc]
        """Counts the tokens that are no padding."""

        def training_step(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            ids = inputs["input_ids"]
            mask = inputs.get("attention_mask")
            seen[0] += int(mask.sum()) if mask is not None else ids.numel()
            return super().training_step(model, inputs, *args, **kwargs)

    class Timed(TrainerCallback):  # type: ignore[misc]  # transformers is not followed
        """Hands the count over."""

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            clock.step(seen[0])
            seen[0] = 0

    with tempfile.TemporaryDirectory() as folder:
        config = library.SFTConfig(
            output_dir=folder,
            max_length=TRL_LENGTH,
            packing=True,
            per_device_train_batch_size=TRL_ROWS,
            gradient_accumulation_steps=TRL_PASSES,
            max_steps=steps - 1,
            learning_rate=2e-5,
            lr_scheduler_type="cosine",
            use_cpu=not torch.accelerator.is_available(),
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
        )
        model = AutoModelForCausalLM.from_pretrained(base.path, dtype=torch.bfloat16)
        Counted(
            model=model,
            args=config,
            train_dataset=datasets.Dataset.from_list(rows),
            processing_class=tokenizer,
            callbacks=[Timed()],
        ).train()
    return clock


def in_a_process(contender: str, steps: int, precision: str) -> dict[str, Any]:
    """One contender's clock, from a process of its own."""
    command = [sys.executable, __file__, "--one", contender]
    command += ["--steps", str(steps), "--precision", precision]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{contender}: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def compare(chosen: list[str], rounds: int, steps: int) -> None:
    """Prints the medians of some rounds, and the ratios to `ours` within a round."""
    wall: dict[str, list[float]] = {name: [] for name in chosen}
    cpu: dict[str, list[float]] = {name: [] for name in chosen}
    for number in range(rounds):
        for name in chosen if number % 2 == 0 else reversed(chosen):
            found = in_a_process(name, steps, "bf16_weights")
            wall[name].append(found["tokens"] / found["wall"])
            cpu[name].append(found["tokens"] / found["cpu"])
            print(
                f"round {number + 1}, {name:6} {wall[name][-1]:7.0f} tokens/s, "
                f"{cpu[name][-1]:7.0f} tokens per processor second",
                flush=True,
            )
    for name in chosen:
        print(f"{name:6} {statistics.median(wall[name]):7.0f} tokens/s")
        if "ours" in chosen and name != "ours":
            for what, found in (("wall", wall), ("processor", cpu)):
                ratios = [a / b for a, b in zip(found["ours"], found[name], strict=True)]
                print(
                    f"       ours / {name}, {what} time: median {statistics.median(ratios):.2f} "
                    f"({min(ratios):.2f} - {max(ratios):.2f})"
                )


def main() -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--one", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--contender", action="append", choices=CONTENDERS)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--precision", default="bf16_weights")
    parser.add_argument("--no-losses", action="store_true")
    options = parser.parse_args()
    if options.one:
        clock = {"naive": naive, "trl": trl, "ours": ours}[options.one](
            options.steps, options.precision
        )
        facts = {"tokens": clock.tokens, "wall": clock.wall, "cpu": clock.cpu}
        print(json.dumps(facts | {"losses": clock.losses}))
        return
    compare(options.contender or list(CONTENDERS), options.rounds, options.steps)
    if not options.no_losses:
        losses = [in_a_process(name, 4, "fp32")["losses"] for name in ("naive", "ours")]
        apart = max(abs(a - b) for a, b in zip(*losses, strict=True))
        print(f"losses of 4 steps in float32: at most {apart:.1e} from the naive loop's")


if __name__ == "__main__":
    main()
