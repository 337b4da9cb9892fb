"""One number of a question, hidden: the record, and the sentences around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from mmeval.problems.backward_words import Wording, condition

Style = Literal["GSM", "MATH"]

VARIABLES: dict[Style, str] = {"GSM": "x", "MATH": "X"}
"""What stands for the hidden number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """One number of a question, hidden."""

    question: str
    """The question with the variable in the number's place."""
    gold: str
    """The hidden number as the answer of the backward question: `80000`, `2/5`, `50`."""
    token: str
    """What stood there: `$80,000`, `half`."""
    at: int
    """Where it begins in the original question, in characters from 0."""
    to: int
    """Where it ends: `original[at:to] == token`."""


Rule = Callable[[str, Style], list[Mask]]


def clean_answer(gold: str) -> str:
    """The forward answer as a backward question states it: `1,450,000` is `1450000`; what is
    no plain number stays as it is."""
    plain = gold.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", gold) else gold
    return _cleaned(plain) if re.fullmatch(r"-?\d+(\.\d*)?", plain) else gold


def fobar_question(masked: str, answer: str, style: Style, wording: Wording = "to") -> str:
    """The masked question, then the answer as a condition, on a line of its own.

    `to` is what MetaMathQA's training rows say, `of` what GSM8K-Backward says.
    """
    return f"{masked}\n{condition(answer, VARIABLES[style], wording)}"


def _cleaned(number: str) -> str:
    try:
        value = str(float(number)).rstrip("0")
    except ValueError:  # a fraction
        return number.removesuffix(".").removesuffix("/")
    if value.endswith("."):
        return value[:-1]
    return str(float(value))


def all_masks(question: str, style: Style, rule: Rule) -> Iterator[Mask]:
    """The masks of a rule, those left out whose question or gold came out empty."""
    for mask in rule(question, style):
        if mask.gold.strip():
            yield mask
