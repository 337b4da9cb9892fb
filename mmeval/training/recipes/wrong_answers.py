"""Table 4: even wrong answers teach something."""

from __future__ import annotations

from mmeval.training.recipe import Arm, Recipe

ROWS = 7473
"""As many as GSM8K's train set has."""

RECIPE = Recipe(
    name="wrong_answers",
    title="Table 4: GSM8K train, augmented rows with wrong answers, with right ones",
    source="MetaMath, arXiv 2309.12284, section 4.7 and Table 4",
    parts={
        "train": "GSM8K's train set",
        "wrong": "AnsAug rows whose answer is not the gold one (`mmeval augment answers`)",
        "right": "AnsAug rows whose answer is; the paper does not say how many it took",
    },
    arms={
        "train": Arm(parts=("train",)),
        "wrong": Arm(parts=("wrong",), settings={"rows": ROWS}),
        "right": Arm(parts=("right",), settings={"rows": ROWS}),
    },
)
