"""Backward questions taken back to the question they were made from.

Two published forms (MetaMath section 3.3): FOBAR hides a number as x and appends the
answer, self-verification (SV) also turns the last question into a statement of it.

    ... for $x ... How much ...?
    If we know the answer to the above question is 70000, what is the value of unknown
    variable x?
    ... for $x ... He made a profit of $70,000. What is the value of unknown variable x?
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mmeval.answers.extraction.extract import extract
from mmeval.problems.backward_words import ASKED, CONDITION


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasked:
    """What a backward question was made from, as far as its text shows."""

    question: str
    """The text before the appended question, each x put back to the row's own answer; of
    an SV row the last sentence is still the statement."""
    style: Literal["fobar", "self_verification"]
    filled: bool
    """Whether the row's response had an answer to put in; else the x are still in place."""


def unmask(query: str, response: str) -> Unmasked | None:
    """The forward question inside a backward one; None for a question that is not one."""
    fobar = CONDITION.search(query)
    appended = fobar or ASKED.search(query)
    if appended is None:
        return None
    rest, variable = query[: appended.start()], appended[2 if fobar else 1]
    while again := ASKED.search(rest):  # SV rows often ask it twice
        rest = rest[: again.start()]
    answer = extract(response)
    if answer is not None:
        alone = re.compile(rf"(?<![^\W\d_]){re.escape(variable)}(?![^\W\d_])")
        rest = alone.sub(lambda _: answer.value, rest)
    return Unmasked(
        question=rest.rstrip(),
        style="fobar" if fobar else "self_verification",
        filled=answer is not None,
    )
