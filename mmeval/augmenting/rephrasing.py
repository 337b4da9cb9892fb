"""Rephrasing (paper Eq. 2): the question in other words, kept if its answer stays.

Two steps: the model rewords each question, then answers the new one. The original gold is
the only check on the meaning, as in the paper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from mmeval.augmenting.few_shot import few_shot
from mmeval.augmenting.keep import DUPLICATE, EMPTY, FAILED, in_order
from mmeval.augmenting.masks.mask import Style
from mmeval.augmenting.steps import Step
from mmeval.problems.load import problem_id
from mmeval.records import Generation, Problem
from mmeval.text import normalised

KIND = "Rephrased"
SAME = "the same question again"
NONSENSE = "no question: too short or far too long"
LONGEST = 3.0
"""Times the original's length, and `SLACK` characters: more is a story of its own."""
SLACK = 200
SHORTEST = 3
"""Words."""


def step(problems: Sequence[Problem], style: Style, samples: int, chat: bool = False) -> Step:
    """Every question, to be put in other words."""
    return Step(
        name="rephrase",
        template=few_shot("rephrase", style, chat),
        problems=tuple(problems),
        samples=samples,
        followed_by="answers",
    )


def reworded(
    problems: Sequence[Problem], generations: Iterable[Generation]
) -> tuple[list[Problem], Counter[str]]:
    """The new questions, each with its original's gold; and what was dropped, and why."""
    by_id = {problem.id: problem for problem in problems}
    made: dict[str, Problem] = {}
    dropped: Counter[str] = Counter()
    for generation in in_order(problems, generations):
        original = by_id[generation.problem_id]
        question = first_line(generation.answer)
        reason = _reason(generation, question, original.question)
        key = problem_id("rephrased", question)
        if reason is None and key in made:
            reason = DUPLICATE
        if reason is not None:
            dropped[reason] += 1
            continue
        made[key] = Problem(
            id=key,
            question=question,
            gold=original.gold,
            meta={"original_question": original.question, "original": original.id},
        )
    return list(made.values()), dropped


def first_line(text: str) -> str:
    """The first line that is not blank, without quotation marks around all of it."""
    line = next((each.strip() for each in text.splitlines() if each.strip()), "")
    if len(line) > 1 and line[0] in '"“' and line[-1] in '"”':
        line = line[1:-1].strip()
    return line


def _reason(generation: Generation, question: str, original: str) -> str | None:
    if generation.finish == "error":
        return FAILED
    if not question:
        return EMPTY
    long = len(question) > LONGEST * len(original) + SLACK
    if len(question.split()) < SHORTEST or long or generation.finish in ("length", "filter"):
        return NONSENSE
    same = normalised(question).casefold() == normalised(original).casefold()
    return SAME if same else None
