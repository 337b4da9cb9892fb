"""Self-Verification (paper Eq. 3): a number is hidden, question and answer become a statement.

Two steps: the model turns the last clause of the question and its answer into a statement,
then finds x. The published rule takes the clause after the last full stop or comma, which
cuts a decimal or a list in the wrong place; `improved` takes the last sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from mmeval.augmenting.few_shot import few_shot
from mmeval.augmenting.fobar import meta_of
from mmeval.augmenting.keep import DUPLICATE, EMPTY, FAILED, in_order
from mmeval.augmenting.masks.mask import VARIABLES, Rule, Style, all_masks, clean_answer
from mmeval.augmenting.rephrasing import first_line
from mmeval.augmenting.steps import Step
from mmeval.problems.backward_words import ask_for
from mmeval.problems.load import problem_id
from mmeval.records import Generation, Problem

KIND = "SV"
Clause = Literal["published", "improved"]
NO_ANSWER = "the answer is not in the statement"
NO_UNKNOWN = "the unknown was lost"
A_QUESTION = "still a question"
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\s])")


def split_clause(masked: str, clause: Clause) -> tuple[str, str]:
    """(what stands before, the clause that asks) of a masked question.

    The first part keeps its full stop or comma, as in the released rows; both are stripped.
    """
    if clause == "published":
        at = max(masked.rfind("."), masked.rfind(",")) + 1
    else:
        at = max((each.end() for each in _SENTENCE.finditer(masked.rstrip())), default=0)
    return masked[:at].strip(), masked[at:].strip()


def to_rewrite(
    problems: Sequence[Problem], style: Style, rule: Rule, clause: Clause
) -> list[Problem]:
    """What the model is to rewrite, for every number of every question: the last clause with
    the answer. Its gold is the hidden number; a question that ends in a full stop has no
    last clause and is skipped."""
    made: dict[str, Problem] = {}
    for problem in problems:
        for mask in all_masks(problem.question, style, rule):
            before, asks = split_clause(mask.question, clause)
            if not asks:
                continue
            answer = clean_answer(problem.gold)
            stated = f"${answer}$" if "\\" in answer else answer
            key = problem_id("statement", f"{before}\n{asks}\n{stated}")
            made.setdefault(
                key,
                Problem(
                    id=key,
                    question=f"{asks} The answer is {stated}.",
                    gold=mask.gold,
                    meta={**meta_of(problem, mask), "before": before, "asks": asks},
                ),
            )
    return list(made.values())


def rewrite_step(
    problems: Sequence[Problem], style: Style, samples: int, chat: bool = False
) -> Step:
    """Every last clause with its answer, to be turned into a statement."""
    return Step(
        name="rewrite",
        template=few_shot("rewrite", style, chat),
        problems=tuple(problems),
        samples=samples,
        followed_by="self_verify",
    )


def rewritten(
    problems: Sequence[Problem], generations: Iterable[Generation], style: Style
) -> tuple[list[Problem], Counter[str]]:
    """The self-verification questions, and what was dropped, and why."""
    by_id = {problem.id: problem for problem in problems}
    made: dict[str, Problem] = {}
    dropped: Counter[str] = Counter()
    for generation in in_order(problems, generations):
        clause = by_id[generation.problem_id]
        statement = first_line(generation.answer)
        reason = _reason(generation, statement, clause, style)
        before = str(clause.meta["before"])
        question = f"{before} {statement} {ask_for(VARIABLES[style])}".strip()
        key = problem_id("sv", question)
        if reason is None and key in made:
            reason = DUPLICATE
        if reason is not None:
            dropped[reason] += 1
            continue
        meta = {k: v for k, v in clause.meta.items() if k not in ("before", "asks")}
        made[key] = Problem(id=key, question=question, gold=clause.gold, meta=meta)
    return list(made.values()), dropped


def answer_step(problems: Sequence[Problem], style: Style, chat: bool, samples: int) -> Step:
    """Every self-verification question, after eight worked examples."""
    return Step(
        name="self_verify",
        template=few_shot("verify", style, chat),
        problems=tuple(problems),
        samples=samples,
    )


def _reason(generation: Generation, statement: str, clause: Problem, style: Style) -> str | None:
    """Why a statement is dropped; None where it is not."""
    if generation.finish == "error":
        return FAILED
    if not statement:
        return EMPTY
    if statement.endswith("?"):
        return A_QUESTION
    answer = clean_answer(str(clause.meta["original_gold"]))
    if answer not in statement.replace(",", "") and answer not in statement:
        return NO_ANSWER
    unknown = re.compile(rf"(?<![A-Za-z]){VARIABLES[style]}(?![A-Za-z])")
    if unknown.search(str(clause.meta["asks"])) and not unknown.search(statement):
        return NO_UNKNOWN
    return None
