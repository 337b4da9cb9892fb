"""The prompt that Alpaca, WizardMath and MetaMath were trained with: `metamath` without
its last words (paper App. B)."""

from __future__ import annotations

from pathlib import Path

from mmeval.declare import PromptTemplate

PROMPT = PromptTemplate(
    name="alpaca",
    title='Alpaca instruction alone, without "Let\'s think step by step."',
    text=Path(__file__).with_suffix(".txt").read_text(encoding="utf-8"),
    source=(
        "https://github.com/meta-math/MetaMath/blob/"
        "fe667b14f9a4c51bde9809adafb82b6b5d255800/train_math.py"
    ),
)
