"""`mmeval diversity` from its settings to its report folder; see `gain.py` for the number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from mmeval.engines.embedder import Embedder, EmbedderOptions, open_embedder
from mmeval.environment import versions
from mmeval.errors import ConfigError, RunMismatch
from mmeval.problems.load import DataOptions
from mmeval.progress import Silent, Watch
from mmeval.records import to_row
from mmeval.results.report_folder import ReportDir
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
    curve_report,
    gain_report,
    weigh,
)
from mmeval.training_data.diversity.search import (
    Neighbours,
    grow_base,
    search_approximately,
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

CURVE_STEPS = 6
"""Sizes of a curve: the whole, and five halvings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiversityConfig:
    """What is measured, and how."""

    base: tuple[DataFile, ...]
    """What there is; several files are one base."""
    new: tuple[DataFile, ...]
    """The sets whose gain over the base is measured; their names must differ."""
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
    with VectorCache(
        config.cache, embedder.info.fingerprint, embedder.info.name, watch.say
    ) as cache:
        store = TextStore(embedder, cache, watch.advance)
        base, sets, inspectors = _read(config, tests, store, watch)
        results: list[_SetResult] = []
        for kind in config.texts:
            based = make_base(base, kind, store, config.seed)
            watch.say(f"{kind}: the nearest of {len(based.ids):,}")
            results += [_search(config, store, items, kind, based) for items in sets]
        for inspector in inspectors:
            inspector.add_near(cache, config.near)
    folder.write_rows(row for each in results for row in each.rows())
    if config.curve:
        folder.write_part(
            "curve", curve_report([point for each in results for point in each.curve])
        )
    if inspectors:
        folder.write_part("overlap", overlap_report(inspectors, tests))
        folder.write_part_rows("overlap", (row for each in inspectors for row in each.rows()))
    gains = [weigh(each.searched, config.seed) for each in results]
    recalls = [each.recall for each in results if each.recall is not None]
    folder.finish(gain_report(gains, embedder.info, len(base), recalls))
    return folder


def _read(
    config: DiversityConfig, tests: Sequence[TestSet], store: TextStore, watch: Watch
) -> tuple[Items, list[Items], list[Inspector]]:
    """(the base, the new sets, what looked at their rows where there are test sets): every file
    is read once, and what the cache does not have is embedded."""
    answers = "question_answer" in config.texts
    base = gather("base", read_rows(config.base, answers), config.texts, store)
    watch.say(f"base: {len(base):,} rows")
    sets: list[Items] = []
    inspectors: list[Inspector] = []
    for file in config.new:
        rows = read_rows([file], answers, config.limit, config.seed)
        if tests:
            inspectors.append(Inspector(name=file.name, tests=tests, store=store))
            rows = inspectors[-1].watch(rows)
        sets.append(gather(file.name, rows, config.texts, store))
        watch.say(f"{file.name}: {len(sets[-1]):,} rows")
    store.flush()
    return base, sets, inspectors


@dataclass(frozen=True, slots=True, kw_only=True)
class _SetResult:
    """The neighbours of one set in one kind of text."""

    items: Items
    base: Base
    searched: Searched
    nearest: Neighbours
    apart: Neighbours | None
    """Without the items' own original questions; None where `without_own` is off."""
    curve: tuple[CurvePoint, ...]
    """Empty without `curve`."""
    recall: Recall | None
    """None for the exact search."""

    def rows(self) -> Iterator[dict[str, Any]]:
        """One line an item, for `rows.jsonl`."""
        for i, name in enumerate(self.items.ids):
            row = {
                "set": self.items.name,
                "id": name,
                "question_key": self.items.questions[i],
                "text": self.searched.text,
                "distance": float(self.nearest.distance[i]),
                "neighbour": self.base.ids[self.nearest.place[i]],
                "own": bool(self.searched.own[i]),
                "cut": bool(self.searched.cut[i]),
            }
            if self.apart is not None:
                place = int(self.apart.place[i])
                distance = float(self.apart.distance[i])
                row["distance_without_own"] = distance if place >= 0 else None
                row["neighbour_without_own"] = self.base.ids[place] if place >= 0 else None
            yield row


def _search(
    config: DiversityConfig, store: TextStore, items: Items, kind: TextKind, base: Base
) -> _SetResult:
    import numpy as np

    cache, rows, names = store.cache, store.rows(items.keys[kind]), np.array(items.questions)
    recall = None
    if config.approximate:
        neighbours, recall = search_approximately(
            rows, base, cache, Approximation(seed=config.seed)
        )
        grown = {len(base.ids): neighbours}
    else:
        sizes = sizes_up_to(len(base.ids), CURVE_STEPS if config.curve else 1)
        grown = dict(zip(sizes, grow_base(rows, base, cache, sizes), strict=True))
        neighbours = grown[len(base.ids)]
    apart = without_own(rows, names, base, cache) if config.without_own else None
    searched = Searched(
        set=items.name,
        text=kind,
        distance=neighbours.distance,
        questions=np.unique(names, return_inverse=True)[1],
        cut=cache.was_cut(rows),
        own=base.questions[neighbours.place] == names,
        apart=None if apart is None else apart.distance,
    )
    ranks = items.ranks(config.seed)
    return _SetResult(
        items=items,
        base=base,
        searched=searched,
        nearest=neighbours,
        apart=apart,
        curve=tuple(_curve(searched, grown, ranks, config.seed)) if config.curve else (),
        recall=recall,
    )


def _curve(
    searched: Searched, grown: Mapping[int, Neighbours], ranks: Sequence[int], seed: int
) -> Iterator[CurvePoint]:
    """The gain as the base grows, and of the first of the items by rank as they do."""
    point = partial(CurvePoint, set=searched.set, text=searched.text)
    for size, neighbours in grown.items():
        gain = measure_gain(neighbours.distance, searched.questions, seed)
        yield point(grows="base", size=size, gain=gain)
    for size in sizes_up_to(len(ranks), CURVE_STEPS):
        taken = ranks[:size]
        gain = measure_gain(searched.distance[taken], searched.questions[taken], seed)
        yield point(grows="new", size=size, gain=gain)


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
    """Raises RunMismatch for a folder that holds something else; one that was never
    finished holds nothing."""
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
