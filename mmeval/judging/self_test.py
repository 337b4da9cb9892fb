"""The self-test of answer rules: every gold stated and judged against itself, and pairs
that must differ. Opens no file and no model; takes a fraction of a second.

A rule that calls everything right, or nothing, gives a score as readily as a good one.
The self-test shows it before an engine is started: a checker that calls different answers
equal is refused; one that promises to read every gold (`Checker.strict`) is held to it; for
a published rule the golds that it cannot score right are counted, because they limit its
score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mmeval.answers.checker import Checker, Extraction
from mmeval.errors import DataError
from mmeval.judging.judge import judge_pairs
from mmeval.records import Generation, Problem

EXAMPLES = 3
"""Golds that are named where a checker fails some."""
SHOWN = 40
"""Characters of a gold that a message shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """What one checker made of the golds and of its canaries."""

    checker: str
    strict: bool
    golds: int
    """How many there are, one a problem; at least 1."""
    failed: int
    """How many are not right when they are stated and judged against themselves."""
    examples: tuple[tuple[str, str], ...] = ()
    """(problem id, gold) of the first distinct golds that failed, 3 at most."""
    same: tuple[tuple[str, str], ...] = ()
    """Canaries (answer, gold) that the checker calls right, and must not."""

    @property
    def ceiling(self) -> float:
        """The share of problems, in [0, 1], that the rule can score right at all."""
        return (self.golds - self.failed) / self.golds

    def to_row(self) -> dict[str, Any]:
        """What a summary keeps: the ceiling, and the golds that lower it."""
        return {
            "ceiling": self.ceiling,
            "golds_not_read": self.failed,
            "golds_not_read_examples": [gold for _, gold in self.examples],
        }


def self_test(problems: Sequence[Problem], checkers: Iterable[Checker]) -> list[SelfTest]:
    """One result a checker, in order. Never raises for what a checker does."""
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.gold, problem)
    return [_tested(checker, problems, first) for checker in checkers]


def require_passed(results: Iterable[SelfTest], benchmark: str) -> None:
    """Raises DataError, naming pairs or problems, where a result makes scores worthless."""
    for each in results:
        if each.same:
            pairs = ", ".join(f"{_short(a)} for {_short(b)}" for a, b in each.same[:EXAMPLES])
            raise DataError(
                f"the checker {each.checker} failed its self-test: it accepts, and must not, "
                f"{pairs}; fix it, or choose another --checker"
            )
        if each.strict and each.failed:
            named = ", ".join(f"{name} ({_short(gold)})" for name, gold in each.examples)
            raise DataError(
                f"the checker {each.checker} failed its self-test: {each.failed:,} of "
                f"{each.golds:,} golds of {benchmark} are not equal to themselves: {named}; mend "
                "the golds, or choose another --checker"
            )


def _tested(checker: Checker, problems: Sequence[Problem], first: dict[str, Problem]) -> SelfTest:
    reader = checker if checker.state is not str else replace(checker, extract=_whole)
    golds = list(first)
    rights = _rights(reader, [(gold, gold) for gold in golds])
    failed = {gold for gold, right in zip(golds, rights, strict=True) if not right}
    both = [pair for a, b in checker.canaries for pair in ((a, b), (b, a))]
    return SelfTest(
        checker=checker.name,
        strict=checker.strict,
        golds=len(problems),
        failed=sum(problem.gold in failed for problem in problems),
        examples=tuple((first[gold].id, gold) for gold in golds if gold in failed)[:EXAMPLES],
        same=tuple(pair for pair, right in zip(both, _rights(reader, both), strict=True) if right),
    )


def _rights(checker: Checker, pairs: Sequence[tuple[str, str]]) -> list[bool]:
    """Whether each answer, stated in the checker's form, is right for its gold."""
    stated = ((_stated(checker.state, answer), gold) for answer, gold in pairs)
    return [verdict.outcome == "right" for verdict in judge_pairs(stated, [checker])]


def _stated(state: Callable[[str], str], answer: str) -> Generation:
    try:
        return Generation(problem_id="", text=state(answer), finish="stop")
    except Exception as error:  # noqa: BLE001 - a checker is third-party code
        note = f"the checker's state raised {type(error).__name__}"
        return Generation(problem_id="", finish="error", error=note)


def _whole(text: str) -> Extraction:
    """For a checker without `state`: only `compare` is tested."""
    return Extraction(value=text, span=(0, len(text)), rule="the gold itself")


def _short(text: str) -> str:
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}...")
