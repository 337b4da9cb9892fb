"""The prompts of a run, as what stands before and after each question.

A run folder keeps the prompt's template and a hash of all prompts, not every prompt. They
are rendered again here, and shown only where their hash is the run's own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mmeval.errors import DataError
from mmeval.records import Message, Problem, Prompt, from_row, to_row
from mmeval.results.judged import JudgedRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How the questions of a run were put."""

    turns: tuple[tuple[str, str], ...] = ()
    """(role, text) of the turns before the question, for a chat."""
    before: str = ""
    """What stands before the question, in the same text or in the same turn."""
    after: str = ""
    chat: bool = False
    known: bool = True
    """False: `why` says why the prompts cannot be shown."""
    why: str = ""

    def to_row(self) -> dict[str, Any]:
        """As the pages read it."""
        return {
            "turns": [list(turn) for turn in self.turns],
            "before": self.before,
            "after": self.after,
            "chat": self.chat,
            "known": self.known,
            "why": self.why,
        }


def asking(run: JudgedRun, problems: Sequence[Problem]) -> Asking:
    """How a run asked; `known` is False where that is not in its folder."""
    first = run.manifest.first_prompt
    if first is None:
        why = "These outputs were replayed: with which prompt they were made is not known."
        return Asking(known=False, why=why)
    try:
        prompt = from_row(Prompt, first)
        by_id = {each.id: each for each in problems}[prompt.problem_id]
        around = _around(prompt, by_id.question)
        fits = _sha256(prompt, around, problems) == run.manifest.identity.get("prompts_sha256")
    except (DataError, KeyError, TypeError, ValueError, AttributeError):
        return Asking(known=False, why="The prompt in this run's manifest cannot be read.")
    if not fits:
        why = (
            "The solved examples before the question are not the same in every prompt of this "
            "run, so that a single prompt is not known here."
        )
        return Asking(known=False, why=why)
    return around


def _around(prompt: Prompt, question: str) -> Asking:
    """Cut at the question's last place: examples come before it, and a template after it
    holds none. Raises ValueError where the question is not in the prompt."""
    text = prompt.messages[-1].content if prompt.messages else prompt.text or ""
    place = text.rindex(question)
    return Asking(
        turns=tuple((each.role, each.content) for each in prompt.messages[:-1]),
        before=text[:place],
        after=text[place + len(question) :],
        chat=bool(prompt.messages),
    )


def _sha256(first: Prompt, around: Asking, problems: Sequence[Problem]) -> str:
    """The hash of all prompts that `mmeval.runs.identity.task_identity` would give."""
    digest = hashlib.sha256()
    for problem in problems:
        text = f"{around.before}{problem.question}{around.after}"
        if around.chat:
            turns = (*first.messages[:-1], Message(role="user", content=text))
            prompt = replace(first, problem_id=problem.id, messages=turns)
        else:
            prompt = replace(first, problem_id=problem.id, text=text)
        line = json.dumps(to_row(prompt), ensure_ascii=False)
        digest.update(line.encode(errors="backslashreplace") + b"\n")
    return digest.hexdigest()
