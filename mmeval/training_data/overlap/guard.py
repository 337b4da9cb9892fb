"""Nothing of a test set may be trained on: the guard of whatever makes, mixes or reads rows.

It finds test problems as `mmeval diversity --against` does: by text, and by embedding where
an embedder is at hand. Training refuses a row that *is* a test problem, names one as its
original, or is a backward question of one, and leaves out one that is much alike. Augmenting
refuses questions of a test set before a model is asked, and it and mixing drop every row that
overlaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import islice

from mmeval.engines.embedder import EmbedderOptions, open_embedder
from mmeval.engines.models.embedded import is_cached
from mmeval.errors import DataError
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import DataOptions
from mmeval.records import Problem
from mmeval.training_data.overlap.find import Overlap, OverlapRule
from mmeval.training_data.overlap.report import Inspector, TestSet, load_test_sets
from mmeval.training_data.rows import TrainingRow, row_id
from mmeval.training_data.vectors.text_store import WINDOW, TextStore
from mmeval.training_data.vectors.vector_cache import CacheOptions, VectorCache

EMBEDDER = "minilm-l6"
"""The embedder that is at hand once it was fetched."""
NO_EMBEDDER = "none"
PASSING = (
    "compared by text alone, so that most copies with other numbers, other names and numbers, "
    "synonyms, or words swapped or left out pass; after `mmeval models fetch minilm-l6`, or by "
    "--embedder NAME, embeddings are compared too"
)
"""What a comparison by text alone does not see; measured by perf/copies.py."""


@dataclass(slots=True, kw_only=True)
class Guard:
    """The test sets that no row may hold a problem of, and what was found."""

    tests: Sequence[TestSet] = ()
    """Empty: nothing was named, or overlap was allowed; every row passes."""
    embedder: str | None = None
    """As `open_embedder` takes it, opened while rows are read; None: by text alone."""
    say: Callable[[str], None] = lambda line: None
    """Gets a line for every window of texts that is embedded."""
    left_out: int = 0
    """Rows that are much like a test problem, and not one."""
    _same: list[Overlap] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """`gsm8k test`, ..."""
        return [test.name for test in self.tests]

    def overlaps(self, row: TrainingRow) -> list[Overlap]:
        """The test problems that one row holds."""
        return next(self.compare([row]))[1]

    def compare(self, rows: Iterable[TrainingRow]) -> Iterator[tuple[TrainingRow, list[Overlap]]]:
        """Each row with the test problems that it holds, test set by test set. Reads a window
        of rows at a time. Raises as `open_embedder`."""
        source = iter(rows)
        with ExitStack() as stack:
            store = self._store(stack) if self.tests else None
            while True:
                inspector = Inspector(name="rows", tests=self.tests, store=store)
                if not (read := list(inspector.watch(islice(source, WINDOW)))):
                    return
                if store is not None:
                    inspector.add_near(store.cache)
                found: dict[str, list[Overlap]] = {}
                for _, overlap in inspector.overlaps:
                    found.setdefault(overlap.row_id, []).append(overlap)
                yield from ((row, found.get(row.id, [])) for row in read)

    def _store(self, stack: ExitStack) -> TextStore | None:
        if self.embedder is None:
            return None
        opened, done = open_embedder(self.embedder, EmbedderOptions(), self.say), 0

        def advance(texts: int) -> None:
            nonlocal done
            done += texts
            self.say(f"{done:,} texts embedded, to be compared with {' and '.join(self.names)}")

        info = opened.info
        cache = VectorCache(CacheOptions(), info.fingerprint, info.name, self.say)
        return TextStore(opened, stack.enter_context(cache), advance)

    def clean(self, rows: Iterable[TrainingRow]) -> Iterator[TrainingRow]:
        """The rows that hold no test problem, in their order. Raises DataError after the last
        row when there was one that is, or was made from, a test problem."""
        for row, overlaps in self.compare(rows):
            same = [
                each
                for each in overlaps
                if not {"ngram", "embedding"}.issuperset(each.evidence) or each.kind == "backward"
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
        """The questions that rows may be made from: those that are much like a test problem are
        left out. Raises DataError where one *is* a test problem."""
        kept: list[Problem] = []
        same: list[tuple[Problem, Overlap]] = []
        rows = (
            TrainingRow(id=row_id(each, ""), query=each, response="", original_question=each)
            for each in (problem.question for problem in problems)
        )
        for problem, (_, overlaps) in zip(problems, self.compare(rows), strict=True):
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

    def caveats(self) -> list[str]:
        """What copies pass, for people, where there are test sets and no embedder."""
        return [PASSING] if self.tests and self.embedder is None else []


def make_guard(
    benchmarks: Sequence[str | Benchmark],
    where: DataOptions,
    embedder: str | None = None,
) -> Guard:
    """The guard by the default splits of these benchmarks. `embedder` is its name, `none`, or
    None for the one that is at hand. Raises as `load_problems`."""
    tests = load_test_sets(benchmarks, where, OverlapRule())
    return Guard(tests=tests, embedder=embedder_at_hand(embedder) if tests else None)


def embedder_at_hand(name: str | None) -> str | None:
    """The embedder that is named; without a name `minilm-l6` where it was fetched and can run.
    None: none, so that nothing is downloaded that the user does not ask for."""
    if name is not None:
        return None if name == NO_EMBEDDER else name
    installed = all(find_spec(each) for each in ("numpy", "torch", "transformers"))
    return EMBEDDER if installed and is_cached(EMBEDDER) else None
