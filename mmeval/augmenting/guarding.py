"""Nothing of a test set may end in training data: questions and rows that do are refused.

The questions are compared before a model is asked anything, the rows when they are made,
both by `mmeval.training_data.overlap.find`: the question or the one it was made from word for
word, a backward question of it, or half of its 8-grams.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mmeval import catalog
from mmeval.augmenting.keep import MadeRow
from mmeval.augmenting.questions import Source
from mmeval.errors import ConfigError, DataError
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import DataOptions, load_problems
from mmeval.records import Problem
from mmeval.training_data.overlap.find import find_overlap
from mmeval.training_data.rows import TrainingRow, row_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The test problems that no row may hold."""

    names: tuple[str, ...]
    """What they are of: `gsm8k test`. Empty: the user allowed overlap."""
    problems: tuple[Problem, ...] = ()

    def refuse(self, problems: Sequence[Problem]) -> list[Problem]:
        """The questions that may be augmented: those that share most of their 8-grams with a
        test problem are left out. Raises DataError where one *is* a test problem."""
        if not self.problems:
            return list(problems)
        rows = [_row(each.question, each.question, "") for each in problems]
        found = {overlap.row_id: overlap for overlap in find_overlap(rows, self.problems)}
        same = [
            (problem, found[row.id])
            for row, problem in zip(rows, problems, strict=True)
            if row.id in found and "question" in found[row.id].evidence
        ]
        if same:
            problem, overlap = same[0]
            raise DataError(
                f"{len(same):,} of {len(problems):,} questions are in {', '.join(self.names)}, "
                f"the first is {problem.id} ({overlap.problem_id}); rows made from them would "
                "train on the test: leave them out, or --allow-overlap"
            )
        return [each for row, each in zip(rows, problems, strict=True) if row.id not in found]

    def clean(self, rows: Sequence[MadeRow]) -> list[MadeRow]:
        """The rows that hold no test problem."""
        if not self.problems or not rows:
            return list(rows)
        asked = [_row(each.query, each.original_question, each.response) for each in rows]
        bad = {overlap.row_id for overlap in find_overlap(asked, self.problems)}
        return [row for row, own in zip(rows, asked, strict=True) if own.id not in bad]


def guard_for(
    source: Source | None, names: Iterable[str], allowed: bool, where: DataOptions
) -> Guard:
    """The guard by the benchmarks that are named, else by the source's own test split.

    Raises ConfigError where neither says what must stay out, and overlap is not allowed.
    """
    if allowed:
        return Guard(names=())
    chosen: list[tuple[Benchmark, str | None]] = [
        (catalog.load("benchmarks", name), None) for name in names
    ]
    if not chosen and source is not None and source.benchmark is not None:
        benchmark = source.benchmark
        if benchmark.default_split == source.split:
            raise ConfigError(
                f"{source.split} is the split that {benchmark.name} is tested on; take its train "
                "split by --split train, or --allow-overlap if nothing will be trained on this"
            )
        chosen = [(benchmark, benchmark.default_split)]
    if not chosen:
        raise ConfigError(
            "name the test sets that must not be in the data with --against NAME (a benchmark), or "
            "--allow-overlap"
        )
    whole = replace(where, limit=None)
    problems: list[Problem] = []
    spoken = []
    for benchmark, split in chosen:
        problems += load_problems(benchmark, split or benchmark.default_split, whole).problems
        spoken.append(f"{benchmark.name} {split or benchmark.default_split}")
    return Guard(names=tuple(spoken), problems=tuple(problems))


def _row(query: str, original: str, response: str) -> TrainingRow:
    return TrainingRow(
        id=row_id(query, response), query=query, response=response, original_question=original
    )
