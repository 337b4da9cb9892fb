"""How alike templates are: whether a test template is one of training in other words.

Compared by what is left of a question when everything that is drawn is taken out, as a
set of word trigrams, and by what the steps calculate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from mmeval.problems.word_problems import formulas
from mmeval.problems.word_problems.template import Template, role_of, write

SIMILAR = 0.5
"""Two templates that share this much of their word trigrams count as the same."""


def shape(template: Template) -> str:
    """Its question in lower case without punctuation, all that is drawn reduced to a sign:
    numbers to `#`, people and pronouns to `@`, other words to `*`."""
    signs = {key: _sign(template, key) for key in template.question[1::2]}
    return " ".join(re.findall(r"[a-z']+|[#@*]", write(template.question, signs).lower()))


def calculation(template: Template) -> str:
    """All its steps as one formula, every number reduced to `#`."""
    texts = dict.fromkeys(template.numbers, "#")
    for step in template.steps:
        texts[step.name] = formulas.render(step.formula, texts)
    return texts[template.steps[-1].name]


def similarity(one: Template, other: Template) -> float:
    """The share of word trigrams that two shapes have in common, in [0, 1] (Jaccard)."""
    left, right = _trigrams(shape(one)), _trigrams(shape(other))
    return len(left & right) / len(left | right)


def overlap(
    some: Sequence[Template], others: Sequence[Template]
) -> Iterator[tuple[Template, Template, float]]:
    """The pairs that are the same but for what is drawn, or nearly: at least SIMILAR."""
    for one, other in product(some, others):
        likeness = similarity(one, other)
        if likeness >= SIMILAR:
            yield one, other, likeness


def describe(splits: Mapping[str, Sequence[Template]]) -> list[tuple[str, str]]:
    """(label, value) lines: how many templates of how many steps, and what the first two
    splits have in common."""
    sizes = {name: [len(t.steps) for t in templates] for name, templates in splits.items()}
    steps = "; ".join(
        f"{n}: " + ", ".join(f"{each.count(n)} {name}" for name, each in sizes.items())
        for n in sorted({n for each in sizes.values() for n in each})
    )
    (one, some), (other, others) = list(splits.items())[:2]
    shared = {b.id for _, b, _ in overlap(some, others)}
    nearest = max(similarity(a, b) for a, b in product(some, others))
    calculations = {calculation(t) for t in some}
    again = sum(calculation(t) in calculations for t in others)
    return [
        ("templates", ", ".join(f"{len(each)} {name}" for name, each in sizes.items())),
        ("by steps", steps),
        ("overlap", f"{len(shared)} of {len(others)} {other} templates are in {one}"),
        ("nearest", f"{nearest:.2f} of word trigrams shared; {SIMILAR} would count as the same"),
        ("formulas", f"{again} of {len(others)} {other} templates calculate as one of {one} does"),
    ]


def _sign(template: Template, key: str) -> str:
    base = role_of(template, key)
    return "#" if base is None else "@" if base[0] == "name" else "*"


def _trigrams(line: str) -> set[tuple[str, ...]]:
    words = line.split()
    return set(zip(words, words[1:], words[2:], strict=False))
