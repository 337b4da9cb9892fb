"""Generations -> training rows: an answer is kept only if it checks out. Pure.

Every generation is either kept or dropped for one named reason, so that the counts add
up to what was asked. What is undecided is dropped too: a training row must be right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mmeval.answers.checker import Checker
from mmeval.answers.thoughts import told
from mmeval.augmenting.masks.mask import Style, clean_answer
from mmeval.judging.judge import judge
from mmeval.problems.backward_words import ASKED
from mmeval.records import Finish, Generation, Outcome, Problem
from mmeval.training_data.rows import TrainingRow, row_id

FAILED = "the engine gave an error"
EMPTY = "empty"
CUT_OFF = "ran out of tokens"
FILTERED = "ended by a filter"
ENDED: Mapping[Finish, str] = {"length": CUT_OFF, "filter": FILTERED}
BARE = "no reasoning beside the answer"
DUPLICATE = "a duplicate"
REASONS: Mapping[Outcome, str] = {
    "wrong": "another answer",
    "no_answer": "no answer found",
    "undecided": "could not be decided",
    "failed": "the checker failed",
}
_VALUE = re.compile(
    r"\bvalue of (?:the )?(?:unknown )?(?:variable )?\$?[xX]\$? is:?[ ]*(?P<value>[^\n]*)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:^|(?<=\s))(?:(?:so|thus|therefore|hence),? )?the (?:final )?answer is\b[^\n]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRow:
    """One training row in MetaMathQA's format."""

    type: str
    """`GSM_AnsAug`, `MATH_FOBAR`, ..."""
    query: str
    original_question: str
    response: str

    def to_row(self) -> dict[str, str]:
        """As JSON, fields in MetaMathQA's names."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def training_row(self) -> TrainingRow:
        """As it is read again from its file."""
        return TrainingRow(id=row_id(self.query, self.response), **self.to_row())


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A right answer, with its problem."""

    problem: Problem
    generation: Generation
    reasoning: str
    """Without the closing sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieved:
    """What was kept, and what was dropped and why."""

    kept: tuple[Answered, ...]
    dropped: Counter[str]
    """Reason -> how many. Kept and dropped together are all the generations."""


def in_order(problems: Sequence[Problem], generations: Iterable[Generation]) -> list[Generation]:
    """By problem and sample; a run stores them in the order they finished."""
    place = {problem.id: i for i, problem in enumerate(problems)}
    mine = [each for each in generations if each.problem_id in place]
    return sorted(mine, key=lambda each: (place[each.problem_id], each.sample))


def sieve(
    problems: Sequence[Problem], generations: Iterable[Generation], checker: Checker
) -> Sieved:
    """The answers that the checker calls right, complete and each different from the others."""
    by_id = {problem.id: problem for problem in problems}
    answers = [told(each, False) for each in in_order(problems, generations)]
    golds = {problem.id: clean_answer(problem.gold) for problem in problems}
    backward = {problem.id for problem in problems if ASKED.search(problem.question)}
    read = (_stated(each) if each.problem_id in backward else each for each in answers)
    verdicts = judge(read, golds, [checker])
    kept: list[Answered] = []
    dropped: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for generation, verdict in zip(answers, verdicts, strict=True):
        answered = Answered(
            problem=by_id[generation.problem_id],
            generation=generation,
            reasoning=reasoning(generation.answer),
        )
        key = (answered.problem.question, " ".join(answered.reasoning.split()))
        reason = _reason(answered, verdict.outcome) or (DUPLICATE if key in seen else None)
        if reason is None:
            seen.add(key)
            kept.append(answered)
        else:
            dropped[reason] += 1
    return Sieved(kept=tuple(kept), dropped=dropped)


def _reason(answered: Answered, outcome: Outcome) -> str | None:
    """Why an answer is dropped; None where it is not."""
    if answered.generation.finish == "error":
        return FAILED
    if answered.generation.unfinished:
        return CUT_OFF
    if not answered.generation.answer.strip():
        return EMPTY
    if answered.generation.finish in ENDED:
        return ENDED[answered.generation.finish]
    if outcome != "right":
        return REASONS[outcome]
    return None if answered.reasoning else BARE


def _stated(generation: Generation) -> Generation:
    """The answer to a backward question as the checker reads it: the sentence with the value
    of x, if there is one; a later number may be a check. In an answer to a forward question
    the same sentence is a step, and is not read like this."""
    values = [match["value"] for match in _VALUE.finditer(generation.answer)]
    if not values:
        return generation
    value = values[-1].strip().removesuffix(".").strip()
    stated = f"The answer is: {value}"
    return replace(generation, text=stated, thought=None, thought_span=None, answer_at=0)


def reasoning(text: str) -> str:
    """The worked answer without its closing lines: `#### 5`, `The answer is 5.`"""
    text = text.strip()
    while text:
        head, _, last = text.rpartition("\n")
        if last.lstrip().startswith("####"):
            text = head.rstrip()
            continue
        closing = _CLOSING.search(last)
        if closing is None:
            return text
        text = (f"{head}\n" if head else "") + last[: closing.start()]
        text = text.rstrip()
    return text


def closed(body: str, gold: str, style: Style) -> str:
    """The response as MetaMathQA's rows end: `#### 5` in the word problems alone, then
    `The answer is: 5`. Commas in a number are removed: the paper's own rule reads none."""
    answer = clean_answer(gold)
    marker = f"#### {answer}\n" if style == "GSM" else ""
    return f"{body}\n{marker}The answer is: {answer}"


def rows_of(kept: Iterable[Answered], kind: str, style: Style) -> Iterator[MadeRow]:
    """The rows of one augmentation; `kind` is `AnsAug`, `Rephrased`, `FOBAR`, `SV`, `RFT`.

    A problem's `meta` may name the `original_question`; else it is the question itself.
    """
    for each in kept:
        yield MadeRow(
            type=f"{style}_{kind}",
            query=each.problem.question,
            original_question=str(
                each.problem.meta.get("original_question", each.problem.question)
            ),
            response=closed(each.reasoning, each.problem.gold, style),
        )
