"""The backward twins of `wordproblems_small`: one number masked by x, the answer told.

Row i of a split and seed is the twin of row i of `wordproblems_small` with the same split
and seed. Its x is proved by solving, and is 2 to 12.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmeval.declare import Benchmark, Item, Row, Split
from mmeval.problems.word_problems import fill, template


def make(split: str, size: int, seed: int) -> Iterator[Row]:
    """The first `size` rows of a split."""
    file = Path(__file__).with_name(f"wordproblems_{split}.toml")
    small = template.with_small_numbers(template.load(file))
    return fill.twin_rows(small, f"{seed}:small:{split}", size)


def read(row: Row) -> Item:
    """As `filling.read_twin` says."""
    return fill.read_twin(row, "fobar")


BENCHMARK = Benchmark(
    name="wordproblems_small_backward",
    title="wordproblems_small with one number masked and the answer told (FOBAR)",
    source="embedded: made from templates of wordproblems",
    licence="Apache-2.0",
    splits={"train": Split(rows=2000), "test": Split(rows=500)},
    read=read,
    checkers=("metamath-gsm8k/1", "mmeval/1"),
    max_tokens=512,
    parent="wordproblems_small",
    cluster="template",
    make=make,
)
