"""RFT's rejection sampling: right answers of a model's own, one for each way of calculating.

Of the right answers to a question, those with a wrong calculation go, and of each distinct
list of equations one path stays: the one that is most unlike the paths chosen before it,
by the sum of Levenshtein distances, the published solution being the first of them.

Source: Yuan et al. 2023 (arXiv 2308.01825), sections 3.3 and 4; there k is 100 and the
model is the fine-tuned one itself, at temperature 0.7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from mmeval.answers.checker import Checker
from mmeval.augmenting.equations import equations, holds
from mmeval.augmenting.keep import Answered, MadeRow, Sieved, rows_of, sieve
from mmeval.augmenting.masks.mask import Style
from mmeval.augmenting.steps import Step
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.records import Generation, Problem

KIND = "RFT"
WRONG_CALCULATION = "a wrong calculation"
SAME_EQUATIONS = "the same equations as a path that is kept"
Path = tuple[str, ...]
"""The equations of a worked answer, in their order."""


def step(problems: Sequence[Problem], template: PromptTemplate, samples: int) -> Step:
    """Every question many times, by the prompt that the model was tuned with."""
    return Step(name="paths", template=template, problems=tuple(problems), samples=samples)


def keep(
    problems: Sequence[Problem],
    generations: Iterable[Generation],
    checker: Checker,
    style: Style,
) -> tuple[list[MadeRow], Sieved]:
    """One right path for each distinct list of equations of each question."""
    sieved = sieve(problems, generations, checker)
    dropped = Counter(sieved.dropped)
    by_problem: dict[str, dict[Path, list[Answered]]] = {}
    for answered in sieved.kept:
        calculations = equations(answered.reasoning)
        if any(holds(each) is False for each in calculations):
            dropped[WRONG_CALCULATION] += 1
            continue
        path = tuple(map(str, calculations))
        by_problem.setdefault(answered.problem.id, {}).setdefault(path, []).append(answered)
    kept = [each for paths in by_problem.values() for each in most_different(paths.values())]
    right = sum(len(group) for paths in by_problem.values() for group in paths.values())
    dropped[SAME_EQUATIONS] += right - len(kept)
    rows = list(rows_of(kept, KIND, style))
    return rows, Sieved(kept=tuple(kept), dropped=+dropped)


def most_different(groups: Iterable[Sequence[Answered]]) -> list[Answered]:
    """One of each group, in their order: the one with the greatest sum of Levenshtein
    distances to those chosen before and to the question's own solution; of equals the
    first. Deterministic, and one pass: RFT's own order is not published."""
    from rapidfuzz.distance import Levenshtein

    chosen: list[Answered] = []
    for group in groups:
        solution = group[0].problem.meta.get("solution")
        others = [each.reasoning for each in chosen] + (
            [solution] if isinstance(solution, str) else []
        )

        def unlike(answered: Answered, others: Sequence[str] = others) -> int:
            return sum(Levenshtein.distance(answered.reasoning, each) for each in others)

        chosen.append(max(group, key=unlike))
    return chosen
