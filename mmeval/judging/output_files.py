"""Anybody's JSONL of outputs: read as generations with their golds, and judged."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from mmeval import catalog
from mmeval.answers.checker import Checker
from mmeval.answers.extraction.boxed import last_boxed
from mmeval.answers.thoughts import OpensThought, prompts_open, state_beside, told
from mmeval.errors import ConfigError, DataError, UserError
from mmeval.jsonl import read_rows, write_rows
from mmeval.judging.judge import UNFINISHED, Counts, judge_pairs
from mmeval.problems.fields import fields_of, value_at
from mmeval.records import (
    OUTCOMES,
    Generation,
    UnfinishedThought,
    Verdict,
    to_row,
)

EXAMPLES = 3
"""Rows without an answer that are remembered, to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """A JSONL file with a model's text and a gold answer in every row."""

    path: Path
    text: str
    """The field with the text; `output.0` is the first of the list in `output`."""
    gold: str
    """The field with the gold answer, a string or a number."""
    gold_after: str | None = None
    """The gold is what follows the last such string of its field; None: the whole."""
    gold_boxed: bool = False
    r"""The gold is the content of the last `\boxed{}` of its field."""
    thought: str | None = None
    """The field with the thought, where it is apart from the text; None: it is in the text."""
    opens_thought: OpensThought = "auto"
    """Whether every text begins in a thought that the prompt opened; `auto`: as they tell."""

    def opened(self) -> bool:
        """Whether the texts begin in a thought; for `auto` the file is read once through."""
        if self.opens_thought != "auto":
            return self.opens_thought == "yes"
        texts = (_text_at(row, self.text) for _, row in read_rows(self.path))
        return prompts_open(text for text in texts if isinstance(text, str))

    def pairs(self) -> Iterator[tuple[Generation, str]]:
        """(generation, gold) per row; the generation's problem id is the row's number.

        Rows count from 0 and blank lines are not rows. A text that is null is a
        generation that failed. Raises DataError with file and line for a row that lacks
        a field, and MissingData when there is no file.
        """
        opened = self.opened()
        for number, (line, row) in enumerate(read_rows(self.path)):
            try:
                text, gold = _scalar(row, self.text), self._gold(row)
            except DataError as error:
                raise DataError(f"{self.path}, line {line}: {error}") from None
            thought = _text_at(row, self.thought) if self.thought else None
            if text is None and not thought:
                reason = f"the field {self.text} is null"
                yield Generation(problem_id=str(number), finish="error", error=reason), gold
            else:
                said = Generation(
                    problem_id=str(number),
                    text=text or "",
                    finish="stop",
                    thought=thought or None,
                    thought_state=state_beside(text, thought),
                )
                yield told(said, opened), gold

    def _gold(self, row: Mapping[str, Any]) -> str:
        gold = _scalar(row, self.gold)
        if gold is not None and self.gold_after is not None:
            _, mark, gold = gold.rpartition(self.gold_after)
            if not mark:
                raise DataError(f"no {self.gold_after!r} in the gold field {self.gold}")
            gold = gold.strip()
        if gold is not None and self.gold_boxed:
            gold = last_boxed(gold)
            if gold is None:
                raise DataError(f"no \\boxed{{}} in the gold field {self.gold}")
        if gold is None or not gold.strip():
            raise DataError(f"the gold field {self.gold} is empty; fix or remove the row")
        return gold


def _text_at(row: Mapping[str, Any], path: str) -> str | None:
    try:
        value = value_at(row, path)
    except DataError:
        return None  # told with its line where the row is judged; not every row has a thought
    return value if isinstance(value, str) else None


def judge(
    path: str | Path, *, text: str, gold: str, checkers: Sequence[str] = (), out: Path | None = None
) -> dict[str, Counts]:
    """Checker -> counts for a JSONL file of outputs; loads no model.

    `text` and `gold` are fields (`output.0`), `checkers` names or `.py` paths (none: all
    there are), `out` a file that takes one line per row and checker. Raises DataError or
    MissingData naming file, line and field, UnknownName for a checker.
    """
    source = OutputFile(path=Path(path), text=text, gold=gold)
    return judge_file(source, load_checkers(checkers), out).counts()


@dataclass(slots=True)
class FileVerdicts:
    """What the checkers said about a file, kept small: counts and a few rows."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    unanswered: dict[str, list[int]] = field(default_factory=dict)
    """Checker -> the first rows it found no answer in."""
    failures: dict[str, str] = field(default_factory=dict)
    """Checker -> the first reason for a failure."""
    unfinished: int = 0
    """Texts that are a thought without an end."""

    def watch(self, verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
        """Passes the verdicts on and counts them."""
        for verdict in verdicts:
            self.outcomes.setdefault(verdict.checker, Counter())[verdict.outcome] += 1
            if verdict.checker == next(iter(self.outcomes)):
                self.unfinished += (verdict.note or "").startswith(UNFINISHED)
            if verdict.outcome == "no_answer":
                rows = self.unanswered.setdefault(verdict.checker, [])
                if len(rows) < EXAMPLES:
                    rows.append(int(verdict.problem_id))
            elif verdict.outcome == "failed":
                self.failures.setdefault(verdict.checker, verdict.note or "no reason given")
            yield verdict

    def counts(self) -> dict[str, Counts]:
        """Checker -> counts, in the order asked for."""
        return {
            name: Counts(n=each.total(), **{outcome: each[outcome] for outcome in OUTCOMES})
            for name, each in self.outcomes.items()
        }


def load_checkers(names: Sequence[str]) -> list[Checker]:
    """The named checkers, each once; all of the catalogue when none is named."""
    return distinct(
        [catalog.load("checkers", name) for name in names] or catalog.load_all("checkers")
    )


def distinct(checkers: Sequence[Checker]) -> list[Checker]:
    """Each once, by name."""
    return list({checker.name: checker for checker in checkers}.values())


def judge_file(
    source: OutputFile,
    checkers: Sequence[Checker],
    out: Path | None,
    unfinished: UnfinishedThought = "no_answer",
) -> FileVerdicts:
    """Judges a file once through, and writes the verdicts to `out` when it is given.

    Raises DataError when the file has no rows, ConfigError when `out` cannot be written.
    """
    if out is not None and (out.is_dir() or out.resolve() == source.path.resolve()):
        raise ConfigError(f"--out {out} is a folder or the file to be judged; name another file")
    counting = FileVerdicts()
    verdicts = counting.watch(judge_pairs(source.pairs(), checkers, unfinished))
    first = list(islice(verdicts, 1))
    if not first:
        raise DataError(f"{source.path} has no rows: there is nothing to judge")
    if out is None:
        for _ in verdicts:
            pass
        return counting
    try:
        write_rows(
            out, (verdict_row(each) for rows in (first, verdicts) for each in rows), given=True
        )
    except UserError:
        raise  # MissingData is an OSError too, and speaks for itself
    except OSError as error:
        raise ConfigError(f"--out {out} cannot be written: {error.strerror}") from error
    return counting


def verdict_row(verdict: Verdict) -> dict[str, Any]:
    """One line of a verdicts file: `row`, counted from 0, and the verdict's fields."""
    return {"row": int(verdict.problem_id), **to_row(verdict)}


def _scalar(row: Mapping[str, Any], path: str) -> str | None:
    """The string at a path; numbers as text, `18.0` as `18`; None for null.

    Raises DataError when there is nothing there, or something that is no text.
    """
    value = value_at(row, path)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else repr(value)
    hint = f"; {fields_of({path: value})}" if value else ""
    raise DataError(
        f"the field {path!r} must be a string or a number, found {type(value).__name__}{hint}"
    )
