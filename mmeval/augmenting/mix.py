"""Parts -> one training set: read, checked, drawn by a seed, in MetaMathQA's own format.

Rows are drawn and ordered by a hash of the seed and their text, so that neither the order
of the files nor of their rows matters, and a larger count keeps every row of a smaller one.
A row is held as its line of JSON, once, so that 395,000 rows stay below a gigabyte.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import itemgetter
from pathlib import Path

from mmeval import jsonl
from mmeval.augmenting.metamathqa import fault
from mmeval.errors import ConfigError
from mmeval.problems.load import rank
from mmeval.training_data.overlap.guard import Guard
from mmeval.training_data.rows import DataFile, TrainingRow, read_file

CHARACTERS_PER_TOKEN = 3.0
"""The estimate where no tokenizer is given: digits and LaTeX take more tokens than prose."""
_encode = json.JSONEncoder().encode  # `json.dumps` looks at its arguments each time
EXAMPLES = 3
UNTYPED = "(none)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MixSpec:
    """What a training set should hold."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows per type; empty takes all of every type."""
    scale: float = 1.0
    """By which the counts are multiplied, in (0, 1]; each is rounded down."""
    rows: int | None = None
    """Rows of the whole, shared out in the proportion of the types by largest remainders;
    None: all."""
    tokens: int | None = None
    """The most response tokens of the whole, as `Held` estimates them, each type's share of
    it or less; None: all."""
    seed: int = 0
    short_ok: bool = False
    """Whether a type, or the whole, may have fewer rows than was asked for; else that is an
    error."""


@dataclass(slots=True)
class Checked:
    """What was read, and what is wrong with it."""

    rows: int = 0
    types: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    """Fault -> the first rows that have it."""
    duplicates: int = 0
    """Rows with the query and the response of an earlier one."""
    overlapping: int = 0
    """Rows that hold a test problem, by the guard."""

    def add_fault(self, reason: str, where: str) -> None:
        """Counts one."""
        self.faults[reason] += 1
        shown = self.examples.setdefault(reason, [])
        if len(shown) < EXAMPLES:
            shown.append(where)


Held = tuple[bytes, str, int]
"""(its place in the seed's order, its line of JSON, about how many tokens its response has).
A plain tuple, which the garbage collector does not look through a million times."""


@dataclass(slots=True)
class Pool:
    """All rows that may be drawn, by type."""

    by_type: dict[str, list[Held]] = field(default_factory=dict)
    checked: Checked = field(default_factory=Checked)


def read_pool(files: Sequence[DataFile], spec: MixSpec, guard: Guard | None = None) -> Pool:
    """The rows of the files, checked. A duplicate and a row that holds a test problem are
    counted and left out; a fault of format is counted, and its row stays."""
    pool = Pool()
    seen: set[bytes] = set()
    places: deque[str] = deque()

    def read() -> Iterator[TrainingRow]:
        for file in files:
            for number, row in enumerate(read_file(file), 1):
                places.append(f"{file.path}, row {number}")
                yield row

    for row, overlaps in (guard or Guard()).compare(read()):
        where = places.popleft()
        pool.checked.rows += 1
        kind = row.type or UNTYPED
        pool.checked.types[kind] += 1
        identity = bytes.fromhex(row.id)
        if identity in seen:
            pool.checked.duplicates += 1
            continue
        seen.add(identity)
        if overlaps:
            pool.checked.overlapping += 1
            continue
        reason = fault(row.type, row.response)
        if reason is not None:
            pool.checked.add_fault(f"{kind}: {reason}", where)
        pool.by_type.setdefault(kind, []).append(_held(row, spec.seed))
    return pool


def draw(pool: Pool, spec: MixSpec) -> list[str]:
    """The lines of the training set, in an order that is a function of the seed.

    Raises ConfigError for an unknown type, too few rows, or tokens that no row fits into.
    """
    chosen = {
        kind: sorted(pool.by_type.get(kind, ()), key=itemgetter(0))[:count]
        for kind, count in _counts(pool, spec).items()
    }
    if spec.rows is not None:
        have = sum(map(len, chosen.values()))
        if have < spec.rows and not spec.short_ok:
            raise ConfigError(
                f"there are too few rows for --rows {spec.rows:,}: {have:,}; ask for fewer, or "
                "--short-ok takes what there is"
            )
        shares = _shares({kind: len(held) for kind, held in chosen.items()}, spec.rows)
        chosen = {kind: held[: shares[kind]] for kind, held in chosen.items()}
    if spec.tokens is not None:
        chosen = _within(chosen, spec.tokens)
        if not any(chosen.values()):
            raise ConfigError(f"--tokens {spec.tokens:,} is too few: no row fits")
    rows = sorted((held for each in chosen.values() for held in each), key=itemgetter(0))
    return [held[1] for held in rows]


def write(path: Path, lines: Sequence[str]) -> None:
    """The set as one JSON list where the name ends in `.json`, as MetaMathQA is released,
    else as JSON lines; replaces the file atomically."""
    if path.suffix != ".json":
        jsonl.write_lines(path, (f"{line}\n" for line in lines), given=True)
        return

    def listed() -> Iterator[str]:
        for number, line in enumerate(lines):
            yield ("[\n" if number == 0 else ",\n") + line
        yield "\n]\n" if lines else "[]\n"

    jsonl.write_lines(path, listed(), given=True)


def _counts(pool: Pool, spec: MixSpec) -> dict[str, int]:
    if not spec.counts:
        return {kind: len(held) for kind, held in sorted(pool.by_type.items())}
    wanted = {kind: int(count * spec.scale) for kind, count in spec.counts.items()}
    short = {
        kind: (len(pool.by_type.get(kind, ())), count)
        for kind, count in wanted.items()
        if len(pool.by_type.get(kind, ())) < count
    }
    if short and not spec.short_ok:
        missing = "; ".join(f"{k}: {have:,} of {want:,}" for k, (have, want) in short.items())
        available = (
            ", ".join(f"{k} {len(v):,}" for k, v in sorted(pool.by_type.items())) or "nothing"
        )
        raise ConfigError(
            f"there are too few rows: {missing}; the files have {available}; ask for fewer, "
            "--scale them down, or --short-ok takes what there is"
        )
    return wanted


def _shares(sizes: Mapping[str, int], rows: int) -> dict[str, int]:
    """How many of these rows each type has, by largest remainders; of equal ones the first."""
    total = max(1, sum(sizes.values()))
    rows = min(rows, total)
    shares = {kind: rows * size // total for kind, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda kind: -(rows * sizes[kind] % total))
    for kind in by_remainder[: rows - sum(shares.values())]:
        shares[kind] += 1
    return shares


def _within(chosen: Mapping[str, Sequence[Held]], budget: int) -> dict[str, list[Held]]:
    """The first rows of every type, about the same share of the tokens of each, until the next
    would exceed the budget: less than a row of it is left, and a larger budget keeps all rows."""
    merged: list[tuple[float, str, Held]] = []
    for kind, held in chosen.items():
        total = max(1, sum(row[2] for row in held))
        ends = accumulate(row[2] for row in held)
        merged += [(end / total, kind, row) for row, end in zip(held, ends, strict=True)]
    kept: dict[str, list[Held]] = {kind: [] for kind in chosen}
    left = budget
    for _, kind, row in sorted(merged, key=itemgetter(0)):
        left -= row[2]
        if left < 0:
            break
        kept[kind].append(row)
    return kept


def _held(row: TrainingRow, seed: int) -> Held:
    line = _encode(
        {
            "type": row.type,
            "query": row.query,
            "original_question": row.original_question,
            "response": row.response,
        }
    )
    return (rank(seed, row.id), line, max(1, round(len(row.response) / CHARACTERS_PER_TOKEN)))
