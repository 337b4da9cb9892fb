"""FOBAR (paper Eq. 4): a number is hidden, the answer given as a condition, and x asked for.

The masked number is the gold. (Equation 4 compares with the forward answer; the released
code, and sense, with the number that was hidden.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mmeval.augmenting.few_shot import few_shot
from mmeval.augmenting.masks.mask import (
    Mask,
    Rule,
    Style,
    all_masks,
    clean_answer,
    fobar_question,
)
from mmeval.augmenting.steps import Step
from mmeval.problems.backward_words import Wording
from mmeval.problems.load import problem_id
from mmeval.records import Problem, Scalar

KIND = "FOBAR"


def backward(
    problems: Sequence[Problem], style: Style, rule: Rule, wording: Wording = "to"
) -> list[Problem]:
    """A backward question for every number of every question, each once."""
    made: dict[str, Problem] = {}
    for problem in problems:
        for mask in all_masks(problem.question, style, rule):
            answer = clean_answer(problem.gold)
            question = fobar_question(mask.question, answer, style, wording)
            key = problem_id("fobar", question)
            if key not in made:
                made[key] = Problem(
                    id=key, question=question, gold=mask.gold, meta=meta_of(problem, mask)
                )
    return list(made.values())


def meta_of(problem: Problem, mask: Mask) -> Mapping[str, Scalar]:
    """Where a backward question comes from."""
    return {
        "original_question": problem.question,
        "original": problem.id,
        "original_gold": problem.gold,
        "masked": mask.token,
        "masked_at": mask.at,
    }


def question_rows(problems: Sequence[Problem]) -> Iterator[dict[str, Scalar]]:
    """The backward questions alone, as `--no-answers` writes them."""
    for problem in problems:
        yield {
            "query": problem.question,
            "gold": problem.gold,
            "original_question": problem.meta["original_question"],
            "masked": problem.meta["masked"],
            "masked_at": problem.meta["masked_at"],
        }


def step(problems: Sequence[Problem], style: Style, samples: int, chat: bool = False) -> Step:
    """Every backward question, after eight worked examples."""
    return Step(
        name="fobar",
        template=few_shot("fobar", style, chat),
        problems=tuple(problems),
        samples=samples,
    )
