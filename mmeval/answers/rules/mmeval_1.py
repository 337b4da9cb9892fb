"""mmeval/1: our own checker. Rules, conventions and limits: docs/checkers.md."""

from __future__ import annotations

from collections.abc import Sequence

from mmeval.answers.compare import Result
from mmeval.answers.compare import compare as compare_answers
from mmeval.answers.extract import extract
from mmeval.answers.normalise import unwrap
from mmeval.answers.pool import shared_pool
from mmeval.declare import Checker, Comparison

_OUTCOMES = {"equal": "right", "different": "wrong", "undecided": "undecided"}


def compare(answer: str, gold: str) -> Comparison:
    """The answer against the gold under the default conventions."""
    return compare_many([(answer, gold)])[0]


def compare_many(pairs: Sequence[tuple[str, str]]) -> list[Comparison]:
    """All pairs: here what is cheap, in the worker processes what is left open."""
    results = [compare_answers(*pair) for pair in pairs]
    open_ones = [at for at, each in enumerate(results) if each.reason == "unproved"]
    if open_ones:
        settled = shared_pool().compare_many([pairs[at] for at in open_ones])
        for at, each in zip(open_ones, settled, strict=True):
            results[at] = each
    return [_verdict(pair[0], each) for pair, each in zip(pairs, results, strict=True)]


def _verdict(answer: str, result: Result) -> Comparison:
    if not unwrap(answer).strip() and result.outcome != "equal":
        return Comparison(outcome="no_answer", rule="empty", note="nothing but wrappers")
    outcome = _OUTCOMES[result.outcome]
    return Comparison(outcome=outcome, rule=result.rule, note=result.reason)  # type: ignore[arg-type]


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
