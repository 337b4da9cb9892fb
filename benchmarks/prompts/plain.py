"""A question and an empty answer, for base models, above all with examples before it."""

from __future__ import annotations

from pathlib import Path

from mmeval.declare import PromptTemplate

PROMPT = PromptTemplate(
    name="plain",
    title="Question: ... Answer:",
    text=Path(__file__).with_suffix(".txt").read_text(encoding="utf-8"),
    # A base model goes on with a question of its own. The line break before the word keeps
    # answers whole that say "Question:" themselves; no reference solution is cut.
    stop=("\nQuestion:",),
)
