"""mmeval/1: our own checker. Rules, conventions and limits: docs/checkers.md."""

from __future__ import annotations

from collections.abc import Sequence

from mmeval.answers.batch import compare_pairs
from mmeval.answers.compare import Result
from mmeval.answers.extract import extract
from mmeval.answers.normalise import tidy
from mmeval.answers.syntax import MAX_CHARS
from mmeval.declare import Checker, Comparison
from mmeval.records import Outcome

_OUTCOMES: dict[str, Outcome] = {"equal": "right", "different": "wrong", "undecided": "undecided"}


def compare(answer: str, gold: str) -> Comparison:
    """The answer against the gold under the default conventions."""
    return compare_many([(answer, gold)])[0]


def compare_many(pairs: Sequence[tuple[str, str]]) -> list[Comparison]:
    """All pairs: here what is cheap, in the worker processes what is left open."""
    results = compare_pairs(pairs)
    return [_verdict(pair[0], each) for pair, each in zip(pairs, results, strict=True)]


def _verdict(answer: str, result: Result) -> Comparison:
    if not tidy(answer[:MAX_CHARS]) and result.outcome != "equal":
        return Comparison(outcome="no_answer", rule="empty", note="nothing but wrappers")
    if result.reason == "failed":
        return Comparison(outcome="failed", rule=result.rule, note="a mistake of the checker")
    return Comparison(outcome=_OUTCOMES[result.outcome], rule=result.rule, note=result.reason)


def state(gold: str) -> str:
    """A sentence that gives the gold, for the self-test."""
    return f"The answer is: {gold}"


CHECKER = Checker(
    name="mmeval/1",
    title="strict on value, lenient on notation; exact, bounded, says when it cannot tell",
    source="docs/checkers.md",
    extract=extract,
    compare=compare,
    compare_many=compare_many,
    state=state,
)
