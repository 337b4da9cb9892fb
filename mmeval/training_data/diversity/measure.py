"""`mmeval diversity` from its settings to its report folder; see `gain.py` for the number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmeval.engines.embedder import Embedder, EmbedderOptions, open_embedder
from mmeval.environment import versions
from mmeval.errors import ConfigError, RunMismatch
from mmeval.problems.load import DataOptions
from mmeval.progress import Silent, Watch
from mmeval.records import to_row
from mmeval.report_folder import ReportDir
from mmeval.training_data.diversity.gain import measure_gain, sizes_up_to
from mmeval.training_data.diversity.items import (
    TEXT_KINDS,
    Base,
    Items,
    TextKind,
    gather,
    make_base,
    read_rows,
)
from mmeval.training_data.diversity.report import (
    CurvePoint,
    Searched,
    SetGain,
    curve_report,
    gain_report,
    weigh,
)
from mmeval.training_data.diversity.search import (
    Neighbours,
    grow_base,
    search_approximately,
    search_base,
    without_own,
)
from mmeval.training_data.overlap.find import OverlapRule
from mmeval.training_data.overlap.report import (
    NEAR,
    Inspector,
    TestSet,
    load_test_sets,
    overlap_report,
)
from mmeval.training_data.rows import DataFile
from mmeval.training_data.vectors.faiss_search import Approximation, Recall
from mmeval.training_data.vectors.text_store import TextStore
from mmeval.training_data.vectors.vector_cache import CacheOptions, VectorCache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CURVE_STEPS = 6
"""Sizes of a curve: the whole, and five halvings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiversityConfig:
    """What is measured, and how."""

    base: tuple[DataFile, ...]
    """What there is; several files are one base."""
    new: tuple[DataFile, ...]
    """The sets whose gain over the base is asked; their names must differ."""
    embedder: str = "minilm-l6"
    embedder_options: EmbedderOptions = field(default_factory=EmbedderOptions)
    cache: CacheOptions = field(default_factory=CacheOptions)
    texts: tuple[TextKind, ...] = TEXT_KINDS
    limit: int | None = None
    """Rows drawn of each new set; None takes all. The base is always whole."""
    seed: int = 0
    """Of drawing rows, the bootstrap and the curves."""
    curve: bool = False
    """Also the gain as the base grows, and as the new set does."""
    without_own: bool = False
    """Also the gain when base rows of an item's own original question do not count."""
    approximate: bool = False
    """faiss instead of the exact search."""
    against: tuple[str, ...] = ()
    """Benchmarks that the rows are checked against."""
    near: float = NEAR
    """Squared distance up to which a row is near a test question."""
    data: DataOptions = field(default_factory=DataOptions)
    """Where the benchmarks are."""
    out: Path | None = None
    """The report folder; None: `runs/diversity-` and a hash of all this."""

    def __post_init__(self) -> None:
        names = [file.name for file in self.new]
        if not self.base or not self.new:
            raise ConfigError("diversity needs a --base and at least one --new NAME=FILE")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ConfigError(f"two new sets are called {twice[0]}; give them different names")
        if self.limit is not None and self.limit < 1:
            raise ConfigError(f"--limit must be at least 1, got {self.limit}")
        if self.approximate and self.curve:
            raise ConfigError("--curve needs the exact search: leave --approximate out")


def measure_diversity(config: DiversityConfig, watch: Watch | None = None) -> ReportDir:
    """Measures, and returns the finished report folder.

    Raises UserError for what the user must fix (a row without an answer, an unknown
    embedder, a folder of another measurement), EngineError for an embedder that fails.
    """
    watch = watch or Silent()
    tests = load_test_sets(config.against, config.data, OverlapRule())
    embedder = open_embedder(config.embedder, config.embedder_options, watch.say)
    facts = _facts(config, embedder, tests)
    folder = ReportDir(config.out or Path("runs") / f"diversity-{_hash(facts)}")
    _start(folder, facts)
    with ExitStack() as stack:
        cache = stack.enter_context(
            VectorCache(config.cache, embedder.info.fingerprint, embedder.info.name, watch.say)
        )
        measuring = _Measuring(config, TextStore(embedder, cache, watch.advance), cache, watch)
        measuring.read(tests)
        measuring.measure(folder, embedder, tests)
    return folder


def _facts(config: DiversityConfig, embedder: Embedder, tests: Sequence[TestSet]) -> dict[str, Any]:
    """How it is made; equal facts, equal numbers."""
    return {
        "base": [_file_row(file) for file in config.base],
        "new": [_file_row(file) for file in config.new],
        "embedder": to_row(embedder.info),
        "texts": list(config.texts),
        "limit": config.limit,
        "seed": config.seed,
        "curve": config.curve,
        "without_own": config.without_own,
        "search": "approximate" if config.approximate else "exact",
        "against": [f"{test.name} {test.content_sha256}" for test in tests],
        "near": config.near if tests else None,
        "versions": versions(),
    }


def _file_row(file: DataFile) -> dict[str, Any]:
    with file.path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    fields = {"question": file.question, "answer": file.answer, "types": list(file.types)}
    return {"name": file.name, "file": file.path.name, "sha256": digest, **fields}


def _hash(facts: dict[str, Any]) -> str:
    decisive = {key: value for key, value in facts.items() if key != "versions"}
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:8]


def _start(folder: ReportDir, facts: dict[str, Any]) -> None:
    """Raises RunMismatch for a folder that holds something else; one that was begun and
    not finished holds nothing."""
    if folder.exists():
        stored = folder.measurement()
        other = [key for key in facts if key != "versions" and stored.get(key) != facts[key]]
        kind, status = stored.get("kind"), stored.get("status")
        if kind != "diversity" or (other and status == "finished"):
            what = ", ".join(other) or f"a {kind} report"
            raise RunMismatch(
                f"{folder.path} holds another measurement ({what}); give this one its own --out"
            )
    elif folder.path.is_dir() and any(folder.path.iterdir()):
        raise RunMismatch(f"{folder.path} holds other files; give this measurement its own --out")
    folder.start("diversity", facts)


class _Measuring:
    """One measurement: the items of all sets, and what is asked of them."""

    def __init__(
        self, config: DiversityConfig, store: TextStore, cache: VectorCache, watch: Watch
    ) -> None:
        self._config = config
        self._store = store
        self._cache = cache
        self._watch = watch
        self._base = Items(name="base")
        self._sets: list[Items] = []
        self._inspected: list[Inspector] = []
        self._gains: list[SetGain] = []
        self._curve: list[CurvePoint] = []
        self._recalls: list[Recall] = []

    def read(self, tests: Sequence[TestSet]) -> None:
        """Reads every file once and embeds what the cache does not have."""
        config, store = self._config, self._store
        answers = "question_answer" in config.texts
        base = read_rows(config.base, answers)
        self._base = gather("base", base, config.texts, store)
        self._watch.say(f"base: {len(self._base):,} rows")
        for file in config.new:
            inspector = Inspector(name=file.name, tests=tests, store=store)
            look = inspector.look if tests else lambda row: None
            rows = read_rows([file], answers, config.limit, config.seed)
            self._sets.append(gather(file.name, rows, config.texts, store, look))
            self._inspected.append(inspector)
            self._watch.say(f"{file.name}: {len(self._sets[-1]):,} rows")
        store.flush()

    def measure(self, folder: ReportDir, embedder: Embedder, tests: Sequence[TestSet]) -> None:
        """Searches, and writes everything."""
        folder.write_rows(self._rows())
        if self._curve:
            folder.write_part("curve", curve_report(self._curve))
        if tests:
            for each in self._inspected:
                each.add_near(self._cache, self._config.near)
            folder.write_part("overlap", overlap_report(self._inspected, tests))
            folder.write_part_rows(
                "overlap",
                (
                    {"set": each.name, "against": test.name, **to_row(overlap)}
                    for each in self._inspected
                    for test, overlap in each.found
                ),
            )
        report = gain_report(self._gains, embedder.info, len(self._base), self._recalls)
        folder.finish(report)

    def _rows(self) -> Iterator[dict[str, Any]]:
        for kind in self._config.texts:
            base = make_base(self._base, kind, self._store, self._config.seed)
            self._watch.say(f"{kind}: the nearest of {len(base.ids):,}")
            for items in self._sets:
                yield from self._search(items, kind, base)

    def _search(self, items: Items, kind: TextKind, base: Base) -> Iterator[dict[str, Any]]:
        """Searches for the items of one set, keeps their gain, and yields their rows."""
        import numpy as np

        rows, names = self._store.rows(items.keys[kind]), np.array(items.questions)
        questions = np.unique(names, return_inverse=True)[1]
        found = self._neighbours(items, questions, rows, (kind, base))
        apart = without_own(rows, names, base, self._cache) if self._config.without_own else None
        searched = Searched(
            set=items.name,
            text=kind,
            distance=found.distance,
            questions=questions,
            cut=self._cache.was_cut(rows),
            own=base.questions[found.place] == names,
            apart=None if apart is None else apart.distance,
        )
        self._gains.append(weigh(searched, self._config.seed))
        for i, name in enumerate(items.ids):
            yield {
                "set": items.name,
                "id": name,
                "question_key": items.questions[i],
                "text": kind,
                "distance": float(found.distance[i]),
                "neighbour": base.ids[found.place[i]],
                "own": bool(searched.own[i]),
                "cut": bool(searched.cut[i]),
                **({} if apart is None else _apart_row(apart, base, i)),
            }

    def _neighbours(
        self,
        items: Items,
        questions: NDArray[np.int64],
        rows: NDArray[np.int64],
        where: tuple[TextKind, Base],
    ) -> Neighbours:
        config, (kind, base) = self._config, where
        if config.approximate:
            how = Approximation(seed=config.seed)
            found, recall = search_approximately(rows, base, self._cache, how)
            self._recalls.append(recall)
            return found
        if not config.curve:
            return search_base(rows, base, self._cache, base.ranks)
        sizes = sizes_up_to(len(base.ids), CURVE_STEPS)
        grown = grow_base(rows, base, self._cache, sizes)
        point = partial(CurvePoint, set=items.name, text=kind)
        for size, each in zip(sizes, grown, strict=True):
            gain = measure_gain(each.distance, questions, config.seed)
            self._curve.append(point(grows="base", size=size, gain=gain))
        ranks = items.ranks(config.seed)
        for size in sizes_up_to(len(items), CURVE_STEPS):
            taken = ranks[:size]
            gain = measure_gain(grown[-1].distance[taken], questions[taken], config.seed)
            self._curve.append(point(grows="new", size=size, gain=gain))
        return grown[-1]


def _apart_row(apart: Neighbours, base: Base, i: int) -> dict[str, Any]:
    place = int(apart.place[i])
    if place < 0:
        return {"distance_without_own": None, "neighbour_without_own": None}
    return {
        "distance_without_own": float(apart.distance[i]),
        "neighbour_without_own": base.ids[place],
    }
