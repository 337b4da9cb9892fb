"""Table 3 (7B) and Table 9 (13B): which augmentation does what.

The paper trains on all rows of each kind, so that its arms differ in size; SV and FOBAR
alone are ours. For arms of one size, give `--set response_tokens=N --set steps=M`.
"""

from __future__ import annotations

from mmeval.training.recipe import Arm, Recipe

KINDS = ("AnsAug", "Rephrased", "SV", "FOBAR")

RECIPE = Recipe(
    name="ablation",
    title="Tables 3 and 9: each augmentation alone, two, and all four",
    source="MetaMath, arXiv 2309.12284, Tables 3 and 9",
    parts={
        "train": "the original train set of GSM8K, or of MATH",
        **{
            kind: f"rows of that type, such as {kind}=MetaMathQA-395K.json:GSM_{kind}"
            for kind in KINDS
        },
    },
    arms={
        "SFT": Arm(parts=("train",)),
        **{kind: Arm(parts=(kind,)) for kind in KINDS},
        "AnsAug+Rephrased": Arm(parts=("AnsAug", "Rephrased")),
        "all": Arm(parts=KINDS),
    },
)
