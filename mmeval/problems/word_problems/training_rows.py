"""Training rows that templates give, one arm of a study each, without any generator.

    sft          the question and its worked solution, each once
    answers      the question again with the solution in other words (answer augmentation)
    rephrase     a paraphrase of the question, the solution in any words
    fobar        one number masked by x, the answer given on a line of its own
    self-verify  one number masked by x, the answer given as a statement

Every answer is right by construction and every x is proved unique, so an arm differs from
another in its kind alone. That is also its limit: a model's own words are more various.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from mmeval.errors import DataError
from mmeval.problems.word_problems.fill import Filled, below, generator, problems, proved
from mmeval.problems.word_problems.template import Template
from mmeval.records import Row

Draw = Callable[[Filled, random.Random], tuple[str, str]]
"""(problem, randomness) -> (query, response)."""
TRIES = 30
"""Draws of a further row of one problem before it counts as having no more."""


def _sft(filled: Filled, rng: random.Random) -> tuple[str, str]:
    return filled.question(), filled.solution()


def _answers(filled: Filled, rng: random.Random) -> tuple[str, str]:
    return filled.question(), filled.solution(_wordings(filled, rng))


def _rephrase(filled: Filled, rng: random.Random) -> tuple[str, str]:
    paraphrases = len(filled.template.wordings) - 1
    if not paraphrases:
        raise DataError(f"template {filled.template.id!r} has no paraphrases; add them to its file")
    wording = 1 + below(rng, paraphrases)
    return filled.question(wording=wording), filled.solution(_wordings(filled, rng))


def _fobar(filled: Filled, rng: random.Random) -> tuple[str, str]:
    mask = _mask(filled, rng)
    return filled.fobar(mask), filled.twin_solution(mask, _wordings(filled, rng))


def _self_verify(filled: Filled, rng: random.Random) -> tuple[str, str]:
    mask = _mask(filled, rng)
    return filled.self_verification(mask), filled.twin_solution(mask, _wordings(filled, rng))


ARMS: dict[str, tuple[str, Draw]] = {
    "sft": ("SFT", _sft),
    "answers": ("AnsAug", _answers),
    "rephrase": ("Rephrased", _rephrase),
    "fobar": ("FOBAR", _fobar),
    "self-verify": ("SV", _self_verify),
}
"""Arm -> (how MetaMathQA calls its type, what draws a row of it)."""


def training_rows(
    templates: Sequence[Template], key: str, arm: str, size: int, copies: int
) -> Iterator[Row]:
    """Rows of the first `size` problems in MetaMathQA's fields, at most `copies` of each.

    Problem i is that of `fill.forward_rows` with the same key. Its rows differ; a short
    problem has fewer of them than `copies`. `type` is the arm's name, and `made_by` says
    which template made the row. DataError where a template lacks what the arm needs.
    """
    kind, draw = ARMS[arm]
    for i, (filled, _) in enumerate(problems(templates, key, size)):
        pairs = _different(filled, draw, generator(f"{key}:{arm}:{i}"))
        for query, response in islice(pairs, 1 if arm == "sft" else copies):
            yield {
                "type": kind,
                "query": query,
                "original_question": filled.question(),
                "response": response,
                "made_by": f"template {filled.template.id}",
            }


def _different(filled: Filled, draw: Draw, rng: random.Random) -> Iterator[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    while True:
        for _ in range(TRIES):
            pair = draw(filled, rng)
            if pair not in seen:
                break
        else:
            return
        seen.add(pair)
        yield pair


def _wordings(filled: Filled, rng: random.Random) -> list[int]:
    return [below(rng, len(step.says)) for step in filled.template.steps]


def _mask(filled: Filled, rng: random.Random) -> str:
    masks = [name for name in filled.template.numbers if proved(filled, name)]
    if not masks:
        raise DataError(f"template {filled.template.id!r}: no number of it can be solved for")
    return masks[below(rng, len(masks))]
