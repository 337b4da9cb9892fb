"""The paper's 70B model: QLoRA. Epochs, batch and length are not published for it; those of
the 7B models stand in."""

from __future__ import annotations

from mmeval.training.recipe import Recipe

RECIPE = Recipe(
    name="qlora_70b",
    title="the 70B models: QLoRA of rank 96 in attention and MLP",
    source="MetaMath, arXiv 2309.12284, Appendix B",
    settings={
        "method": "qlora",
        "lora_rank": 96,
        "lora_alpha": 16,
        "lora_dropout": 0.05,
        "lr": 1e-4,
        "warmup": 0.0,
        "optimizer": "paged_adamw",
        "gradient_checkpointing": True,
        "micro_batch": 4,
    },
    parts={"MetaMathQA": "all rows, such as MetaMathQA=MetaMathQA-395K.json"},
)
