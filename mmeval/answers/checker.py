"""What a checker declares: how it finds an answer, and how it compares one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mmeval.records import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """The answer found in a text, and how."""

    value: str
    """What is compared."""
    span: tuple[int, int] | None
    """Its place in the text, [start, end); None when it is no literal piece of it."""
    rule: str
    """The name of the rule that found it."""
    alternatives: tuple[str, ...] = ()
    """Other candidates that the rule passed over, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing an extracted answer with the gold gave."""

    outcome: Outcome
    rule: str
    """The name of the rule that decided."""
    note: str | None = None
    """The reason, when the outcome is `undecided`, `failed` or `no_answer`."""


CANARIES = (("1", "2"), ("5", "25"), ("12", "123"))
"""Pairs that no checker may call the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """An answer rule: find the answer, then compare it. Neither function may raise."""

    name: str
    """With its version, `metamath-gsm8k/1`; a changed rule is a new version."""
    title: str
    source: str
    """A permalink to the rule it reproduces, or to its own documentation."""
    extract: Callable[[str], Extraction | None]
    """None when the text holds no answer by this rule."""
    compare: Callable[[str, str], Comparison]
    """(extracted, gold) -> comparison; pure, so equal pairs are compared once."""
    compare_many: Callable[[Sequence[tuple[str, str]]], list[Comparison]] | None = None
    """The same for many distinct pairs at once, where a checker works in parallel."""
    state: Callable[[str], str] = str
    """gold -> a sentence that states it in the form this checker reads, for the
    self-test; golds that are then not right lower the checker's ceiling. Left out, the
    self-test gives the gold to `compare` alone."""
    revision: int = 1
    """Counts the changes of its verdicts within one name and version, from 1; each verdict
    carries it, so that those of an earlier revision are told apart."""
    strict: bool = False
    """Every gold must be right when it is stated; a run with one that is not is refused."""
    canaries: tuple[tuple[str, str], ...] = CANARIES
    """Answers that differ, for the self-test: a checker that calls one of a pair right
    for the other is refused. They are tried both ways round."""
