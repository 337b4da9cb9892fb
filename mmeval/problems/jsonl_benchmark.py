"""A JSONL file as a benchmark: `mmeval run --benchmark mine.jsonl`.

    {"question": "... what is the value of x?", "answer": "7", "twin": "gsm8k/3f2a...",
     "style": "fobar", "determined": true, "checkers": ["mmeval/1"]}

The question is in `question`, `query`, `problem` or `instruction`; the gold in `gold`, or in
`answer`, `response`, `solution` or `output`, behind its `####`, `The answer is: ` or in its
last `\\boxed{}` where it is a whole worked answer. What an analysis reads beside is taken
over; the `checkers` of the first row judge the set, or `--checker` does.
"""

from __future__ import annotations

from pathlib import Path

from mmeval.catalog import is_code
from mmeval.errors import DataError
from mmeval.jsonl import read_rows
from mmeval.problems.benchmark import Benchmark, Item, Split
from mmeval.problems.fields import read as read_row
from mmeval.records import Row

CHECKER = "mmeval/1"
"""What judges a file whose rows name no checkers."""
META = (
    *("cluster", "original", "twin", "style", "determined", "subject", "level"),
    *("steps", "template", "solution", "masked", "masked_at"),
)
"""Fields of a row that are taken over."""
_TYPED = (("steps", int, "a whole number"), ("determined", bool, "true or false"))
"""Those that no text can stand for."""
MAX_TOKENS = 512


def load(path: Path) -> Benchmark:
    """The benchmark that the file is, named after it. Raises MissingData, or DataError for a
    file without rows or whose first row is not a problem."""
    rows = 0
    checkers: tuple[str, ...] = (CHECKER,)
    for number, row in read_rows(path):
        if not rows:
            try:
                read_row(row)
                checkers = _checkers(row)
            except DataError as error:
                raise DataError(f"{path}, line {number}: {error}") from None
        rows += 1
    if not rows:
        raise DataError(f"{path}: no rows in it, so there is nothing to ask")
    return Benchmark(
        name=path.stem,
        title=f"the rows of {path.name}",
        source=str(path),
        licence="unknown",
        splits={"test": Split(rows=rows)},
        read=read,
        checkers=checkers,
        max_tokens=MAX_TOKENS,
        file=path,
    )


def read(row: Row) -> Item:
    """The question, its gold and what is known beside."""
    item = read_row(row)
    for name, kind, what in _TYPED:
        if row.get(name) is not None and type(row[name]) is not kind:
            raise DataError(f"the field {name!r} must hold {what}, found {row[name]!r:.60}")
    return Item(question=item.question, gold=item.gold, meta={k: row[k] for k in META if k in row})


def _checkers(row: Row) -> tuple[str, ...]:
    named = row.get("checkers", [CHECKER])
    if not isinstance(named, list) or not named or not all(isinstance(n, str) for n in named):
        raise DataError(f"the field 'checkers' must hold a list of names, found {named!r}")
    if any(map(is_code, named)):
        raise DataError(
            "the field 'checkers' names a file of code, and a row may name those of the catalogue "
            "alone (mmeval list); take it out and give the file as --checker"
        )
    return tuple(named)
