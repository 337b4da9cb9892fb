"""The loss over response tokens: the same number another way, and no logits for prompts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmeval.errors import ConfigError
from mmeval.training.examples import Examples

torch = pytest.importorskip("torch", reason="training: torch is not installed; make hf")

from mmeval.training.loss import CHUNK, ResponseHead, packed, padded, summed_loss  # noqa: E402


@pytest.mark.parametrize("rows", [1, CHUNK, CHUNK + 3])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("bfloat16", 1e-2)])
def test_the_summed_loss_and_its_gradient_are_torchs(
    rows: int, dtype: str, tolerance: float
) -> None:
    generator = torch.Generator().manual_seed(rows)
    logits = (4 * torch.randn(rows, 50, generator=generator)).to(getattr(torch, dtype))
    targets = torch.randint(0, 50, (rows,), generator=generator)
    ours, theirs = (logits.clone().requires_grad_() for _ in range(2))
    loss = summed_loss(ours, targets)
    (3 * loss).backward()
    expected = torch.nn.functional.cross_entropy(theirs.float(), targets, reduction="sum")
    (3 * expected).backward()
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=tolerance, atol=tolerance)


@pytest.fixture
def examples() -> Examples:
    made = Examples()
    for prompt, response in ((5, 3), (2, 9), (7, 1), (4, 4)):
        made.add(range(100, 100 + 3 * prompt, 3), [*range(200, 200 + 7 * (response - 1), 7), 2])
    return made


@pytest.fixture
def model(small_model: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(small_model).train()


def row_by_row(model: Any, examples: Examples) -> float:
    """The sum of -log p of the response tokens, each row by itself, by log_softmax alone."""
    total = 0.0
    for index in range(len(examples)):
        ids = torch.tensor([list(examples.tokens(index))])
        logp = torch.log_softmax(model(ids).logits[0].double(), dim=-1)
        for place in range(examples.prompts[index], ids.shape[1]):
            total -= float(logp[place - 1, ids[0, place]].detach())
    return total


@pytest.mark.parametrize("lay", [padded, packed], ids=["padded", "packed"])
def test_a_batch_has_the_loss_of_its_rows_one_by_one(
    model: Any, examples: Examples, lay: Any
) -> None:
    """Neither padding nor a row's neighbours are seen: attention stays within a row."""
    expected = row_by_row(model, examples)
    found = ResponseHead(model).loss(model, lay(examples, range(4), 0))
    assert float(found.detach()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("pad", [0, 2, 77])
def test_what_fills_a_row_up_changes_nothing(model: Any, examples: Examples, pad: int) -> None:
    head = ResponseHead(model)
    one = head.loss(model, padded(examples, range(4), pad))
    other = head.loss(model, padded(examples, range(4), 1))
    assert torch.equal(one, other)


def test_the_head_computes_logits_for_response_tokens_alone(model: Any, examples: Examples) -> None:
    shapes: list[tuple[int, ...]] = []
    head = ResponseHead(model)
    model.get_output_embeddings().register_forward_hook(
        lambda module, inputs, output: shapes.append(tuple(output.shape))
    )
    head.loss(model, padded(examples, range(4), 0))
    assert shapes == [(1, examples.counts.response_tokens, model.config.vocab_size)]
    model(torch.tensor([[5, 6, 7]]))  # anybody else's call is as it was
    assert shapes[1] == (1, 3, model.config.vocab_size)


def test_gradients_reach_what_reads_the_prompt(model: Any, examples: Examples) -> None:
    ResponseHead(model).loss(model, padded(examples, range(4), 0)).backward()
    gradients = [p.grad for p in model.parameters()]
    assert all(g is not None and bool(torch.isfinite(g).all()) for g in gradients)
    assert float(model.model.layers[0].self_attn.q_proj.weight.grad.abs().sum()) > 0


def test_a_model_without_a_language_head_is_refused() -> None:
    from transformers import LlamaConfig, LlamaModel

    config = LlamaConfig(
        vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2
    )
    with pytest.raises(ConfigError, match="LlamaModel has no language-model head"):
        ResponseHead(LlamaModel(config))
