"""Nothing of a test set may be trained on: the guard of whatever makes, mixes or reads rows.

It finds test problems by `mmeval.training_data.overlap.find`. Training refuses a row that
*is* a test problem, names one as its original, or is a backward question of one, and leaves
out one that shares half of a problem's 8-grams. Augmenting refuses questions of a test set
before a model is asked, and drops every row that overlaps. Mixing, which reads whole
released sets, looks for problems word for word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mmeval.errors import DataError
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import DataOptions
from mmeval.records import Problem
from mmeval.training_data.overlap.find import Overlap, OverlapRule
from mmeval.training_data.overlap.report import TestSet, load_test_sets
from mmeval.training_data.rows import TrainingRow, row_id


@dataclass(slots=True, kw_only=True)
class Guard:
    """The test sets that no row may hold a problem of, and what was found."""

    tests: Sequence[TestSet] = ()
    """Empty: nothing was named, or overlap was allowed; every row passes."""
    left_out: int = 0
    """Rows that share half of the 8-grams of a test problem."""
    _same: list[Overlap] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """`gsm8k test`, ..."""
        return [test.name for test in self.tests]

    def overlaps(self, row: TrainingRow) -> list[Overlap]:
        """The test problems that the row holds, test set by test set."""
        return [each for test in self.tests for each in test.index.overlaps(row)]

    def holds_whole(self, row: TrainingRow) -> bool:
        """Whether the row's question, or its original, is a test problem word for word."""
        return any(test.index.holds_whole(row) for test in self.tests)

    def clean(self, rows: Iterable[TrainingRow]) -> Iterator[TrainingRow]:
        """The rows that hold no test problem, in their order. Raises DataError after the last
        row when there was one that is, or was made from, a test problem."""
        for row in rows:
            overlaps = self.overlaps(row)
            same = [
                each for each in overlaps if each.evidence != ("ngram",) or each.kind == "backward"
            ]
            if same:
                self._same.append(same[0])
            elif overlaps:
                self.left_out += 1
            else:
                yield row
        if self._same:
            first = self._same[0]
            raise DataError(
                f"rows that are, or were made from, problems of {' and '.join(self.names)}: "
                f"{len(self._same):,}; "
                f"the first is row {first.row_id} ({first.problem_id}); a model trained on them "
                "could not be tested: take them out (mmeval augment mix --against does)"
            )

    def clean_questions(self, problems: Sequence[Problem]) -> list[Problem]:
        """The questions that rows may be made from: those that share most of their 8-grams with
        a test problem are left out. Raises DataError where one *is* a test problem."""
        kept: list[Problem] = []
        same: list[tuple[Problem, Overlap]] = []
        for problem in problems:
            question = problem.question
            overlaps = self.overlaps(
                TrainingRow(
                    id=row_id(question, ""),
                    query=question,
                    response="",
                    original_question=question,
                )
            )
            whole = [each for each in overlaps if "question" in each.evidence]
            if whole:
                same.append((problem, whole[0]))
            elif not overlaps:
                kept.append(problem)
        if same:
            problem, overlap = same[0]
            raise DataError(
                f"{len(same):,} of {len(problems):,} questions are in {', '.join(self.names)}, "
                f"the first is {problem.id} ({overlap.problem_id}); rows made from them would "
                "train on the test: leave them out, or --allow-overlap"
            )
        return kept

    def sentence(self) -> str:
        """What was looked for and found, for people."""
        if not self.tests:
            return "the rows were compared with no test set; --against NAME does that"
        names = " and ".join(self.names)
        return f"compared with {names}: rows left out as too alike: {self.left_out:,}"


def make_guard(benchmarks: Sequence[str | Benchmark], where: DataOptions) -> Guard:
    """The guard by the default splits of these benchmarks. Raises as `load_problems`."""
    return Guard(tests=load_test_sets(benchmarks, where, OverlapRule()))
