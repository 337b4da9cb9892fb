"""Training rows against the test sets of the catalogue: by text, and by embedding.

Texts are compared while the rows are read; rows near a test question that no text rule
found are added afterwards, once there are embeddings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mmeval import catalog
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import DataOptions, load_problems
from mmeval.records import Column, Report, Scalar, to_row
from mmeval.training_data.overlap.find import KINDS, Overlap, OverlapIndex, OverlapRule
from mmeval.training_data.overlap.unmask import unmask
from mmeval.training_data.rows import TrainingRow
from mmeval.training_data.vectors.exact_search import nearest
from mmeval.training_data.vectors.text_store import TextStore
from mmeval.training_data.vectors.vector_cache import VectorCache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR = 0.15
"""Squared distance of unit vectors up to which two questions count as one reworded, cosine
0.925; what it finds and what it mistakes for one: docs/diversity.md."""
COLUMNS = (
    Column(name="set"),
    Column(name="against"),
    Column(name="kind"),
    Column(name="rows", unit="rows"),
    Column(name="problems", unit="problems"),
    Column(name="giving_the_answer", unit="rows"),
    Column(name="examples"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSet:
    """A benchmark's problems, indexed to be found."""

    name: str
    """`gsm8k test`."""
    index: OverlapIndex
    content_sha256: str


def load_test_sets(
    benchmarks: Sequence[str | Benchmark], where: DataOptions, rule: OverlapRule
) -> list[TestSet]:
    """The default splits of these benchmarks. Raises as `load_problems`."""
    tests = []
    for each in benchmarks:
        benchmark: Benchmark = catalog.load("benchmarks", each) if isinstance(each, str) else each
        loaded = load_problems(benchmark, benchmark.default_split, where)
        tests.append(
            TestSet(
                name=f"{benchmark.name} {benchmark.default_split}",
                index=OverlapIndex(loaded.problems, rule),
                content_sha256=loaded.content_sha256,
            )
        )
    return tests


@dataclass(slots=True, kw_only=True)
class Inspector:
    """Compares the rows of one set with the test sets as they pass."""

    name: str
    tests: Sequence[TestSet]
    store: TextStore | None
    """Where questions are embedded; None: they are compared by text alone."""
    overlaps: list[tuple[TestSet, Overlap]] = field(default_factory=list)
    _ids: list[str] = field(default_factory=list)
    _keys: list[bytes] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Distinct rows."""
        return len(set(self._ids))

    def watch(self, rows: Iterable[TrainingRow]) -> Iterator[TrainingRow]:
        """Passes the rows on, and notes their overlaps by text and what to embed: a backward
        question is looked up by the question it was made from."""
        for row in rows:
            self._ids.append(row.id)
            if self.store is not None:
                made = unmask(row.query, row.response)
                self._keys.append(self.store.add(made.question or row.query if made else row.query))
            for test in self.tests:
                self.overlaps += [(test, each) for each in test.index.overlaps(row)]
            yield row

    def add_near(self, cache: VectorCache, near: float = NEAR) -> None:
        """Adds the rows whose embedding is near that of a test question."""
        import numpy as np

        assert self.store is not None
        rows = self.store.rows(self._keys)
        each, back = np.unique(rows, return_inverse=True)
        for test in self.tests:
            questions = self.store.rows(self.store.add(p.question) for p in test.index.problems)
            nearby = nearest(cache.vectors(each), cache.vectors(questions))
            self._add(test, nearby.index[back], nearby.distance[back], near)

    def rows(self) -> Iterator[dict[str, Any]]:
        """One line an overlap."""
        for test, overlap in self.overlaps:
            yield {"set": self.name, "against": test.name, **to_row(overlap)}

    def _add(
        self, test: TestSet, index: NDArray[np.int64], distance: NDArray[np.float64], near: float
    ) -> None:
        places = {
            (o.row_id, o.problem_id): i for i, (t, o) in enumerate(self.overlaps) if t is test
        }
        for i in (distance <= near).nonzero()[0].tolist():
            problem = test.index.problems[int(index[i])]
            at = places.get((self._ids[i], problem.id))
            if at is not None:  # by text too, or an equal row was here before
                overlap = self.overlaps[at][1]
                evidence = tuple(dict.fromkeys((*overlap.evidence, "embedding")))
                overlap = replace(overlap, evidence=evidence, distance=float(distance[i]))
                self.overlaps[at] = (test, overlap)
                continue
            places[self._ids[i], problem.id] = len(self.overlaps)
            overlap = Overlap(
                row_id=self._ids[i],
                problem_id=problem.id,
                kind="embedding",
                evidence=("embedding",),
                share=0.0,
                gives_answer=None,
                distance=float(distance[i]),
            )
            self.overlaps.append((test, overlap))


def overlap_report(inspected: Sequence[Inspector], tests: Sequence[TestSet]) -> Report:
    """Rows by set, test set and kind; each row once for a test set, under its most serious kind."""
    rows: list[tuple[Scalar, ...]] = []
    for each in inspected:
        for test in tests:
            rows += _rows_of(each, test)
    hit = sum(len({overlap.row_id for _, overlap in each.overlaps}) for each in inspected)
    n = sum(each.n for each in inspected)
    names = _and([test.name for test in tests])
    return Report(
        analysis="overlap",
        columns=COLUMNS,
        rows=tuple(rows),
        summary=f"{hit:,} of {n:,} distinct rows hold a problem of {names}.",
        notes=(
            "A backward row hides a number of a test problem and so states its answer; "
            "original_question is the row's own word; ngram, embedding: much alike, not the same.",
        ),
        sources=tuple(f"{test.name} {test.content_sha256[:16]}" for test in tests),
    )


def _rows_of(inspected: Inspector, test: TestSet) -> Iterator[tuple[Scalar, ...]]:
    worst: dict[str, Overlap] = {}
    problems: dict[str, set[str]] = {}
    for found_in, overlap in inspected.overlaps:
        if found_in is test:
            gravest = worst.setdefault(overlap.row_id, overlap)
            if KINDS.index(overlap.kind) < KINDS.index(gravest.kind):
                worst[overlap.row_id] = overlap
    for overlap in worst.values():
        problems.setdefault(overlap.kind, set()).add(overlap.problem_id)
    counts = Counter(overlap.kind for overlap in worst.values())
    for kind in KINDS:
        hits = [overlap for overlap in worst.values() if overlap.kind == kind]
        if hits:
            giving = sum(overlap.gives_answer is True for overlap in hits)
            examples = ", ".join(sorted(overlap.row_id for overlap in hits)[:3])
            yield (
                *(inspected.name, test.name, kind, counts[kind]),
                *(len(problems[kind]), giving, examples),
            )


def _and(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" or " if len(names) > 1 else "") + names[-1]
