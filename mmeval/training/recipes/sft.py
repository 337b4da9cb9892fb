"""Supervised fine-tuning on one training set, as the paper's SFT baseline."""

from __future__ import annotations

from mmeval.training.recipe import Recipe

RECIPE = Recipe(
    name="sft",
    title="full fine-tuning on given rows, with the settings of the 7B models",
    source="MetaMath, arXiv 2309.12284, Appendix B; RFT, arXiv 2308.01825, Appendix A.1",
)
