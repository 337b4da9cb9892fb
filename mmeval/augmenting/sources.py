"""The questions that are augmented: a benchmark's split, or a file with answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmeval import catalog
from mmeval.answers.boxed import last_boxed
from mmeval.augmenting.masking import Style
from mmeval.declare import Benchmark, Item, Row, Split
from mmeval.errors import ConfigError, DataError
from mmeval.records import Problem
from mmeval.rowfiles import rows_of
from mmeval.sources import DataOptions, ProblemSet, content_sha256, draw, load_problems, problem_id

QUESTION_FIELDS = ("question", "query", "problem", "instruction")
ANSWER_FIELDS = ("gold", "answer", "response", "solution", "output")
_SAID = "The answer is: "
_PLAIN = re.compile(r"\$?-?\d[\d,]*(\.\d+)?%?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Problems to make data from."""

    name: str
    """The benchmark's, or the file's."""
    benchmark: Benchmark | None
    """None for a file."""
    split: str
    data: ProblemSet

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Those that were asked for."""
        return self.data.problems


def from_benchmark(name: str, split: str, where: DataOptions) -> Source:
    """A benchmark's split, by default its `train`; errors as `load_problems` has them."""
    benchmark: Benchmark = catalog.load("benchmarks", name)
    return Source(
        name=benchmark.name,
        benchmark=benchmark,
        split=split,
        data=load_problems(benchmark, split, where),
    )


def from_file(path: Path, where: DataOptions) -> Source:
    """The questions of a file: `question` and `answer` as in GSM8K, `query` and `response`,
    or MATH's `problem` and `solution`.

    Raises DataError with file, line and the field that is missing or holds no answer.
    """
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for at, row in rows_of(path):
        item = read(row, at)
        key = problem_id(path.stem, item.question)
        seen[key] = seen.get(key, 0) + 1
        problems.append(
            Problem(
                id=key if seen[key] == 1 else f"{key}-{seen[key]}",
                question=item.question,
                gold=item.gold,
                meta=item.meta,
            )
        )
    if not problems:
        raise DataError(f"{path}: no rows in it, so there is nothing to make data from")
    chosen = draw(problems, where.limit, where.seed)
    return Source(
        name=path.stem,
        benchmark=None,
        split="file",
        data=ProblemSet(
            problems=tuple(chosen),
            total=len(problems),
            content_sha256=content_sha256(problems),
            source=str(path),
            partial=len(chosen) < len(problems),
            as_published=None,
        ),
    )


def read(row: Row, at: str) -> Item:
    """The question and its gold answer. Raises DataError that says which field it misses."""
    question = _text(row, QUESTION_FIELDS, at, "question")
    answer = _text(row, ANSWER_FIELDS, at, "answer")
    gold = gold_in(answer)
    if gold is None:
        raise DataError(
            f"{at}: no gold answer in {answer[-60:]!r}; an answer ends in '#### N', in "
            f"'{_SAID}...', in a \\boxed{{}}, or is a number alone"
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
    if _SAID in answer:
        return answer.rpartition(_SAID)[2].strip() or None
    return last_boxed(answer) or (answer.strip() if len(answer) <= 40 else None)


def _text(row: Row, names: Sequence[str], at: str, what: str) -> str:
    for name in names:
        if name in row:
            value = row[name]
            if not isinstance(value, str) or not value.strip():
                kind = type(value).__name__ if not isinstance(value, str) else "an empty text"
                raise DataError(f"{at}: the field {name!r} must hold the {what}, found {kind}")
            return value
    raise DataError(
        f"{at}: no field for the {what}; looked for {', '.join(names)}; the row has "
        f"{', '.join(map(str, row)) or 'none'}"
    )


def style_of(problems: Sequence[Problem]) -> Style:
    """`GSM` where every gold is a plain number, else `MATH`."""
    return "GSM" if all(_PLAIN.fullmatch(p.gold.strip()) for p in problems) else "MATH"


def make_benchmark(source: Source) -> Benchmark:
    """What a run folder calls a file's questions; the benchmark itself where there is one."""
    if source.benchmark is not None:
        return source.benchmark
    return Benchmark(
        name=source.name,
        title=f"questions of {source.data.source}",
        source=source.data.source,
        licence="unknown",
        splits={source.split: Split(rows=source.data.total)},
        read=lambda row: read(row, source.name),
        checkers=(),
        max_tokens=512,
        default_split=source.split,
    )


def require_options(benchmark: str | None, questions: Path | None) -> None:
    """Raises ConfigError unless exactly one of the two sources is named."""
    if (benchmark is None) == (questions is None):
        raise ConfigError("name the questions by --benchmark NAME or by --questions FILE, not both")
