"""The items of a diversity measurement: rows reduced to ids, original questions and keys of
their embeddings, about 300 bytes each, so that no text is held."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from mmeval.problems.load import rank
from mmeval.training_data.rows import DataFile, TrainingRow, original_key, read_file
from mmeval.training_data.vectors.text_store import TextStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TextKind = Literal["question", "question_answer"]
TEXT_KINDS: tuple[TextKind, ...] = get_args(TextKind)


def text_of(row: TrainingRow, kind: TextKind) -> str:
    """What is embedded of a row: its question, or question and answer, one below the other.
    The paper leaves open which (docs/diversity.md)."""
    return row.query if kind == "question" else f"{row.query}\n{row.response}"


@dataclass(slots=True, kw_only=True)
class Items:
    """The items of one set, in the order in which they were read."""

    name: str
    ids: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    """`original_key` of each."""
    keys: dict[TextKind, list[bytes]] = field(default_factory=dict)
    """Of the embeddings, see `TextStore`."""

    def __len__(self) -> int:
        return len(self.ids)

    def ranks(self, seed: int) -> list[int]:
        """Positions in an order that is a function of the seed and the ids alone: the
        first of them are a sample, and a larger sample keeps a smaller one."""
        return sorted(range(len(self)), key=lambda i: (rank(seed, self.ids[i]), i))


def gather(
    name: str,
    rows: Iterable[TrainingRow],
    kinds: Sequence[TextKind],
    store: TextStore,
) -> Items:
    """Reads the rows once."""
    items = Items(name=name, keys={kind: [] for kind in kinds})
    for row in rows:
        items.ids.append(row.id)
        items.questions.append(original_key(row))
        for kind in kinds:
            items.keys[kind].append(store.add(text_of(row, kind)))
    return items


def read_rows(
    files: Iterable[DataFile], answers: bool, limit: int | None = None, seed: int = 0
) -> Iterator[TrainingRow]:
    """The rows of files one after the other, or `limit` of them drawn by the seed.

    Which rows are drawn does not depend on their order. Raises DataError as `read_file`,
    also for a row without an answer where `answers` are needed.
    """
    rows = (row for file in files for row in read_file(file, responses=answers))
    if limit is None:
        return rows
    return iter(heapq.nsmallest(limit, rows, key=lambda row: (rank(seed, row.id), row.id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The base of one text kind, sorted by id, so that of equal neighbours the lowest id
    wins whatever the order of the files."""

    ids: list[str]
    questions: NDArray[np.str_]
    rows: NDArray[np.int64]
    """Of the embeddings in the cache."""
    ranks: NDArray[np.int64]
    """Positions by rank of the seed: a curve takes the first so many."""

    def distinct(self, taken: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of these positions, the first of each vector, ascending."""
        import numpy as np

        ordered = np.sort(taken)
        _, firsts = np.unique(self.rows[ordered], return_index=True)
        return ordered[np.sort(firsts)]


def make_base(items: Items, kind: TextKind, store: TextStore, seed: int) -> Base:
    """The base, ready to be searched."""
    import numpy as np

    order = sorted(range(len(items)), key=lambda i: (items.ids[i], i))
    place = np.empty(len(items), dtype=np.int64)
    place[order] = np.arange(len(items))
    return Base(
        ids=[items.ids[i] for i in order],
        questions=np.array([items.questions[i] for i in order]),
        rows=store.rows(items.keys[kind])[order],
        ranks=place[items.ranks(seed)],
    )
