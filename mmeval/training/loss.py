"""The loss over response tokens alone, and only their logits.

Four tenths of a GSM8K row are prompt, whose logits a usual loop computes, keeps and throws away:
with 49,152 words to choose from, the head is a fifth of SmolLM2-135M's work. A hook on
the head takes the hidden states of the positions that predict a response token, and no
others; whatever else a model does with its logits (a soft cap, a scale) stays as it is,
and so do the wrappers around the model (DDP, FSDP, DeepSpeed, PEFT), which see their own
`forward` called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmeval.errors import ConfigError
from mmeval.training.examples import Examples

if TYPE_CHECKING:
    import torch

IGNORED = -100
"""The label of a token whose loss is not taken; what every library takes for it."""


def padded(examples: Examples, rows: Sequence[int], pad: int) -> dict[str, torch.Tensor]:
    """The rows as one batch, padded on the right to the longest."""
    import torch

    longest = max(map(examples.length, rows))
    ids = torch.full((len(rows), longest), pad, dtype=torch.long)
    labels = torch.full((len(rows), longest), IGNORED, dtype=torch.long)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    for line, index in enumerate(rows):
        tokens = torch.tensor(examples.tokens(index), dtype=torch.long)
        begin, end = examples.prompts[index], len(tokens)
        ids[line, :end] = tokens
        labels[line, begin:end] = tokens[begin:]
        mask[line, :end] = 1
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def packed(examples: Examples, rows: Sequence[int], pad: int) -> dict[str, torch.Tensor]:
    """The rows as one line without padding; positions that start again from 0 show
    transformers where a row begins, so that none sees another."""
    import torch

    ids, labels, positions = [], [], []
    for index in rows:
        tokens = torch.tensor(examples.tokens(index), dtype=torch.long)
        learned = tokens.clone()
        # The first token of a row would be predicted from the row before.
        learned[: max(1, examples.prompts[index])] = IGNORED
        ids.append(tokens)
        labels.append(learned)
        positions.append(torch.arange(len(tokens)))
    return {
        "input_ids": torch.cat(ids)[None],
        "position_ids": torch.cat(positions)[None],
        "labels": torch.cat(labels)[None],
    }


class ResponseHead:
    """A model whose head sees the positions that predict a response token, and no others."""

    def __init__(self, model: Any) -> None:
        head = model.get_output_embeddings()
        if head is None:
            raise ConfigError(
                f"{type(model).__name__} has no language-model head; train a causal language model"
            )
        self._chosen: Any = None
        head.register_forward_pre_hook(self._choose)

    def _choose(self, module: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if self._chosen is None:  # generation, or a forward pass outside training
            return None
        return (inputs[0][self._chosen][None], *inputs[1:])

    def loss(self, model: Any, batch: dict[str, Any]) -> Any:
        """The sum over response tokens of -log p, natural, in float32, as a scalar tensor."""
        import torch

        inputs = dict(batch)
        labels = inputs.pop("labels")
        following = torch.full_like(labels, IGNORED)
        following[:, :-1] = labels[:, 1:]
        chosen = following != IGNORED
        self._chosen = chosen
        try:
            logits = model(**inputs, use_cache=False).logits
        finally:
            self._chosen = None
        return summed_loss(logits[0], following[chosen])


CHUNK = 256
"""Rows of logits that are in float32 at once."""


def summed_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Sum of -log softmax(logits)[target] over rows, natural, computed in float32.

    The gradient is made in the same pass, in the logits' own type, a few rows at a time:
    torch's cross_entropy of bfloat16 logits keeps three float32 copies of the whole matrix,
    which on a CPU costs more time than the arithmetic.
    """
    import torch

    class Summed(torch.autograd.Function):  # type: ignore[misc]  # torch is not followed
        """-log p, with the gradient at hand when it is asked for."""

        @staticmethod
        def forward(ctx: Any, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            gradient = torch.empty_like(logits)
            total = torch.zeros((), dtype=torch.float32, device=logits.device)
            for begin in range(0, len(targets), CHUNK):
                rows = slice(begin, begin + CHUNK)
                part, wanted = logits[rows].float(), targets[rows, None]
                part = torch.log_softmax(part, dim=-1)
                total -= part.gather(1, wanted).sum()
                part = part.exp_()
                part.scatter_add_(1, wanted, torch.full_like(wanted, -1, dtype=part.dtype))
                gradient[rows] = part
            ctx.save_for_backward(gradient)
            return total

        @staticmethod
        def backward(ctx: Any, *scale: torch.Tensor) -> tuple[torch.Tensor, None]:
            (gradient,) = ctx.saved_tensors
            return gradient.mul_(scale[0]), None

    total: torch.Tensor = Summed.apply(logits, targets)
    return total
