"""Rejection sampling fine-tuning: the train set with a model's own correct paths added."""

from __future__ import annotations

from mmeval.training.recipe import Recipe

RECIPE = Recipe(
    name="rft",
    title="the train set and rejection-sampled paths (`mmeval augment reject`)",
    source="RFT, arXiv 2308.01825, section 3.3: the base is trained anew, not the SFT model",
    parts={
        "train": "the original train set",
        "paths": "one correct path per distinct list of equations",
    },
)
