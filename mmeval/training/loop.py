"""transformers' Trainer on accelerate, set up for our rows, order and loss.

Why this one and not TRL's SFTTrainer: SFTTrainer computes entropy and accuracy over the
whole vocabulary at each step, and logits for prompts; the Trainer below it does what
accelerate offers (FSDP, DeepSpeed, several nodes, resuming, trackers) and leaves the loss
to us.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from mmeval.training import checkpoints
from mmeval.training.base_model import pad_id
from mmeval.training.examples import Examples
from mmeval.training.loss import ResponseHead, packed, padded
from mmeval.training.ordering import Order
from mmeval.training.settings import Settings

OPTIMIZERS = {"adamw": "adamw_torch_fused", "paged_adamw": "paged_adamw_32bit"}
WAIT_SECONDS = 6 * 3600
"""How long the other processes wait while one evaluates a checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is trained on, in which order, and how."""

    examples: Examples
    order: Order
    settings: Settings


class Passes:
    """The passes of all steps, one after another, as the Trainer's data set: with a batch
    size of 1, accelerate gives each device its own."""

    def __init__(self, course: Course, pad: int) -> None:
        self._course = course
        self._pad = pad
        self._step: tuple[int, list[tuple[int, ...]]] = (-1, [])

    def __len__(self) -> int:
        order = self._course.order
        return len(order.steps) * order.passes * order.devices

    def __getitem__(self, number: int) -> dict[str, Any]:
        order, examples = self._course.order, self._course.examples
        step, place = divmod(number, order.passes * order.devices)
        if self._step[0] != step:
            self._step = (step, order.passes_of(step, examples))
        lay = packed if self._course.settings.batching == "packed" else padded
        return lay(examples, self._step[1][place], self._pad)


Evaluate = Callable[[Any], dict[str, float]]
"""(trainer) -> what was measured; by `--eval-every`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a training happens and who watches it."""

    out: Path
    callbacks: Sequence[Any]
    trackers: tuple[str, ...] = ()
    evaluate: Evaluate | None = None


def make_trainer(model: Any, tokenizer: Any, course: Course, around: Surroundings) -> Any:
    """The Trainer, ready: `trainer.train(resume_from_checkpoint=...)`."""
    from torch.utils.data import SequentialSampler
    from transformers import Trainer
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    head = ResponseHead(model)

    class ResponseTrainer(Trainer):  # type: ignore[misc]  # transformers is not followed
        """The Trainer with our loss, our order and our evaluation."""

        def compute_loss(
            self,
            model: Any,
            inputs: dict[str, Any],
            return_outputs: bool = False,
            num_items_in_batch: Any = None,
        ) -> Any:
            loss = head.loss(model, inputs) / num_items_in_batch
            # DDP and its like average over devices what we have summed over all of them.
            return loss * self.accelerator.num_processes

        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            return SequentialSampler(train_dataset or self.train_dataset)

        def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
            return around.evaluate(self) if around.evaluate is not None else {}

    trainer = ResponseTrainer(
        model=model,
        args=_arguments(course, around),
        data_collator=lambda one: one[0],
        train_dataset=Passes(course, pad_id(tokenizer)),
        processing_class=tokenizer,
        callbacks=list(around.callbacks),
    )
    trainer.model_accepts_loss_kwargs = True  # so that it counts a step's response tokens
    trainer.loss_is_scaled_for_ga = True
    for printing in (PrinterCallback, ProgressCallback):  # `steps.py` shows progress
        trainer.remove_callback(printing)
    return trainer


def _arguments(course: Course, around: Surroundings) -> Any:
    """Our settings in transformers' words."""
    import torch
    from transformers import TrainingArguments

    settings, order = course.settings, course.order
    count = len(order.steps)
    constant = settings.schedule == "constant"
    return TrainingArguments(
        output_dir=str(around.out / checkpoints.FOLDER),
        per_device_train_batch_size=1,
        gradient_accumulation_steps=order.passes,
        num_train_epochs=1,
        max_steps=count,
        learning_rate=settings.lr,
        lr_scheduler_type="constant_with_warmup" if constant else settings.schedule,
        warmup_steps=ceil(settings.warmup * count),
        weight_decay=settings.weight_decay,
        adam_beta2=settings.beta2,
        max_grad_norm=settings.max_grad_norm,
        optim=OPTIMIZERS[settings.optimizer],
        bf16=settings.precision == "bf16",
        use_cpu=not torch.accelerator.is_available(),
        gradient_checkpointing=settings.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False},
        torch_compile=settings.compile,
        logging_steps=1,
        logging_nan_inf_filter=False,  # a NaN loss must be seen
        save_strategy="no",  # `steps.py` decides
        eval_strategy="no",
        report_to=list(around.trackers) or "none",
        run_name=around.out.name,
        seed=settings.seed,
        disable_tqdm=True,
        remove_unused_columns=False,
        average_tokens_across_devices=True,
        ddp_timeout=WAIT_SECONDS,
        accelerator_config={"dispatch_batches": False, "split_batches": False},
    )
