"""What comparing gives, and what the rules of groups and relations need of a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from mmeval.answers.comparison.exact_values import Values
from mmeval.answers.comparison.policies import Policies
from mmeval.answers.grammar.tree import Node

Outcome = Literal["equal", "different", "undecided"]
Prove = Callable[[Node, Node], bool | None]
"""(scalar, scalar) -> proved equal, proved different, or None; may raise TooLarge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What comparing two answers gave."""

    outcome: Outcome
    rule: str
    """The rule that decided, or the last that was tried."""
    reason: str | None = None
    """unparsed, size, time, unproved or failed (our mistake) when undecided; else None."""


class Match(NamedTuple):
    """What one rule found: True, False, or None for open."""

    same: bool | None
    rule: str


class Comparing(Protocol):
    """One comparison as the rules of groups and relations see it: they compare their parts by
    it, so that all steps and values are counted together."""

    policies: Policies
    values: Values

    def answers(self, a: Node, b: Node) -> Match:
        """Whether two answers are the same. Raises TooLarge."""
        ...

    def scalars(self, a: Node, b: Node) -> Match:
        """Whether two scalars are the same. Raises TooLarge."""
        ...


def every(matches: Iterable[Match], rule: str) -> Match:
    """All of them: one difference decides, one open point leaves it open."""
    open_ones = False
    for each in matches:
        if each.same is False:
            return Match(False, rule)
        open_ones = open_ones or each.same is None
    return Match(None if open_ones else True, rule)
