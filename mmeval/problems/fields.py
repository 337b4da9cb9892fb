"""Which field of a row holds the question and which the gold, in every published layout."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmeval.answers.extraction.boxed import last_boxed
from mmeval.errors import DataError
from mmeval.problems.benchmark import Item
from mmeval.records import Row

QUESTION_FIELDS = ("question", "query", "problem", "instruction")
ANSWER_FIELDS = ("gold", "answer", "response", "solution", "output")
_FINAL = "The answer is: "
_PLAIN = re.compile(r"\$?-?\d[\d,]*(\.\d+)?%?")


def read(row: Row, at: str) -> Item:
    """The question and its gold answer. Raises DataError that says which field it misses."""
    question = _text(row, QUESTION_FIELDS, at, "question")
    answer = _text(row, ANSWER_FIELDS, at, "answer")
    gold = gold_in(answer)
    if gold is None:
        raise DataError(
            f"{at}: no gold answer in {answer[-60:]!r}; an answer ends in '#### N', in "
            f"'{_FINAL}...', in a \\boxed{{}}, or is a number alone"
        )
    calculation = "\n".join(re.findall(r"<<([^<>]*)>>", answer))
    meta = {"calculation": calculation} if calculation else {}
    return Item(question=question, gold=gold, meta=meta)


def gold_in(answer: str) -> str | None:
    """The gold that a worked answer ends in; None where there is none."""
    if _PLAIN.fullmatch(answer.strip()):
        return answer.strip()
    if "####" in answer:
        return answer.rpartition("####")[2].strip().split("\n", 1)[0].strip() or None
    if _FINAL in answer:
        return answer.rpartition(_FINAL)[2].strip() or None
    return last_boxed(answer) or (answer.strip() if len(answer) <= 40 else None)


def _text(row: Row, names: Sequence[str], at: str, what: str) -> str:
    for name in names:
        if name in row:
            value = row[name]
            if isinstance(value, str) and value.strip():
                return value
            kind = "an empty text" if isinstance(value, str) else type(value).__name__
            raise DataError(f"{at}: the field {name!r} must hold the {what}, found {kind}")
    raise DataError(
        f"{at}: no field for the {what}; looked for {', '.join(names)}; the row has "
        f"{', '.join(map(str, row)) or 'none'}"
    )
