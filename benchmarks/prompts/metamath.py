"""The zero-shot prompt that MetaMath was trained and measured with (paper App. B)."""

from __future__ import annotations

from pathlib import Path

from mmeval.declare import PromptTemplate

PROMPT = PromptTemplate(
    name="metamath",
    title='Alpaca instruction, then "Let\'s think step by step."',
    text=Path(__file__).with_suffix(".txt").read_text(encoding="utf-8"),
    # The bare words also cut a solution that says "Question" or "Response" itself; that is
    # what the paper measured, and `mmeval show` counts how many reference solutions do.
    stop=(
        "Question:",
        "Question",
        "USER:",
        "USER",
        "ASSISTANT:",
        "ASSISTANT",
        "Instruction:",
        "Instruction",
        "Response:",
        "Response",
    ),
    source=(
        "https://github.com/meta-math/MetaMath/blob/"
        "fe667b14f9a4c51bde9809adafb82b6b5d255800/eval_gsm8k.py"
    ),
)
