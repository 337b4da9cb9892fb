"""Nothing of a test set may be trained on: rows that hold one of its problems are found.

By `mmeval.training_data.overlap.find`, as they are read: a row that *is* a test problem, was
made from one by its own word, or is a backward question of one is refused; one that shares
half of a problem's 8-grams is left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mmeval.errors import DataError
from mmeval.problems.load import DataOptions
from mmeval.training_data.overlap.find import Overlap, OverlapRule
from mmeval.training_data.overlap.report import TestSet, load_test_sets
from mmeval.training_data.rows import TrainingRow


@dataclass(slots=True, kw_only=True)
class Guard:
    """The test sets that no row may hold a problem of, and what was found."""

    tests: Sequence[TestSet] = ()
    left_out: int = 0
    """Rows that share half of the 8-grams of a test problem."""
    _same: list[Overlap] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """`gsm8k test 1a2b3c...`: each set with its hash."""
        return [f"{test.name} {test.content_sha256}" for test in self.tests]

    def clean(self, rows: Iterable[TrainingRow]) -> Iterator[TrainingRow]:
        """The rows that hold no test problem, in their order. Raises DataError after the last
        row when there was one that is, or was made from, a test problem."""
        for row in rows:
            found = [each for test in self.tests for each in test.index.overlaps(row)]
            same = [
                each for each in found if each.evidence != ("ngram",) or each.kind == "backward"
            ]
            if same:
                self._same.append(same[0])
            elif found:
                self.left_out += 1
            else:
                yield row
        if self._same:
            first = self._same[0]
            raise DataError(
                f"rows that are, or were made from, problems of {self._spoken()}: "
                f"{len(self._same):,}; "
                f"the first is row {first.row_id} ({first.problem_id}); a model trained on them "
                "could not be tested: take them out (mmeval augment mix --against does)"
            )

    def sentence(self) -> str:
        """What was looked for and found, for people."""
        if not self.tests:
            return "the rows were compared with no test set; --against NAME does that"
        return f"compared with {self._spoken()}: rows left out as too alike: {self.left_out:,}"

    def _spoken(self) -> str:
        return " and ".join(test.name for test in self.tests)


def make_guard(benchmarks: Sequence[str], where: DataOptions) -> Guard:
    """The guard by the default splits of these benchmarks. Raises as `load_problems`."""
    return Guard(tests=load_test_sets(benchmarks, where, OverlapRule()))
