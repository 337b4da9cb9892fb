"""AnsAug (paper Eq. 1): more worked answers to the same questions, the right ones kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mmeval.answers.checker import Checker
from mmeval.augmenting.few_shot import few_shot
from mmeval.augmenting.keep import MadeRow, Sieved, rows_of, sieve
from mmeval.augmenting.masks.mask import Style
from mmeval.augmenting.steps import Step
from mmeval.records import Generation, Problem

KIND = "AnsAug"


def step(problems: Sequence[Problem], style: Style, samples: int, chat: bool = False) -> Step:
    """Every question, after eight worked examples."""
    return Step(
        name="answers",
        template=few_shot("answer", style, chat),
        problems=tuple(problems),
        samples=samples,
    )


def keep(
    problems: Sequence[Problem],
    generations: Iterable[Generation],
    checker: Checker,
    style: Style,
) -> tuple[list[MadeRow], Sieved]:
    """The rows whose answer is the gold, by the checker."""
    sieved = sieve(problems, generations, checker)
    return list(rows_of(sieved.kept, KIND, style)), sieved
