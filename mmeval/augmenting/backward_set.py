"""A backward test set of any benchmark, unfiltered, each item marked with what is known of x.

The published set kept only what some model had already solved. This one keeps everything
and marks each item: `determined` is true where x is proved to be the only
value that gives the answer, false where it is proved not to be, and null where neither is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mmeval.augmenting.masks.mask import Mask, Rule, Style, all_masks, clean_answer
from mmeval.augmenting.masks.mask import fobar_question as asked_backward
from mmeval.augmenting.uniqueness import Proof, State, examine
from mmeval.problems.backward_words import Wording
from mmeval.problems.load import rank
from mmeval.records import Problem

_MARKS: dict[State, bool | None] = {"determined": True, "undetermined": False, "unknown": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class BackwardItem:
    """One question of a backward set."""

    question: str
    mask: Mask
    forward: Problem
    proof: Proof

    def to_row(self, checkers: Sequence[str]) -> dict[str, Any]:
        """The item in GSM8K-Backward's field names, with what else is known of it."""
        meta = self.forward.meta
        kept = {key: meta[key] for key in ("steps", "subject", "level") if key in meta}
        return {
            "question": self.question,
            "answer": self.mask.gold,
            "original_question": self.forward.question,
            "original_answer": self.forward.gold,
            "twin": self.forward.id,
            "style": "fobar",
            "masked": self.mask.token,
            "masked_at": self.mask.at,
            "determined": _MARKS[self.proof.state],
            "why": self.proof.reason,
            **kept,
            "checkers": list(checkers),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BackwardSpec:
    """How a backward set is made."""

    style: Style
    rule: Rule
    wording: Wording = "to"
    per_question: int | None = None
    """At most so many numbers of each question, drawn by the seed; None: all of them."""
    seed: int = 0


def items(problems: Sequence[Problem], spec: BackwardSpec) -> Iterator[BackwardItem]:
    """The backward items of the problems, in their order, each question once."""
    seen: set[str] = set()
    for problem in problems:
        for mask in _drawn(problem, spec):
            answer = clean_answer(problem.gold)
            question = asked_backward(mask.question, answer, spec.style, spec.wording)
            if question in seen:
                continue
            seen.add(question)
            yield BackwardItem(
                question=question, mask=mask, forward=problem, proof=examine(problem, mask)
            )


def counts(made: Sequence[BackwardItem]) -> Counter[str]:
    """State -> how many."""
    return Counter(item.proof.state for item in made)


def _drawn(problem: Problem, spec: BackwardSpec) -> list[Mask]:
    """The masks of a question, or those that the seed draws, in their order."""
    masks = list(all_masks(problem.question, spec.style, spec.rule))
    if spec.per_question is None or len(masks) <= spec.per_question:
        return masks
    drawn = sorted(masks, key=lambda mask: rank(spec.seed, problem.id, mask.at))[
        : spec.per_question
    ]
    return sorted(drawn, key=lambda mask: mask.at)
