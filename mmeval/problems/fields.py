"""Rows with a question and an answer, whoever published them: which field holds which.

Everything that reads such rows finds its fields here, and complains in one form: the field
that is missing or wrong, and those that the row has. Who reads the file adds file and line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmeval.answers.extraction.boxed import last_boxed
from mmeval.errors import DataError
from mmeval.jsonl import field_at
from mmeval.problems.benchmark import Item
from mmeval.records import Row, Scalar

PAIRS = (
    ("query", "response"),
    ("question", "answer"),
    ("problem", "solution"),
    ("instruction", "output"),
)
"""Question and worked answer: MetaMathQA, GSM8K, MATH, and the field names of Alpaca."""
NAME_THEM = "name them with --question FIELD --answer FIELD"
QUESTION_FIELDS = ("question", "query", "problem", "instruction")
GOLD_FIELDS = ("gold", "answer", "response", "solution", "output")
_CLOSING = "The answer is: "
_NUMBER = re.compile(r"\$?-?\d[\d,]*(\.\d+)?%?")


def read(row: Row) -> Item:
    """The question and its gold answer. Raises DataError that says which field it misses."""
    question = text_at(row, _first_of(row, QUESTION_FIELDS, "question"), "question")
    answer = text_at(row, _first_of(row, GOLD_FIELDS, "answer"), "answer")
    gold = gold_in(answer)
    if gold is None:
        raise DataError(
            f"no gold answer in {answer[-60:]!r}; an answer ends in '#### N', in "
            f"'{_CLOSING}...', in a \\boxed{{}}, or is a number alone"
        )
    calculation = "\n".join(re.findall(r"<<([^<>]*)>>", answer))
    meta = {"calculation": calculation} if calculation else {}
    return Item(question=question, gold=gold, meta=meta)


def gold_in(answer: str) -> str | None:
    """The gold that a worked answer ends in; None where there is none."""
    if is_number(answer):
        return answer.strip()
    if "####" in answer:
        return answer.rpartition("####")[2].strip().split("\n", 1)[0].strip() or None
    if _CLOSING in answer:
        return answer.rpartition(_CLOSING)[2].strip() or None
    return last_boxed(answer) or (answer.strip() if len(answer) <= 40 else None)


def is_number(answer: str) -> bool:
    """Whether the answer is a plain number alone: `$1,200`, `-3.5`, `40%`."""
    return _NUMBER.fullmatch(answer.strip()) is not None


def level_of(value: Scalar) -> int | str | None:
    """How hard a problem is, however it was written: `3`, `"3"` and MATH's `"Level 3"` are 3,
    its `"Level ?"` is None, and any other text is itself."""
    if value is None or type(value) is int:
        return value if value is None or abs(value) < 1 << 62 else str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 62:
        return int(value)
    text = str(value).strip()
    number = re.fullmatch(r"(?:level )?([0-9]{1,9})", text, re.IGNORECASE)
    return int(number[1]) if number else None if text in ("", "Level ?") else text


def find_pair(
    row: Row,
    question: str | None,
    answer: str | None,
    answers: bool = True,
    remedy: str = NAME_THEM,
) -> tuple[str, str]:
    """The fields of question and worked answer: those that are named, else the first of
    `PAIRS` that the row has. `answers=False` takes a row without the second; `remedy` ends
    the complaint where there are none."""
    if question:
        return question, answer or dict(PAIRS).get(question, "answer")
    for of_question, of_answer in PAIRS:
        if of_question in row and (answer or of_answer in row or not answers):
            return of_question, answer or of_answer
    pairs = ", ".join(" and ".join(pair) for pair in PAIRS)
    raise DataError(f"no question and answer found; looked for {pairs}; {fields_of(row)}; {remedy}")


def text_at(row: Row, field: str, what: str) -> str:
    """The text at a field, `what` for people. Raises DataError where there is none."""
    value = value_at(row, field)
    if isinstance(value, str) and value.strip():
        return value
    kind = "an empty text" if isinstance(value, str) else type(value).__name__
    raise DataError(f"the field {field!r} must hold the {what}, found {kind}")


def value_at(row: Row, field: str) -> Any:
    """What is at a field, as `mmeval.jsonl.field_at` finds it. Raises DataError."""
    try:
        return field_at(row, field)
    except DataError:
        raise DataError(f"no field {field!r}; {fields_of(row)}") from None


def fields_of(row: Row) -> str:
    """What a row has, as the end of a complaint."""
    return f"the row has {', '.join(field_paths(row)) or 'nothing'}"


def field_paths(row: Mapping[str, Any]) -> list[str]:
    """The fields of a row as the options take them, one level into objects and lists."""
    paths: list[str] = []
    for key, value in row.items():
        if isinstance(value, Mapping):
            paths += [f"{key}.{inner}" for inner in value]
        elif isinstance(value, list) and value:
            first = value[0]
            paths += [f"{key}.0.{inner}" for inner in first] if isinstance(first, Mapping) else []
            paths += [] if isinstance(first, Mapping) else [f"{key}.0"]
        else:
            paths.append(str(key))
    return paths


def _first_of(row: Row, names: Sequence[str], what: str) -> str:
    for name in names:
        if name in row:
            return name
    raise DataError(f"no field for the {what}; looked for {', '.join(names)}; {fields_of(row)}")
