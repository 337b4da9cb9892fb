"""Where problems come from: a local folder, the Hugging Face hub, or made on the spot.

A folder given by the user is the only place searched; without one the hub is asked, at
the commit the benchmark pins. Either way the rows are counted and hashed, so that a
score never comes from other data than the one it names.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from mmeval.errors import ConfigError, DataError, MissingData, UnknownName, unknown
from mmeval.problems.benchmark import Benchmark, Item, Split
from mmeval.problems.fields import fields_of
from mmeval.problems.row_files import matching, rows_of
from mmeval.records import Problem, Row, Scalar

REPLAYED = "replayed"
"""The subset of a split that a replayed file has answers to, however it was chosen."""
Rows = Iterator[tuple[str, Row]]
"""(where it stands, for errors; the row)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """Where to look for rows, and how many to take."""

    folder: Path | None = None
    """The user's folder (`--data`, else MMEVAL_DATA; the caller resolves that). None:
    the hub."""
    offline: bool = False
    """Only the hub's cache is searched; HF_HUB_OFFLINE=1 does the same."""
    limit: int | None = None
    """How many problems, at least 1; None takes all."""
    seed: int = 0
    """Draws the `limit` problems. Without a limit it changes nothing."""
    allow_any: bool = False
    """`--any-data`: rows that are not the published ones are taken, and marked."""


def data_folder(named: str | Path | None = None) -> Path | None:
    """The folder that the user named, else the environment's MMEVAL_DATA; None: the hub."""
    folder = named or os.environ.get("MMEVAL_DATA")
    return Path(folder) if folder else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSet:
    """The problems of one split, or those drawn from it."""

    problems: tuple[Problem, ...]
    """In the order of the file."""
    total: int
    """How many the split has, also when fewer were drawn."""
    content_sha256: str
    """Of the whole split, see `content_sha256`; of the made rows for an embedded set."""
    source: str
    """`FOLDER/gsm8k/test.jsonl` (the folder as the user gave it), `hub:openai/gsm8k@COMMIT`,
    or `embedded`."""
    partial: bool
    """Whether a limit left problems out: such a score is not the benchmark's."""
    as_published: bool | None
    """True: rows and hash are the pinned ones. False: they are not, and --any-data let
    them pass. None: the benchmark pins no hash."""
    subset: str | None = None
    """By what the problems were chosen where that was no fair draw, `REPLAYED`; else None."""


FAR, FAR_AT_LEAST = 10, 10_000
"""A file of so many times the rows, and so many more, is another file and is not read whole."""


def load_problems(benchmark: Benchmark, split: str, where: DataOptions) -> ProblemSet:
    """The problems of a split, checked against what the benchmark pins.

    An embedded set (`Benchmark.make`) has its default size with seed 0, the same for
    everybody; `limit` N makes N rows with `where.seed` instead, more than the default
    too. Raises UnknownName, ConfigError, MissingData (with the two ways to get the
    files), MissingPackage, or DataError naming file, line and what is wrong.
    """
    spec = find_split(benchmark, split)
    if where.limit is not None and where.limit < 1:
        raise ConfigError(f"--limit must be at least 1, got {where.limit}")
    rows, source = _rows(benchmark, split, where)
    most = None if where.allow_any or benchmark.make else FAR * spec.rows + FAR_AT_LEAST
    problems = _problems(benchmark, rows, most)
    sha256 = content_sha256(problems)
    wrong = None if benchmark.make else _mismatch(spec, len(problems), sha256)
    if wrong is not None and not where.allow_any:
        raise DataError(
            f"{source} is not the published {benchmark.name} {split}: {wrong}; get it from "
            f"{benchmark.source}, or pass --any-data to take it as it is, which marks the result"
        )
    chosen = draw(problems, where.limit, where.seed)
    return ProblemSet(
        problems=tuple(chosen),
        total=max(len(problems), spec.rows) if benchmark.make else len(problems),
        content_sha256=sha256,
        source=source,
        partial=len(chosen) < (spec.rows if benchmark.make else len(problems)),
        as_published=False if wrong else (None if spec.content_sha256 is None else True),
    )


def find_split(benchmark: Benchmark, split: str) -> Split:
    """The split of that name; raises UnknownName with those there are."""
    if split not in benchmark.splits:
        raise UnknownName(f"{benchmark.name}: {unknown('split', split, benchmark.splits)}")
    return benchmark.splits[split]


def content_sha256(problems: Iterable[Problem]) -> str:
    """A hash of what is asked and what is right, whatever the layout it was read from.

    SHA-256 over the sorted lines `["question","gold"]` in JSON, UTF-8, each with its
    newline. The order of the rows and the other fields do not matter; white space does.
    """
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    lines = sorted(encode([p.question, p.gold]) for p in problems)
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def problem_id(benchmark: str, question: str) -> str:
    """`benchmark/` and 16 hex digits of the question's SHA-256, white space at its ends
    left out, where copies of the same question differ."""
    return f"{benchmark}/{hashlib.sha256(question.strip().encode()).hexdigest()[:16]}"


def draw(problems: Sequence[Problem], limit: int | None, seed: int) -> list[Problem]:
    """`limit` of the problems, chosen by the seed, in their given order.

    A larger limit keeps every problem of a smaller one, and the choice does not depend
    on the order of the file. All of them when the limit is None or not smaller.
    """
    if limit is None or limit >= len(problems):
        return list(problems)
    kept = {problem.id for problem in seeded_order(problems, seed)[:limit]}
    return [problem for problem in problems if problem.id in kept]


def seeded_order(problems: Iterable[Problem], seed: int) -> list[Problem]:
    """The problems in an order that is a function of the seed and each one's id alone.

    Ranked by a hash, not shuffled: taking a problem out of the set moves no other.
    """
    return sorted(problems, key=lambda problem: rank(seed, problem.id))


def rank(*parts: object, separator: str = " ") -> bytes:
    """What to sort by for a draw that depends on a seed and on each item alone.

    SHA-256 of the parts, the seed first, joined by the separator, in UTF-8. Every draw from
    data is made by it, so that none depends on the order of a file, on Python's version, or
    on which other items there are.
    """
    return hashlib.sha256(separator.join(map(str, parts)).encode()).digest()


def how_to_get(benchmark: Benchmark, split: str) -> str:
    """The ways to get the files of a split, as the end of a sentence."""
    files = " or ".join(benchmark.splits[split].files[:3]) or "its files"
    folder = f"a folder with {files} by --data DIR or MMEVAL_DATA"
    if benchmark.hub_id is None:
        return f"give {folder}; it was published at {benchmark.source}"
    return (
        f"either give {folder}, or have {benchmark.hub_id} read from the Hugging Face hub: "
        "without --data and MMEVAL_DATA, with a network (and HF_HUB_OFFLINE not 1) or a "
        "filled cache, after pip install 'mmeval[hub]'"
    )


def _rows(benchmark: Benchmark, split: str, where: DataOptions) -> tuple[Rows, str]:
    spec = benchmark.splits[split]
    if benchmark.make is not None:
        size, seed = (spec.rows, 0) if where.limit is None else (where.limit, where.seed)
        made = benchmark.make(split, size, seed)
        return ((f"made row {n}", row) for n, row in enumerate(made, 1)), "embedded"
    if benchmark.file is not None:
        return rows_of(benchmark.file), str(benchmark.file)
    if where.folder is not None:
        return _from_folder(benchmark, split, where.folder)
    if benchmark.hub_id is None or not spec.hub_files:
        raise MissingData(
            f"{benchmark.name} {split} is not on the hub; {how_to_get(benchmark, split)}"
        )
    from mmeval.problems.hub import fetch

    try:
        got = fetch(benchmark.hub_id, benchmark.hub_revision, spec.hub_files, where.offline)
    except MissingData as error:
        raise MissingData(
            f"{benchmark.name} {split}: {error}; {how_to_get(benchmark, split)}"
        ) from error
    rows = chain.from_iterable(map(rows_of, got.files))
    return rows, f"hub:{benchmark.hub_id}@{got.revision}"


def _from_folder(benchmark: Benchmark, split: str, folder: Path) -> tuple[Rows, str]:
    """The rows of the first place whose first row is one of this benchmark's.

    That first row decides because names like `test.jsonl` belong to many sets.
    """
    if not folder.is_dir():
        raise MissingData(f"no folder at {folder}; {how_to_get(benchmark, split)}")
    refused: DataError | None = None
    for patterns in _places(benchmark, benchmark.splits[split]):
        files = matching(folder, patterns)
        if not files:
            continue
        rows = chain.from_iterable(map(rows_of, files))
        try:
            first = next(rows)
            _item(benchmark.read, *first)
        except StopIteration:
            refused = refused or DataError(f"{files[0]}: the file has no rows")
            continue
        except DataError as error:
            refused = refused or error
            continue
        return chain([first], rows), str(folder / patterns[0])
    if refused is not None:
        raise refused
    raise MissingData(
        f"no file of {benchmark.name} {split} in {folder}; {how_to_get(benchmark, split)}"
    )


def _places(benchmark: Benchmark, spec: Split) -> Iterator[Sequence[str]]:
    """The groups of files that hold the whole split, the likeliest first."""
    for pattern in spec.files:
        yield (pattern,)
    if benchmark.hub_id is not None and spec.hub_files:
        for base in (benchmark.hub_id, benchmark.hub_id.rpartition("/")[2]):
            yield tuple(f"{base}/{name}" for name in spec.hub_files)
        if not any(name.startswith("*") for name in spec.hub_files):
            yield spec.hub_files  # the folder is a clone of the hub's repository


def _problems(benchmark: Benchmark, rows: Rows, most: int | None) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for where, row in rows:
        if len(problems) == most:
            raise DataError(f"{where}: far more rows than {benchmark.name} has; is it that file?")
        item = _item(benchmark.read, where, row)
        name = problem_id(benchmark.name, item.question)
        seen[name] = seen.get(name, 0) + 1
        meta = {key: value for key, value in item.meta.items() if value is not None}
        if item.twin_question is not None:
            meta["twin"] = problem_id(benchmark.parent or benchmark.name, item.twin_question)
        problems.append(
            Problem(
                id=name if seen[name] == 1 else f"{name}-{seen[name]}",
                question=item.question,
                gold=item.gold,
                meta=meta,
            )
        )
    return problems


def _item(read: Callable[[Row], Item], where: str, row: Row) -> Item:
    try:
        item = read(row)
        for name, text in (("question", item.question), ("gold answer", item.gold)):
            if not text.strip():
                raise ValueError(f"the {name} is empty")
            text.encode()  # half a surrogate pair could neither be hashed nor written
        for name, value in item.meta.items():
            if not isinstance(value, Scalar):
                kind = type(value).__name__
                raise ValueError(f"the field {name!r} must hold a text or a number, found {kind}")
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        reason = f"no field {error}" if isinstance(error, KeyError) else str(error)
        told = "" if fields_of(row) in reason else f"; {fields_of(row)}"
        raise DataError(f"{where}: {reason}{told}") from error
    return item


def _mismatch(spec: Split, rows: int, sha256: str) -> str | None:
    """What was expected and what was found; None when they agree."""
    if rows == spec.rows and spec.content_sha256 in (None, sha256):
        return None
    expected = f"{spec.rows:,} rows"
    if spec.content_sha256 is not None:
        expected += f" with the content hash {spec.content_sha256[:16]}"
    return f"expected {expected}, found {rows:,} rows with {sha256[:16]}"
