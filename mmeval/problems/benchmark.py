"""What a benchmark declares: its rows, splits, checkers, and how a row is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmeval.records import Row, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What `Benchmark.read` makes of one row; the loader adds the id."""

    question: str
    gold: str
    meta: Mapping[str, Scalar] = field(default_factory=dict)
    twin_question: str | None = None
    """The forward question this one was made from; becomes `meta["twin"]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One split of a benchmark and the places its rows may be in."""

    rows: int
    """How many rows it was published with (embedded: how many by default)."""
    files: tuple[str, ...] = ()
    """Paths below the data folder, tried in order; `*` gathers sorted matches."""
    hub_files: tuple[str, ...] = ()
    """Paths in the hub repository at `Benchmark.hub_revision`; `*` as above."""
    content_sha256: str | None = None
    """Of the sorted (question, gold) pairs, see `sources.content_sha256`: the same in
    every layout. None for embedded sets, which are checked by their own tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A set of problems, where its rows come from and how its answers are checked."""

    name: str
    title: str
    """One line for `mmeval list`."""
    source: str
    """A link to where it was published."""
    licence: str
    splits: Mapping[str, Split]
    read: Callable[[Row], Item]
    """Makes an item of a row in any of the published layouts. Raises KeyError or
    ValueError with the reason when the row has no question or no gold."""
    checkers: tuple[str, ...]
    """The checkers that judge it unless the user names others."""
    max_tokens: int
    """New tokens for an answer, as the paper measures this set."""
    prompt: str = "metamath"
    default_split: str = "test"
    hub_id: str | None = None
    hub_revision: str | None = None
    parent: str | None = None
    """The benchmark its questions were made from: twins point into it, and few-shot
    examples come from its train split when this one has none."""
    cluster: str | None = None
    """The key of a problem's meta that names what is not independent: `template`, `twin`. None:
    found in the problems, see `mmeval.problems.clusters`."""
    make: Callable[[str, int, int], Iterator[Row]] | None = None
    """(split, size, seed) -> rows, for sets that are made and not read; a larger size
    continues the same rows."""
    train: Callable[[str, str, int, int, int], Iterator[Row]] | None = None
    """(split, arm, problems, copies, seed) -> rows to train on, for sets that are made: see
    `mmeval.problems.word_problems.training_rows`."""
    describe: Callable[[], Sequence[tuple[str, str]]] | None = None
    """More (label, value) lines for `mmeval show`."""
    file: Path | None = None
    """The file that is the whole set, of one that is given by its path; `--data` and the
    hub are then not asked."""
