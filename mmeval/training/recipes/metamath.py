"""MetaMath: all four augmentations of GSM8K and MATH."""

from __future__ import annotations

from mmeval.training.recipe import Recipe

RECIPE = Recipe(
    name="metamath",
    title="MetaMathQA: AnsAug, Rephrased, SV and FOBAR rows together",
    source="MetaMath, arXiv 2309.12284, Table 1 and Appendix B",
    # 13B models take the same settings, Mistral-7B a learning rate of 5e-6 (run_mistral.sh).
    parts={"MetaMathQA": "all rows, such as MetaMathQA=MetaMathQA-395K.json"},
)
