"""One user's turn, put into the model's own chat template; no system message."""

from __future__ import annotations

from pathlib import Path

from mmeval.declare import PromptTemplate

PROMPT = PromptTemplate(
    name="chat",
    title="user's turn that asks for steps and a last line",
    kind="chat",
    text=Path(__file__).with_suffix(".txt").read_text(encoding="utf-8"),
    # The last line is the form that the paper's checkers read. No stop strings: the end
    # of a turn is a token, and the model's template says which.
    shot="{solution}\nThe answer is: {gold}",
)
