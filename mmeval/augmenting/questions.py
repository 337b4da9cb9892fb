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
from mmeval.problems.fields import is_number, read
from mmeval.problems.jsonl_benchmark import CHECKER, MAX_TOKENS
from mmeval.problems.load import DataOptions, ProblemSet, load_problems
from mmeval.problems.row_files import rows_of
from mmeval.records import Problem
from mmeval.training_data.overlap.guard import Guard, make_guard

FILE = "file"
"""The split of questions that are in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Problems to make data from."""

    benchmark: Benchmark
    """Of a file: made of its rows, and named after it."""
    split: str
    data: ProblemSet

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Those that were asked for."""
        return self.data.problems


def from_benchmark(name: str, split: str, where: DataOptions) -> Source:
    """A benchmark's split, by default its `train`; errors as `load_problems` has them."""
    benchmark: Benchmark = catalog.load("benchmarks", name)
    return Source(benchmark=benchmark, split=split, data=load_problems(benchmark, split, where))


def from_file(path: Path, where: DataOptions) -> Source:
    """The questions of a file, with their fields as `mmeval.problems.fields` finds them.

    Raises DataError with file, line and the field that is missing or holds no answer.
    """
    rows = sum(1 for _ in rows_of(path))
    if not rows:
        raise DataError(f"{path}: no rows in it, so there is nothing to make data from")
    benchmark = Benchmark(
        name=path.stem,
        title=f"questions of {path}",
        source=str(path),
        licence="unknown",
        splits={FILE: Split(rows=rows)},
        read=read,
        checkers=(CHECKER,),
        max_tokens=MAX_TOKENS,
        default_split=FILE,
        file=path,
    )
    return Source(benchmark=benchmark, split=FILE, data=load_problems(benchmark, FILE, where))


def style_of(problems: Sequence[Problem]) -> Style:
    """`GSM` where every gold is a plain number, else `MATH`."""
    return "GSM" if all(is_number(problem.gold) for problem in problems) else "MATH"


def guard_for(
    source: Source | None,
    names: Sequence[str],
    allowed: bool,
    where: DataOptions,
    embedder: str | None = None,
) -> Guard:
    """The guard by the benchmarks that are named, else by the source's own test split;
    `embedder` as `make_guard` has it.

    Raises ConfigError where neither says what must stay out, and overlap is not allowed.
    """
    if allowed:
        return Guard()
    against: list[str | Benchmark] = list(names)
    if not against and source is not None and source.split != FILE:
        if source.benchmark.default_split == source.split:
            raise ConfigError(
                f"{source.split} is the split that {source.benchmark.name} is tested on; take its "
                "train split by --split train, or --allow-overlap if nothing will be trained on "
                "this"
            )
        against = [source.benchmark]
    if not against:
        raise ConfigError(
            "name the test sets that must not be in the data with --against NAME (a benchmark), or "
            "--allow-overlap"
        )
    return make_guard(against, replace(where, limit=None), embedder)


def require_options(benchmark: str | None, questions: Path | None) -> None:
    """Raises ConfigError unless exactly one of the two sources is named."""
    if (benchmark is None) == (questions is None):
        raise ConfigError("name the questions by --benchmark NAME or by --questions FILE, not both")
