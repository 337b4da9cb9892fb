"""Figure 5: more data is not always better.

Subsets of MetaMathQA of 20K to 100K rows, alone and with the RFT set (about 47K rows)
added. The subset is drawn by the seed; the RFT rows are always all there. So `subset` is
drawn before it is given: `mmeval augment mix`, one file a size.
"""

from __future__ import annotations

from mmeval.training.recipe import Arm, Recipe

SIZES = (20, 40, 60, 80, 100)

RECIPE = Recipe(
    name="rft_mix",
    title="Figure 5: MetaMathQA subsets with and without the RFT rows",
    source="MetaMath, arXiv 2309.12284, section 4.8 and Figure 5",
    parts={
        **{f"MetaMathQA-{size}K": f"{size},000 rows of MetaMathQA" for size in SIZES},
        "RFT": "the rejection-sampled rows, about 47,000",
    },
    arms={
        **{f"{size}K": Arm(parts=(f"MetaMathQA-{size}K",)) for size in SIZES},
        **{f"{size}K+RFT": Arm(parts=(f"MetaMathQA-{size}K", "RFT")) for size in SIZES},
    },
)
