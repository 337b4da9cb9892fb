"""mmeval/1: our own checker. Rules, conventions and limits: docs/checkers.md."""

from __future__ import annotations

from collections.abc import Sequence

from mmeval.answers.checker import Checker, Comparison
from mmeval.answers.comparison.many import compare_pairs
from mmeval.answers.comparison.match import Result
from mmeval.answers.extraction.extract import extract
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.tree import MAX_CHARS
from mmeval.records import Outcome

CANARIES = (
    ("1", "2"),
    ("5", "25"),
    ("18", "-18"),
    ("20", "2000"),
    ("100001", "100002"),
    ("0.33", r"\frac{1}{3}"),
    (r"\frac{1}{23}", r"\frac{12}{3}"),
    (r"\sqrt{2}", r"\sqrt{3}"),
    ("(1,2)", "(1,3)"),
    ("(1,2)", "(2,1)"),
    ("[0,1]", "(0,1)"),
    ("1,-2", "1,-3"),
    ("1,2", "12"),
    ("2^{2005}", "3^{2007}"),
    ("204_5", "204"),
    ("4210_5", "4210_7"),
    ("x+1", "x-1"),
    ("x = 4", "y = 4"),
    (r"\text{(A)}", r"\text{(B)}"),
    (r"\text{odd}", r"\text{even}"),
)
"""Different answers, most of them one to some grader in use. All are told apart without
a worker process."""
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
    revision=2,
    title="strict on value, lenient on notation; exact, bounded, says when it cannot tell",
    source="docs/checkers.md",
    extract=extract,
    compare=compare,
    compare_many=compare_many,
    state=state,
    strict=True,
    canaries=CANARIES,
)
