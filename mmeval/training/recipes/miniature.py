"""Full fine-tuning of a model of about 135 million parameters on a machine without a GPU."""

from __future__ import annotations

from mmeval.training.recipe import Recipe

RECIPE = Recipe(
    name="miniature",
    title="full fine-tuning of a small model on a CPU, one epoch of short batches",
    source="ours: docs/training.md",
    settings={
        "lr": 2e-4,
        "warmup": 0.06,
        "epochs": 1.0,
        "batch_size": 32,
        "max_length": 384,
        "calculator": False,
        "prompt": "plain",
        "response_start": " ",
    },
)
