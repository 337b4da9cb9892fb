"""Every setting of a training, with its default: those of the paper's 7B models.

Appendix B of the paper and its `run.sh`: 3 epochs, batches of 128, AdamW without weight
decay, 2e-5, cosine, 3 % warm-up, at most 512 tokens. A recipe changes some, an arm of it
some more, the user (`--set KEY=VALUE`, `--config FILE`) the rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_type_hints

from mmeval.errors import ConfigError, unknown
from mmeval.records import as_setting
from mmeval.text import brief

Method = Literal["full", "lora", "qlora"]
Precision = Literal["bf16", "bf16_weights", "fp32"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a model is trained. Two trainings with equal settings, data and base are the same."""

    lr: float = 2e-5
    """The highest learning rate, above 0."""
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    """How it falls after the warm-up; cosine and linear end at 0."""
    warmup: float = 0.03
    """Share of the steps over which it rises from 0, in [0, 1)."""
    weight_decay: float = 0.0
    beta2: float = 0.999
    """AdamW's; its beta1 is 0.9 and its epsilon 1e-8."""
    max_grad_norm: float = 1.0
    """Gradients are scaled down to this norm; 0 leaves them as they are."""
    epochs: float = 3.0
    """How often every row is seen; a half epoch sees half of the rows."""
    response_tokens: int | None = None
    """Rows are taken, epoch after epoch, until they hold so many response tokens; then
    `epochs` does not apply. None: no budget. Arms with equal budgets are comparable."""
    rows: int | None = None
    """Draws so many of the rows by the seed; None: all."""
    batch_size: int = 128
    """Rows to an optimizer step, at most: rows are spread evenly over the steps."""
    steps: int | None = None
    """So many optimizer steps, over which all rows are spread; None: by `batch_size`. With a
    `batch_size` that the user gives and that such steps would exceed it is an error."""
    micro_batch: int = 8
    """Rows that go through the model at once, per device, at most; changes no result but
    for rounding."""
    batching: Literal["grouped", "packed"] = "grouped"
    """`grouped`: rows of like length are padded to one length. `packed`: rows stand one
    after another without padding, blind to each other; for flash attention."""
    max_length: int = 512
    """Tokens of a row, prompt and response and end of text."""
    overlong: Literal["cut", "drop", "refuse"] = "cut"
    """What becomes of a longer row: `cut` takes its end away, as the paper's script does."""
    prompt: str = "alpaca"
    """The text around a question: a prompt's name, or the path of a `.txt` or `.py`."""
    multiline: Literal["instruction", "input"] = "instruction"
    """Where a question's second and later lines go. `input`: below "### Input:", as the
    paper's train_math.py does, though its evaluation puts all below "### Instruction:"."""
    response_start: str = ""
    """Text between prompt and response, learned as a part of the response."""
    answer_line: bool = False
    """Adds "The answer is: N" below a response that ends with "#### N"."""
    calculator: bool = True
    """Keeps GSM8K's calculator annotations, <<1+1=2>>."""
    precision: Precision = "bf16"
    """`bf16`: products in bfloat16, weights and optimizer in float32. `bf16_weights`: all
    in bfloat16, in which small steps are lost. `fp32`: all in float32."""
    method: Method = "full"
    """`lora` trains small matrices beside the weights, `qlora` beside weights in 4 bits;
    both are merged into the weights at the end."""
    lora_rank: int = 96
    lora_alpha: int = 16
    lora_dropout: float = 0.05
    optimizer: Literal["adamw", "paged_adamw"] = "adamw"
    """`paged_adamw` (bitsandbytes) moves optimizer state to the host when a GPU is full."""
    gradient_checkpointing: bool = False
    """Computes activations twice and keeps few: less memory, about a third slower."""
    attention: Literal["auto", "sdpa", "flash_attention_2", "eager"] = "auto"
    """`auto`: eager without a GPU, where sdpa's backward pass is slower, else sdpa."""
    compile: bool = False
    """torch.compile; its first steps take minutes."""
    save_every: int | None = None
    """Steps between checkpoints; None: one at the end of each epoch."""
    seed: int = 42
    """Draws and orders rows, and starts LoRA and dropout."""

    def __post_init__(self) -> None:
        counts = ((key, getattr(self, key)) for key in _COUNTS)
        for name, rule, holds in (
            ("lr", "must be above 0", 0 < self.lr < math.inf),
            ("warmup", "must be in [0, 1)", 0 <= self.warmup < 1),
            ("weight_decay", "must be 0 or more", self.weight_decay >= 0),
            ("beta2", "must be in (0, 1)", 0 < self.beta2 < 1),
            ("max_grad_norm", "must be 0 or more", self.max_grad_norm >= 0),
            ("epochs", "must be above 0", 0 < self.epochs < math.inf),
            ("max_length", "must be 8 or more", self.max_length >= 8),
            ("lora_dropout", "must be in [0, 1)", 0 <= self.lora_dropout < 1),
            *((key, "must be 1 or more", value is None or value >= 1) for key, value in counts),
        ):
            if not holds:
                raise ConfigError(f"{name} {rule}, got {brief(getattr(self, name))}")


_COUNTS = (
    "response_tokens",
    "rows",
    "batch_size",
    "steps",
    "micro_batch",
    "lora_rank",
    "lora_alpha",
    "save_every",
)


def changed(settings: Settings, changes: Mapping[str, Any], where: str = "--set") -> Settings:
    """The settings with some keys changed.

    Raises ConfigError for an unknown key, with near misses, and for a value
    of the wrong kind or range; `where` begins the message.
    """

    hints = get_type_hints(Settings)
    values = {}
    for given, value in changes.items():
        key = given.replace("-", "_")
        if key not in hints:
            known = [each.name for each in fields(Settings)]
            raise ConfigError(f"{where}: {unknown('setting', given, known)}")
        values[key] = as_setting(value, hints[key], f"{where} {key}")
    try:
        return replace(settings, **values)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
