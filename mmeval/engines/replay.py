"""The `replay` engine: answers generated elsewhere, from a JSONL file.

Its rows find their problems by the question they hold, in whichever field that is, or
by their order in the file. What finds no problem, and which problem finds no answer, is
counted and named: a replay that silently drops rows reports the wrong accuracy.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval.answers.thoughts import OpensThought, prompts_open, state_beside, told
from mmeval.engines.endings import CUT, FILTERED, STOPPED, failed, finish_of
from mmeval.engines.engine import EngineInfo, EngineOptions
from mmeval.engines.models.find import Model
from mmeval.environment import own_version
from mmeval.errors import ConfigError, DataError
from mmeval.jsonl import field_at, read_rows
from mmeval.problems.question_index import Questions
from mmeval.records import (
    Finish,
    Generation,
    Problem,
    Prompt,
    Request,
    Sampling,
)

SAMPLE = 64
"""Rows, spread over the file, from which the field that holds the question is found."""
Rows = Sequence[tuple[int, Mapping[str, Any]]]
"""(line number from 1, object), as `read_rows` yields them."""


def open(model: Model, options: EngineOptions) -> ReplayEngine:
    """Raises ConfigError that names the options of a replay, which needs the problems too: see
    `open_replay`."""
    raise ConfigError(
        f"the replay engine has nothing to replay for {model.name!r}; it needs --responses "
        "FILE.jsonl and --text FIELD, the field that holds the model's answer"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySpec:
    """Which file is replayed and how its rows are read. A field may be a path, `output.0`."""

    responses: Path
    text: str
    """The field with the answer: a string, or a list of strings, which are samples."""
    question: str | None = None
    """The field with the question, alone or inside a prompt; None: it is looked for."""
    finish: str | None = None
    """The field with the finish reason; None: every answer counts as finished."""
    thought: str | None = None
    """The field with the thought, where it is apart from the text; None: it is in the text."""
    opens_thought: OpensThought = "auto"
    """Whether every text begins in a thought that the prompt opened; `auto`: as they tell."""
    by_order: bool = False
    """Whether row i answers problem i, whatever it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A row of the file that answers no problem."""

    line: int
    """Counts from 1."""
    question: str
    """How its question begins, at most 80 characters; empty when it has none."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.question or 'no question in it'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Which answer belongs to which problem."""

    generations: Mapping[tuple[str, int], Generation]
    """By (problem id, sample)."""
    question_field: str | None
    """Where the questions were found; None when matched by order."""
    unmatched_rows: tuple[Unmatched, ...]
    unanswered_problems: tuple[str, ...]
    """The ids of the problems without an answer, in their order."""
    opened: bool
    """Whether the texts were read as beginning in a thought."""
    copied_questions: int
    """Questions that several problems have, whose rows were dealt out in the file's order; 0
    where rows were matched by order."""

    @property
    def samples(self) -> int:
        """The most answers that a problem has."""
        return max((sample + 1 for _, sample in self.generations), default=0)


def open_replay(
    problems: Sequence[Problem], spec: ReplaySpec, among: Sequence[Problem] = ()
) -> ReplayEngine:
    """The engine that gives the file's answers to these problems; `among` as for `match`.

    Raises DataError as `match` does, and for lines that are not JSON; MissingData when
    there is no such file.
    """
    matched = match(problems, list(read_rows(spec.responses)), spec, among)
    return ReplayEngine(matched, spec)


def match(
    problems: Sequence[Problem], rows: Rows, spec: ReplaySpec, among: Sequence[Problem] = ()
) -> Matched:
    """Gives each row to its problem; several rows of one problem are its samples, in order.

    `among`: all problems that the file may have rows for, where `problems` are a part of
    them; the rows of a copy of a question that is not asked are then not its other copy's.
    Raises DataError when a row lacks the text field or holds no text in it, when no row
    matches at all, and, by order, when there are not as many rows as problems.
    """
    if not rows:
        raise DataError(f"{spec.responses}: no rows in it, so there is nothing to replay")
    if spec.by_order:
        if len(rows) != len(problems):
            raise DataError(
                f"{spec.responses}: {len(rows)} rows for {len(problems)} problems; by order there "
                "must be one row a problem, or every row after the gap answers its neighbour's "
                "question"
            )
        field, places = None, list[int | None](range(len(rows)))
        copied = 0
    else:
        known = among or problems
        asked = {problem.id: place for place, problem in enumerate(problems)}
        questions = Questions([problem.question for problem in known])
        field = spec.question or _question_field(questions, rows, spec)
        texts = (_text_at(row, field) for _, row in rows)
        dealt = _dealt([() if text is None else questions.find(text) for text in texts])
        places = [None if each is None else asked.get(known[each].id) for each in dealt]
        copied = len(questions.copies)
    _require_told(rows, spec)
    generations: dict[tuple[str, int], Generation] = {}
    unmatched: list[Unmatched] = []
    seen: Counter[str] = Counter()
    for (line, row), place in zip(rows, places, strict=True):
        if place is None:
            question = (_text_at(row, field) if field else None) or ""
            unmatched.append(Unmatched(line=line, question=" ".join(question.split())[:80]))
            continue
        name = problems[place].id
        for generation in _answers(name, seen[name], row, f"{spec.responses}, line {line}", spec):
            generations[generation.key] = generation
            seen[name] += 1
    opened = spec.opens_thought == "yes"
    if spec.opens_thought == "auto":
        opened = prompts_open(
            each.text
            for each in generations.values()
            if each.finish != "error" and each.thought is None
        )
    return Matched(
        generations={key: told(each, opened) for key, each in generations.items()},
        opened=opened,
        question_field=field,
        unmatched_rows=tuple(unmatched),
        unanswered_problems=tuple(each.id for each in problems if not seen[each.id]),
        copied_questions=copied,
    )


def _dealt(found: Sequence[Sequence[int]]) -> list[int | None]:
    """The problem of each row. A question that stands several times has the rows of its copies
    in their order: one each, and again from the first; but where the file has all samples
    of a problem one behind the other, as many behind each other for every copy."""
    rows: dict[tuple[int, ...], list[int]] = {}
    for row, places in enumerate(found):
        rows.setdefault(tuple(places), []).append(row)
    together = any(
        len(places) == 1 and each[-1] - each[0] + 1 == len(each) > 1
        for places, each in rows.items()
    )
    dealt: list[int | None] = [None] * len(found)
    for places, each in rows.items():
        for count, row in enumerate(each):
            if places:
                turn = count * len(places) // len(each) if together else count % len(places)
                dealt[row] = places[turn]
    return dealt


def _question_field(questions: Questions, rows: Rows, spec: ReplaySpec) -> str:
    """The field whose strings are, or contain, known questions in the most sampled rows.

    One field for the whole file: a row whose question is unknown must not be matched by
    some other question that another of its fields quotes.
    """
    sample = [row for _, row in rows[:: max(1, len(rows) // SAMPLE)]]
    hits: Counter[str] = Counter()
    for row in sample:
        for path, text in _strings(row, spec.text):
            hits[path] += bool(questions.find(text))
    best = max(hits, key=lambda path: hits[path], default=None)  # ties: the first in the row
    if best is None or not hits[best]:
        raise DataError(
            f"{spec.responses}: no field of {len(sample)} sampled rows holds a question of this "
            f"benchmark; fields: {', '.join(sample[0])}; is it another benchmark or split? Rows "
            "without questions can be matched --by-order"
        )
    return best


def _strings(row: Mapping[str, Any], text_path: str) -> Iterator[tuple[str, str]]:
    """(path, value) of the strings of a row, two levels down, the model's own text left out."""
    answer_key = text_path if text_path in row else text_path.partition(".")[0]
    for key, value in row.items():
        if key == answer_key:
            continue
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, list) and value and isinstance(value[-1], dict):
            turns = ((f"{key}.-1.{name}", each) for name, each in value[-1].items())
            yield from ((path, each) for path, each in turns if isinstance(each, str))
        elif isinstance(value, dict):
            inner = ((f"{key}.{name}", each) for name, each in value.items())
            yield from ((path, each) for path, each in inner if isinstance(each, str))


def _text_at(row: Mapping[str, Any], field: str) -> str | None:
    try:
        value = field_at(row, field)
    except DataError:
        return None  # the row is counted and named as one without a question
    return value if isinstance(value, str) else None


def _answers(
    problem_id: str, first: int, row: Mapping[str, Any], where: str, spec: ReplaySpec
) -> Iterable[Generation]:
    """The generations of one row, numbered from `first`."""
    try:
        value = field_at(row, spec.text)
        word = field_at(row, spec.finish) if spec.finish else "stop"
        thoughts = _listed(_thought_at(row, spec))
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    finish = finish_of(word)
    values = _listed(value)
    thoughts += [None] * (len(values) - len(thoughts))
    for place, (text, thought) in enumerate(zip(values, thoughts, strict=False)):
        sample = first + place
        if text is not None and not isinstance(text, str):
            raise DataError(
                f"{where}: {spec.text!r} must hold text, or a list of texts, found "
                f"{type(text).__name__}; --text takes a path such as output.0"
            )
        if thought is not None and not isinstance(thought, str):
            raise DataError(
                f"{where}: {spec.thought!r} must hold text, or a list of texts, found "
                f"{type(thought).__name__}"
            )
        # no output in their run: judging "" would be a guess
        empty = text is None and not thought
        yield Generation(
            problem_id=problem_id,
            sample=sample,
            text="" if text is None or finish == "error" else text,
            finish="error" if empty else finish,
            finish_reason=_own_word(word, finish),
            thought=thought or None,
            thought_state=state_beside(text, thought),
            error=f"{spec.text} is null" if empty else "error" if finish == "error" else None,
        )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _own_word(word: object, finish: Finish) -> str | None:
    return str(word)[:200] if finish in ("filter", "unknown") and word is not None else None


def _thought_at(row: Mapping[str, Any], spec: ReplaySpec) -> Any:
    """What a row has as its thought; None where the row lacks the field, for not all think."""
    try:
        return field_at(row, spec.thought) if spec.thought else None
    except DataError:
        return None


def _require_told(rows: Rows, spec: ReplaySpec) -> None:
    """Raises DataError for a field of thoughts that no row has, and for one of finish reasons in
    which no word is one."""
    first = f"{spec.responses}, line {rows[0][0]}"
    if spec.thought and all(_thought_at(row, spec) is None for _, row in rows):
        fields = ", ".join(rows[0][1])
        raise DataError(f"{first}: no row has a thought in {spec.thought!r}; fields: {fields}")
    if spec.finish is None:
        return
    try:
        words = [word for _, row in rows if (word := field_at(row, spec.finish)) is not None]
    except DataError:
        return  # told with its line where that row is read
    if words and all(finish_of(word) == "unknown" for word in words):
        known = ", ".join(sorted(STOPPED | CUT | FILTERED))
        raise DataError(
            f"{first}: the finish reason {words[0]!r:.60} is not known, and no row has one that "
            f"is: {known}, error"
        )


class ReplayEngine:
    """The answers of a file, given out as if a model had just generated them."""

    def __init__(self, matched: Matched, spec: ReplaySpec) -> None:
        self.matched = matched
        self._file = spec.responses.name
        self.info = EngineInfo(
            name="replay",
            version=own_version(),
            dtype="unknown",
            mode="replay",
            device="none",
            template_by="nobody",
            settings={
                "responses": self._file,
                "responses_sha256": hashlib.sha256(spec.responses.read_bytes()).hexdigest(),
                "text": spec.text,
                "question": matched.question_field,
                "finish": spec.finish,
                "thought": spec.thought,
                "prompt_opened_thought": matched.opened,
                "by_order": spec.by_order,
                "unmatched_rows": len(matched.unmatched_rows),
                "unanswered_problems": len(matched.unanswered_problems),
            },
            bound=("responses_sha256", "text", "question", "finish", "thought", "by_order"),
        )

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[Generation]:
        """The stored answer of each request, in order; `sampling` is what was used elsewhere."""
        for request in requests:
            which = "response" if request.sample == 0 else f"response {request.sample}"
            yield self.matched.generations.get(request.key) or failed(
                request, f"no {which} for this problem in {self._file}"
            )

    def units(self, requests: Sequence[Request]) -> list[Sequence[Request]]:
        """One request each: every answer stands by itself."""
        return [(request,) for request in requests]

    def token_ids(self, prompt: Prompt) -> list[int] | None:
        """None: what the model saw is not known here."""
        return None

    def close(self) -> None:
        """Does nothing: the file is closed already."""
