"""The questions that are augmented, a benchmark's split or a file with answers, and the test
problems that must stay out of what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mmeval import catalog
from mmeval.augmenting.masks.mask import Style
from mmeval.errors import ConfigError, DataError
from mmeval.problems.benchmark import Benchmark, Split
from mmeval.problems.fields import _PLAIN, read
from mmeval.problems.load import (
    DataOptions,
    ProblemSet,
    content_sha256,
    draw,
    load_problems,
    problem_id,
)
from mmeval.problems.row_files import rows_of
from mmeval.records import Problem
from mmeval.training_data.overlap.guard import Guard, make_guard


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


def guard_for(
    source: Source | None, names: Sequence[str], allowed: bool, where: DataOptions
) -> Guard:
    """The guard by the benchmarks that are named, else by the source's own test split.

    Raises ConfigError where neither says what must stay out, and overlap is not allowed.
    """
    if allowed:
        return Guard()
    against: list[str | Benchmark] = list(names)
    if not against and source is not None and source.benchmark is not None:
        if source.benchmark.default_split == source.split:
            raise ConfigError(
                f"{source.split} is the split that {source.name} is tested on; take its train "
                "split by --split train, or --allow-overlap if nothing will be trained on this"
            )
        against = [source.benchmark]
    if not against:
        raise ConfigError(
            "name the test sets that must not be in the data with --against NAME (a benchmark), or "
            "--allow-overlap"
        )
    return make_guard(against, replace(where, limit=None))


def require_options(benchmark: str | None, questions: Path | None) -> None:
    """Raises ConfigError unless exactly one of the two sources is named."""
    if (benchmark is None) == (questions is None):
        raise ConfigError("name the questions by --benchmark NAME or by --questions FILE, not both")
