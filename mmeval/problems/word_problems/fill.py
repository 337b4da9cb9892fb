"""Fills templates by a seed: questions, worked solutions, and backward twins.

What holds of every problem: its numbers differ from each other and each stands once in
the question; every step gives a whole number of at least 2, so that nothing is empty,
halved or misspelt (`1 apples`). Draws that break this are drawn again.

A backward twin (FOBAR: paper sections 1.2 and 1.3) masks one number by x. It is kept
only where the answer, computed as a function of x, takes the gold at one x and no
other, which is proved by solving the equation; else another number is masked.
"""

from __future__ import annotations

import hashlib
import operator
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from mmeval.errors import ConfigError, DataError
from mmeval.problems.backward_words import ask_for, condition
from mmeval.problems.benchmark import Item
from mmeval.problems.word_problems import formulas
from mmeval.problems.word_problems.formulas import Ratio
from mmeval.problems.word_problems.template import PRONOUNS, Step, Template, joined, write
from mmeval.records import Row

LEAST = 2
"""The least value of a step."""
TRIES = 20_000
"""Draws of numbers before a template counts as impossible."""
PATIENCE = 20
"""Repeated questions of one template before the next template takes its turn."""

T = TypeVar("T")

_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A template with everything drawn."""

    template: Template
    words: Mapping[str, str]
    """Placeholder -> text of people and words."""
    values: Mapping[str, Fraction]
    """The numbers and the values of the steps; all are whole."""

    @property
    def gold(self) -> int:
        """The answer."""
        return int(self.values[self.template.steps[-1].name])

    def question(self, mask: str | None = None, wording: int = 0) -> str:
        """The question, with `x` for the number called `mask`; wordings from 1 on are the
        template's paraphrases."""
        return write(self.template.wordings[wording].question, self._texts(mask))

    def fobar(self, mask: str) -> str:
        """The question with x, and the answer given on a line of its own."""
        return f"{self.question(mask)}\n{condition(str(self.gold))}"

    def calculation(self) -> str:
        """Its steps as formulas of the numbers of the question, one a line: `s1 = n8 * 2`,
        where `n8` is the number that stands at character 8."""
        texts = {name: f"n{_place(self.question(name))}" for name in self.template.numbers}
        lines = []
        for i, step in enumerate(self.template.steps, 1):
            lines.append(f"s{i} = {formulas.render(step.formula, texts)}")
            texts[step.name] = f"s{i}"
        return "\n".join(lines)

    def self_verification(self, mask: str) -> str:
        """The story with x, and the answer given as a statement. DataError where the
        template has none."""
        template = self.template
        if template.answered is None:
            raise DataError(f"template {template.id!r} has no 'answered'; add it to its file")
        pieces = joined(template.story, template.answered)
        return f"{write(pieces, {**self._texts(mask), '=': str(self.gold)})} {ask_for()}"

    def solution(self, wordings: Sequence[int] = ()) -> str:
        """A sentence with its equation for each step, closed as MetaMathQA's GSM rows are.

        `wordings` is one number for each step; left out, every first one.
        """
        return _closed(self._sentences(self._texts(None), wordings), self.gold)

    def twin_solution(self, mask: str, wordings: Sequence[int] = ()) -> str:
        """The same steps with x, then the equation solved; ends in the masked number."""
        functions = as_functions(self, mask)
        texts = {name: str(function) for name, function in functions.items()}
        lines = self._sentences(texts, wordings)
        known, *rest = formulas.explain(functions[self.template.steps[-1].name], self.gold)
        lines.append(f"We know the answer is {self.gold}, so {known}.")
        lines += [f"So {equation}." for equation in rest]
        lines.append(f"The value of x is {self.values[mask]}.")
        return _closed(lines, int(self.values[mask]))

    def _texts(self, mask: str | None) -> dict[str, str]:
        texts = {name: str(value) for name, value in self.values.items()}
        return {**self.words, **texts} | ({mask: "x"} if mask is not None else {})

    def _sentences(self, texts: Mapping[str, str], wordings: Sequence[int]) -> list[str]:
        steps = self.template.steps
        return [
            write(step.says[one], {**self.words, **texts, "=": _equation(step, texts)})
            for step, one in zip(steps, wordings or [0] * len(steps), strict=True)
        ]


def fill(template: Template, rng: random.Random) -> Filled:
    """The template with people, words and numbers drawn.

    Raises DataError when TRIES draws of numbers broke the rules: the template's ranges
    need mending.
    """
    words = dict(_words(template, rng))
    for _ in range(TRIES):
        drawn = {name: values[below(rng, len(values))] for name, values in template.numbers.items()}
        values = work_out(template, drawn)
        if values is not None:
            return Filled(template=template, words=words, values=values)
    raise DataError(
        f"template {template.id!r}: {TRIES} draws of numbers gave no problem; widen its ranges"
    )


def work_out(template: Template, numbers: Mapping[str, int]) -> dict[str, Fraction] | None:
    """The numbers with the value of every step; None where the rules are broken."""
    if len(set(numbers.values())) < len(numbers):
        return None
    values = {name: Fraction(number) for name, number in numbers.items()}
    for step in template.steps:
        try:
            value = formulas.evaluate(step.formula, values, Fraction)
        except ZeroDivisionError:
            return None
        if value.denominator != 1 or value < LEAST:
            return None
        values[step.name] = value
    for sign, left, right in template.require:
        sides = (formulas.evaluate(side, values, Fraction) for side in (left, right))
        if not _COMPARE[sign](*sides):
            return None
    return values


def as_functions(filled: Filled, mask: str) -> dict[str, Ratio]:
    """The numbers and the values of the steps as functions of x, which is number `mask`."""
    template = filled.template
    functions = {name: Ratio.of(filled.values[name]) for name in template.numbers}
    functions[mask] = formulas.X
    for step in template.steps:
        functions[step.name] = formulas.evaluate(step.formula, functions, Ratio.of)
    return functions


def proved(filled: Filled, name: str) -> bool:
    """Whether the rest of the question and its answer prove the number called `name`."""
    answer = as_functions(filled, name)[filled.template.steps[-1].name]
    return formulas.solve(answer, filled.gold) == filled.values[name]


def forward_rows(templates: Sequence[Template], key: str, size: int) -> Iterator[Row]:
    """`size` problems with different questions, as rows.

    Row i depends on the key (seed and split), i and how often it was drawn again, so a
    larger size continues the same rows. ConfigError where the templates have no more.
    """
    for filled, _ in problems(templates, key, size):
        yield {
            "question": filled.question(),
            "gold": str(filled.gold),
            "solution": filled.solution(),
            "template": filled.template.id,
            "steps": len(filled.template.steps),
            "calculation": filled.calculation(),
        }


def twin_rows(
    templates: Sequence[Template], key: str, size: int, style: str = "fobar"
) -> Iterator[Row]:
    """The backward twins of `forward_rows`, row for row, the same number masked in both
    styles, `fobar` and `sv` (self-verification).

    No two are the same question: what is not masked and the answer prove x, so two
    equal twins had equal originals. DataError where a template proves none of its x.
    """
    for filled, rng in problems(templates, key, size):
        order = shuffled(list(filled.template.numbers), rng)
        mask = next((name for name in order if proved(filled, name)), None)
        if mask is None:
            raise DataError(f"template {filled.template.id!r}: no number of it can be solved for")
        question = filled.fobar(mask) if style == "fobar" else filled.self_verification(mask)
        yield {
            "question": question,
            "gold": str(filled.values[mask]),
            "solution": filled.twin_solution(mask),
            "original_question": filled.question(),
            "original_gold": str(filled.gold),
            "template": filled.template.id,
            "steps": len(filled.template.steps),
            "masked": mask,
            "masked_at": _place(question),
        }


def read_problem(row: Row) -> Item:
    """A row of `forward_rows`. The solution is without its two closing lines, as that of every
    benchmark: the prompt of a solved example says the answer itself."""
    meta = {
        "solution": row["solution"].rpartition("\n####")[0],
        **{name: row[name] for name in ("template", "steps")},
        "calculation": row.get("calculation"),
    }
    return Item(question=row["question"], gold=row["gold"], meta=meta)


def read_twin(row: Row, style: str) -> Item:
    """A row of `twin_rows`: the masked number is the gold; `masked` is its name in the template,
    `masked_at` the place of x in the question. The solution is without its closing lines."""
    meta = {name: row[name] for name in ("template", "steps", "masked", "masked_at")}
    solution = row["solution"].rpartition("\n####")[0]
    return Item(
        question=row["question"],
        gold=row["gold"],
        meta={"solution": solution, "style": style, **meta},
        twin_question=row["original_question"],
    )


def problems(
    templates: Sequence[Template], key: str, size: int
) -> Iterator[tuple[Filled, random.Random]]:
    seen: set[str] = set()
    order: list[Template] = []
    for i in range(size):
        if i % len(templates) == 0:
            order = shuffled(templates, generator(f"{key}:order:{i // len(templates)}"))
        for redraw in range(PATIENCE * len(templates)):
            rng = generator(f"{key}:{i}:{redraw}")
            filled = fill(order[(i + redraw // PATIENCE) % len(order)], rng)
            question = filled.question()
            if question not in seen:
                break
        else:
            raise ConfigError(f"the templates give {i} different problems and no more, not {size}")
        seen.add(question)
        yield filled, rng


def _place(masked: str) -> int:
    """Where the masking x stands: the first one by itself, for the line that asks for it
    comes last."""
    match = re.search(r"\bx\b", masked)
    assert match is not None
    return match.start()


def _words(template: Template, rng: random.Random) -> Iterator[tuple[str, str]]:
    for role in template.roles:
        left = list(role.entries)
        for i in range(1, role.count + 1):
            kind, one = left.pop(below(rng, len(left)))
            number = "" if i == 1 else str(i)
            if role.base != "name":
                yield f"{role.base}{number}", kind
                yield f"{role.base}{number}.one", one
                continue
            yield f"name{number}", one
            for pronoun, forms in PRONOUNS.items():
                yield f"{pronoun}{number}", forms[kind]
                yield f"{pronoun.capitalize()}{number}", forms[kind].capitalize()


def _equation(step: Step, texts: Mapping[str, str]) -> str:
    left, right = formulas.render(step.formula, texts), texts[step.name]
    # "x + 5 = 5 + x" would say nothing
    return right if sorted(left.split()) == sorted(right.split()) else f"{left} = {right}"


def _closed(lines: Sequence[str], answer: int) -> str:
    return "\n".join([*lines, f"#### {answer}", f"The answer is: {answer}"])


def generator(key: str) -> random.Random:
    return random.Random(int.from_bytes(hashlib.sha256(key.encode()).digest(), "big"))


def below(rng: random.Random, n: int) -> int:
    # of the generator's methods only random() is promised to stay the same for ever
    return int(rng.random() * n)


def shuffled(things: Sequence[T], rng: random.Random) -> list[T]:
    left = list(things)
    return [left.pop(below(rng, len(left))) for _ in things]
