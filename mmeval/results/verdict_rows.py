"""The rows of a verdict file, read fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from msgspec import Struct

from mmeval.records import OUTCOMES, Count, Outcome


class Answers(NamedTuple):
    """What one checker said about the answers to one problem."""

    asked: int
    right: int
    undecided: int
    failed: int

    @property
    def low(self) -> float:
        """The share that is right, counting undecided answers as not right."""
        return self.right / self.asked

    @property
    def high(self) -> float:
        """The share that is right, counting undecided answers as right."""
        return (self.right + self.undecided + self.failed) / self.asked

    @property
    def decided(self) -> bool:
        """Whether every answer is right or not."""
        return not (self.undecided or self.failed)

    @property
    def at_most(self) -> Answers:
        """The same with undecided answers as right ones."""
        return Answers(self.asked, self.right + self.undecided + self.failed, 0, 0)

    def plus(self, other: Answers) -> Answers:
        """These and other answers to the same problem."""
        return Answers(*map(sum, zip(self, other, strict=True)))


ONE: Mapping[Outcome, Answers] = {
    outcome: Answers(1, outcome == "right", outcome == "undecided", outcome == "failed")
    for outcome in OUTCOMES
}
"""A single answer, by what was said about it."""


class VerdictKey(Struct, frozen=True, gc=False):
    """Of a stored verdict, what counting takes; see `mmeval.records.Verdict`."""

    problem_id: str
    outcome: Outcome
    sample: Count = 0


class VerdictRow(VerdictKey, frozen=True, gc=False):
    """Of a stored verdict, what frames hold."""

    extracted: str | None = None
    extract_rule: str | None = None
    compare_rule: str | None = None
    truncated: bool = False
    stop_cut: bool = False
    note: str | None = None


V = TypeVar("V", bound=VerdictKey)
