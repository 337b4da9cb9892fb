"""A judged run -> what its problem browser lists (the index) and shows (the rows).

The index is small and is loaded with the page; the rows hold the texts and are loaded in
shards, when a problem is opened or a search asks for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmeval.errors import DataError
from mmeval.problems.fields import level_of
from mmeval.records import Generation, Problem
from mmeval.results.judged import JudgedRun
from mmeval.results.site.asking import Asking, asking
from mmeval.results.verdict_rows import VerdictRow
from mmeval.run_folder import is_empty

ANSWER_CHARACTERS = 1_000_000
"""What is kept of one answer; more is said to be cut, and stands in the run folder."""
PROBLEM_CHARACTERS = 4_000_000
"""What is kept of all answers to one problem, so that no shard is larger than 40 MB."""
TITLE = 140
"""Characters of a question in the list."""
BRIEF = 80
"""Characters of an answer in the list; and, without texts, of an answer anywhere."""
PARTS = ("subject", "level", "style")
"""What problems are filtered by, where their benchmark knows it."""


class ShownVerdict(VerdictRow, frozen=True, gc=False):
    """Of a stored verdict, what the pages show."""

    span: Any = None
    """As the file has it: whether it is a place in the text is looked at where it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRows:
    """One run, ready to be written down."""

    run: JudgedRun
    slug: str
    text: bool
    """Whether questions, prompts, solutions and answers may be shown."""
    asking: Asking
    problems: tuple[Problem, ...]
    generations: Mapping[str, Sequence[Generation]]
    """Problem id -> its answers by sample."""
    verdicts: Mapping[str, Mapping[tuple[str, int], ShownVerdict]]
    """Checker -> (problem id, sample) -> its verdict."""

    def rows(self) -> Iterator[dict[str, Any]]:
        """One problem after the other with all its answers, as the shards hold them."""
        for problem in self.problems:
            room = PROBLEM_CHARACTERS
            answers = []
            for generation in self.generations.get(problem.id, ()):
                most = min(ANSWER_CHARACTERS, room)
                room -= min(len(generation.answer) + len(generation.thought or ""), most)
                answers.append(self._answer(generation, most))
            row: dict[str, Any] = {"id": problem.id, "gold": self._said(problem.gold)}
            if self.text:
                solution = problem.meta.get("solution")
                row["question"] = problem.question[:ANSWER_CHARACTERS]
                row["solution"] = str(solution)[:ANSWER_CHARACTERS] if solution else None
            yield row | {"answers": answers}

    def _answer(self, generation: Generation, most: int) -> dict[str, Any]:
        answer, thought = generation.answer, generation.thought
        begin = generation.answer_at
        if begin:  # blank lines behind a thought
            answer = answer.lstrip()
            begin += len(generation.answer) - len(answer)
        text = answer[:most]
        row: dict[str, Any] = {
            "sample": generation.sample,
            "finish": generation.finish,
            "tokens": generation.tokens,
            "characters": len(answer),
            "verdicts": [
                self._verdict(found.get(generation.key), text, begin)
                for found in self.verdicts.values()
            ],
        }
        if generation.thought_state in ("closed", "open"):
            row["thought_state"] = generation.thought_state
            row["thought_tokens"] = generation.thought_tokens
        if thought is not None:
            row["thought_characters"] = len(thought)
        if generation.finish_reason is not None:
            row["finish_reason"] = generation.finish_reason
        if generation.same_as is not None:
            row["same_as"] = generation.same_as
        if self.text:
            row |= {"text": text, "error": generation.error}
            if thought is not None:
                row["thought"] = thought[: most - len(text)]
            if generation.stop_string is not None:
                row["stop_string"] = generation.stop_string
        return row

    def _verdict(
        self, verdict: ShownVerdict | None, text: str, answer_at: int
    ) -> dict[str, Any] | None:
        """A verdict as the pages read it; None for an answer that was not judged. `text` is the
        answer, which begins at `answer_at` of the whole text, to which spans refer."""
        if verdict is None:
            return None
        names = ("outcome", "extract_rule", "compare_rule", "note")
        row = {name: getattr(verdict, name) for name in names}
        span = _utf16(verdict.span, text, answer_at) if self.text else None
        return row | {"extracted": self._said(verdict.extracted), "span": span}

    def _said(self, answer: str | None) -> str | None:
        """An answer as it may be shown: whole, or where texts may not be, its beginning."""
        return answer if self.text else brief(answer)

    def index(self) -> list[dict[str, Any]]:
        """One entry a problem, for the list and its filters."""
        return [self._entry(problem) for problem in self.problems]

    def _entry(self, problem: Problem) -> dict[str, Any]:
        facts = {name: problem.meta.get(name) for name in (*PARTS, "twin")}
        facts["level"] = level_of(facts["level"])
        known = {name: str(value) for name, value in facts.items() if value is not None}
        title = {"title": brief(" ".join(problem.question[:400].split()), TITLE)}
        answers = [self._brief(each) for each in self.generations.get(problem.id, ())]
        head: dict[str, Any] = {"id": problem.id, "gold": brief(problem.gold)}
        return head | known | (title if self.text else {}) | {"answers": answers}

    def _brief(self, generation: Generation) -> dict[str, Any]:
        found = [each.get(generation.key) for each in self.verdicts.values()]
        row: dict[str, Any] = {
            "outcomes": [each.outcome if each else None for each in found],
            "extracted": [brief(each.extracted) if each else None for each in found],
        }
        flags = [
            name
            for name, holds in (
                ("truncated", generation.finish == "length"),
                ("stopped", generation.stop_string is not None),
                ("empty", is_empty(generation)),
                ("unfinished", generation.unfinished),
            )
            if holds
        ]
        return row | ({"flags": flags} if flags else {})


def load_rows_of(run: JudgedRun, slug: str, text: bool) -> RunRows:
    """A run's problems, answers and verdicts. Raises DataError for files that were edited."""
    try:
        problems = tuple(run.run.problems())
        generations: dict[str, list[Generation]] = defaultdict(list)
        for generation in run.run.generations():
            generations[generation.problem_id].append(generation)
        for answers in generations.values():
            answers.sort(key=lambda each: each.sample)
        verdicts = {
            checker: {
                (row.problem_id, row.sample): row for row in run.verdict_rows(checker, ShownVerdict)
            }
            for checker in run.checkers
        }
    except (TypeError, AttributeError, KeyError) as error:
        raise DataError(
            f"{run.path} has a field that is of another type or missing ({error!r}): it was edited"
        ) from None
    return RunRows(
        run=run,
        slug=slug,
        text=text,
        asking=asking(run, problems) if text else Asking(known=False, why="Left out."),
        problems=problems,
        generations=generations,
        verdicts=verdicts,
    )


def brief(text: str | None, most: int = BRIEF) -> str | None:
    """The beginning of a text, with an ellipsis where more follows."""
    return text if text is None or len(text) <= most else text[:most] + "\u2026"


def _utf16(span: Any, text: str, before: int = 0) -> list[int] | None:
    """A span in characters as one in UTF-16 units, which is how browsers count, of a text that
    is the part of a whole behind its first characters; None where there is none, or where it
    is no place in the text."""
    if not isinstance(span, list) or len(span) != 2:
        return None
    if not all(isinstance(each, int) for each in span):
        return None
    start, end = span[0] - before, span[1] - before
    if not 0 <= start <= end <= len(text):
        return None
    if text.isascii():
        return [start, end]
    begin = _units(text[:start])
    return [begin, begin + _units(text[start:end])]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
