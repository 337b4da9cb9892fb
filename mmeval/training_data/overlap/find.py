"""Training rows that hold problems of a test set: contamination, found by text alone.

A row overlaps a problem when it *is* it, was made from it by its own `original_question`,
hides one of its numbers (a backward question states the test problem's answer), or holds
most of its words in order. No model is needed; rewordings that no rule here sees are found
by their embeddings (`mmeval diversity --against`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from mmeval.records import Problem
from mmeval.text import normalised
from mmeval.training_data.overlap.unmask import unmask
from mmeval.training_data.rows import TrainingRow

OverlapKind = Literal["backward", "question", "original_question", "ngram", "embedding"]
KINDS: tuple[OverlapKind, ...] = get_args(OverlapKind)
"""The most serious first: a row is counted once for each problem, under the first that holds."""
_WORDS = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[-+*/=^<>]")
_DRAWING = re.compile(r"\[asy\].*?(?:\[/asy\]|\Z)", re.DOTALL | re.IGNORECASE)
"""Drawings of MATH problems: two of any subject share most of the code around them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapRule:
    """When two texts share too many words."""

    n: int = 8
    """Words of an n-gram, at least 1."""
    share: float = 0.5
    """In (0, 1]: the part of a problem's distinct n-grams from which a row holds it."""
    backward_share: float = 0.3
    """The same for a backward question, whose wording shows that it was made from another,
    and of which SV has rewritten the end."""

    def __post_init__(self) -> None:
        if self.n < 1 or not (0 < self.share <= 1 and 0 < self.backward_share <= 1):
            raise ValueError(f"needs n >= 1 and shares in (0, 1], got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """One training row that holds one test problem."""

    row_id: str
    problem_id: str
    kind: OverlapKind
    evidence: tuple[str, ...]
    """Every rule that found it: `question`, `original_question`, `ngram`, `embedding`."""
    share: float
    """Of the problem's distinct n-grams, those in the row, in [0, 1]; 0 for a problem
    that is shorter than one."""
    gives_answer: bool | None
    """Whether the row's text holds the problem's gold answer, word for word; None where
    only the embeddings were looked at."""
    distance: float | None = None
    """Squared distance of the embeddings; None where they were not asked."""


def find_overlap(
    rows: Iterable[TrainingRow], problems: Sequence[Problem], rule: OverlapRule | None = None
) -> Iterator[Overlap]:
    """The overlaps of each row in turn, a row's own in the order of the problems.

    Reads the rows once and keeps none. Raises ValueError when there are no problems: a
    check against nothing would call everything clean.
    """
    index = OverlapIndex(problems, rule or OverlapRule())
    for row in rows:
        yield from index.overlaps(row)


class OverlapIndex:
    """The problems of test sets, indexed to be found in rows."""

    def __init__(self, problems: Sequence[Problem], rule: OverlapRule) -> None:
        if not problems:
            raise ValueError("there are no test problems to check against")
        self.problems = problems
        self.rule = rule
        self._whole: dict[str, list[int]] = {}
        self._word_for_word: dict[tuple[str, ...], list[int]] = {}
        self._grams: dict[tuple[str, ...], list[int]] = {}
        self._sizes: list[int] = []
        for place, problem in enumerate(problems):
            question = words(problem.question)
            self._whole.setdefault(_folded(problem.question), []).append(place)
            self._word_for_word.setdefault(tuple(question), []).append(place)
            grams = _grams(question, rule.n)
            self._sizes.append(len(grams))
            for gram in grams:
                self._grams.setdefault(gram, []).append(place)

    @property
    def too_short(self) -> int:
        """Problems of fewer than n words, which only the other rules can find."""
        return self._sizes.count(0)

    def overlaps(self, row: TrainingRow) -> Iterator[Overlap]:
        """The problems that the row holds, in their order."""
        backward = unmask(row.query, row.response)
        query = backward.question if backward else row.query
        evidence_of: dict[int, list[str]] = {}
        for place in self._whole.get(_folded(row.query), ()):
            evidence_of.setdefault(place, []).append("question")
        for place in self._word_for_word.get(tuple(words(query)), ()) if backward else ():
            evidence_of.setdefault(place, []).append("question")
        for place in self._whole.get(_folded(row.original_question or ""), ()):
            evidence_of.setdefault(place, []).append("original_question")
        shares = self._shares(query, row.original_question or "", row.response)
        enough = self.rule.backward_share if backward else self.rule.share
        for place, share in shares.items():
            if share >= enough:
                evidence_of.setdefault(place, []).append("ngram")
        for place, evidence in sorted(evidence_of.items()):
            yield Overlap(
                row_id=row.id,
                problem_id=self.problems[place].id,
                kind="backward" if backward else next(kind for kind in KINDS if kind in evidence),
                evidence=tuple(evidence),
                share=shares.get(place, 0.0),
                gives_answer=gives_answer(row, self.problems[place]),
            )

    def _shares(self, *texts: str) -> dict[int, float]:
        """Problem -> the part of its n-grams that the texts hold, where it is not 0."""
        grams = set().union(*(_grams(words(text), self.rule.n) for text in texts if text))
        hits = Counter(
            place for gram in grams if gram in self._grams for place in self._grams[gram]
        )
        return {place: count / self._sizes[place] for place, count in hits.items()}


def words(text: str) -> list[str]:
    """The words, numbers and operators of a text, without case, punctuation, commas in
    numbers and Asymptote drawings: what an n-gram is made of."""
    folded = normalised(_DRAWING.sub(" ", text)).casefold()
    return [each.replace(",", "") if each[0].isdigit() else each for each in _WORDS.findall(folded)]


def gives_answer(row: TrainingRow, problem: Problem) -> bool:
    """Whether the gold answer appears in the row's question or response, as whole words."""
    gold = words(problem.gold)
    if not gold:
        return False
    for text in (row.query, row.response):
        text_words = words(text)
        if tuple(gold) in _grams(text_words, len(gold)):
            return True
    return False


def _folded(text: str) -> str:
    return normalised(text).casefold()


def _grams(text_words: Sequence[str], n: int) -> set[tuple[str, ...]]:
    return set(zip(*(text_words[start:] for start in range(n)), strict=False))
