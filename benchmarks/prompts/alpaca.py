"""The prompt that MetaMath's training rows stand in (paper App. B), Alpaca's without input."""

from __future__ import annotations

from pathlib import Path

from mmeval.declare import PromptTemplate

PROMPT = PromptTemplate(
    name="alpaca",
    title="Alpaca instruction, as in training: no words put into the response",
    text=Path(__file__).with_suffix(".txt").read_text(encoding="utf-8"),
    stop=("\n### Instruction:",),
    source=(
        "https://github.com/meta-math/MetaMath/blob/"
        "fe667b14f9a4c51bde9809adafb82b6b5d255800/train_math.py"
    ),
)
