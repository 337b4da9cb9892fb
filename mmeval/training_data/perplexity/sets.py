"""`--data NAME=SOURCE` -> named sets of responses to score, read again for every pass.

A source is a file of training rows (`FILE`, `FILE:TYPE,TYPE`) or a benchmark of the
catalogue whose problems have worked solutions (`gsm8k`, `gsm8k:train`). A set is read
twice, once to draw `--limit` rows and once to score them, so that no text is held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mmeval import catalog
from mmeval.errors import ConfigError, DataError, MissingData
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import DataOptions, data_folder, load_problems, rank
from mmeval.training_data.perplexity.scores import WHOLE, Entry, answer_forms, closing_answer
from mmeval.training_data.rows import (
    DataFile,
    TrainingRow,
    original_key,
    parse_file,
    read_file,
    row_id,
)

ANSWER_ONLY = "answer-only"
CLOSING = "\nThe answer is: "
"""What MetaMathQA's responses end in, before the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A named set of training rows."""

    name: str
    file: DataFile | None = None
    """None: a benchmark."""
    benchmark: str = ""
    split: str = ""
    by: str | None = None
    """Of the file only the rows of this type; None: all that `file` takes."""
    sha256: str = ""
    """Of the file's bytes, or of the benchmark's content."""

    def rows(self) -> Iterator[TrainingRow]:
        """The rows in their order. Raises DataError for one without question or answer."""
        if self.file is None:
            yield from _benchmark_rows(self.benchmark, self.split)
            return
        for row in read_file(self.file):
            if self.by is None or (row.type or "untyped") == self.by:
                yield row

    @property
    def place(self) -> str:
        """Where it is read, for people."""
        if self.file is None:
            return f"{self.benchmark}:{self.split}"
        kinds = ",".join(self.file.types or ((self.by,) if self.by else ()))
        return f"{self.file.path}:{kinds}" if kinds else str(self.file.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSet:
    """What is to be scored of a source."""

    name: str
    source: Source
    answers_alone: bool = False
    """Whether each row stands for its closing answer, in all forms."""
    limit: int | None = None
    seed: int = 0

    def entries(self) -> Iterator[Entry]:
        """What is scored, in the order of the source. Raises DataError when it is empty."""
        chosen = _drawn(self.source, self.limit, self.seed)
        for count, (row, row_key) in enumerate(_numbered(self.source.rows())):
            if chosen is None or row_key in chosen:
                yield from self._forms(row, row_key, count + 1)

    def _forms(self, row: TrainingRow, row_key: str, number: int) -> Iterator[Entry]:
        forms = {WHOLE: row.response}
        if self.answers_alone:
            gold = closing_answer(row.response)
            if gold is None:
                raise DataError(
                    f"{self.source.place}, row {number}: the response closes with no answer: "
                    f"neither 'The answer is:' nor '####' in it; --answer-only cannot take it"
                )
            forms = answer_forms(gold)
        for form, response in forms.items():
            yield Entry(
                set=self.name,
                form=form,
                id=row_key,
                original=original_key(row),
                query=row.query,
                response=response,
            )


def _numbered(rows: Iterator[TrainingRow]) -> Iterator[tuple[TrainingRow, str]]:
    """(row, its id), the second copy of a row with `-2` behind the id."""
    seen: dict[str, int] = {}
    for row in rows:
        seen[row.id] = seen.get(row.id, 0) + 1
        yield row, row.id if seen[row.id] == 1 else f"{row.id}-{seen[row.id]}"


def _drawn(source: Source, limit: int | None, seed: int) -> set[str] | None:
    """The ids of `limit` rows; None for all of them.

    Each row has its own rank, a hash of the seed, its original question, and which of
    that question's rows it is. So every row is as likely as any other, the order of the
    file does not matter, a larger limit keeps the rows of a smaller one, and sets made
    from the same questions draw the same questions, which makes their differences paired.
    """
    if limit is None:
        return None
    families: dict[str, list[str]] = {}
    for row, row_key in _numbered(source.rows()):
        # Not `original_key`, which came later and would draw other rows for the same seed.
        text = (row.original_question or row.query).strip()
        family = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        families.setdefault(family, []).append(row_key)
    ranked = [
        (rank(seed, family, place), row_key)
        for family, keys in families.items()
        for place, row_key in enumerate(sorted(keys))
    ]
    return {row_key for _, row_key in sorted(ranked)[:limit]}


def _benchmark_rows(name: str, split: str) -> Iterator[TrainingRow]:
    """A benchmark's worked solutions, closed as MetaMathQA closes its own."""
    benchmark: Benchmark = catalog.load("benchmarks", name)
    for problem in load_problems(benchmark, split, DataOptions(folder=data_folder())).problems:
        solution = problem.meta.get("solution")
        if not isinstance(solution, str) or not solution.strip():
            raise DataError(f"{problem.id} has no worked solution, so no response to score")
        response = f"{solution.strip()}{CLOSING}{problem.gold}"
        yield TrainingRow(
            id=row_id(problem.question, response), query=problem.question, response=response
        )


def parse_source(text: str, question: str | None, answer: str | None) -> Source:
    """`NAME=FILE[:TYPES]`, or `NAME=BENCHMARK[:SPLIT]`. A file goes before a benchmark.

    Raises ConfigError when it is neither, MissingData when nothing is there.
    """
    name, _, rest = text.partition("=")
    try:
        file = parse_file(text, question, answer)
    except MissingData as error:
        benchmark, _, split = rest.partition(":")
        if benchmark not in catalog.names("benchmarks"):
            raise MissingData(f"{error}, and no benchmark is called {benchmark!r}") from None
        loaded: Benchmark = catalog.load("benchmarks", benchmark)
        split = split or loaded.default_split
        content = load_problems(loaded, split, DataOptions(folder=data_folder())).content_sha256
        return Source(name=name, benchmark=benchmark, split=split, sha256=content)
    with file.path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return Source(name=name, file=file, sha256=digest)


def split_by_type(source: Source) -> list[Source]:
    """One source for each `type` in a file, called NAME/TYPE, in the order of the names."""
    if source.file is None:
        raise ConfigError(f"--by-type: {source.name} is a benchmark, which has no types")
    kinds = sorted({row.type or "untyped" for row in source.rows()})
    return [replace(source, name=f"{source.name}/{kind}", by=kind) for kind in kinds]


def answer_only(texts: Sequence[str], sources: Sequence[Source]) -> list[tuple[str, Source]]:
    """`[LABEL=]NAME` -> (label, the source of that name). Raises ConfigError for no such set."""
    by_name = {source.name: source for source in sources}
    labelled = []
    for text in texts:
        label, equals, name = text.partition("=")
        if not equals:
            label, name = ANSWER_ONLY, text
        if name not in by_name:
            raise ConfigError(
                f"--answer-only {name}: no --data has that name; available: {', '.join(by_name)}"
            )
        labelled.append((label, by_name[name]))
    return labelled
