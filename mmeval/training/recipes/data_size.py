"""Figures 2, 8, 9 and 10: accuracy by data size, with question bootstrapping and without.

Figure 2 goes to 100K (7B), Figure 8 to 240K (7B), Figures 9 and 10 to 160K (13B, and
Mistral-7B, for which `--set lr=5e-6`). Which rows the paper drew is not known; here the
seed draws them. Of AnsAug alone there are 155,000 rows, GSM8K and MATH together.
"""

from __future__ import annotations

from mmeval.training.recipe import Arm, Recipe

SIZES = (20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 240)

RECIPE = Recipe(
    name="data_size",
    title="Figures 2, 8, 9 and 10: AnsAug alone or all four types, 20K to 240K rows",
    source="MetaMath, arXiv 2309.12284, Figures 2, 8, 9 and 10",
    parts={
        "AnsAug": "answer-augmented rows, such as AnsAug=MetaMathQA-395K.json:GSM_AnsAug",
        "bootstrapped": "Rephrased, SV and FOBAR rows",
    },
    arms={
        **{
            f"AnsAug-{size}K": Arm(parts=("AnsAug",), settings={"rows": size * 1000})
            for size in SIZES
        },
        **{
            f"all-{size}K": Arm(parts=("AnsAug", "bootstrapped"), settings={"rows": size * 1000})
            for size in SIZES
        },
    },
)
