"""The backward twins of `wordproblems_small` in self-verification's wording.

Row i masks the same number as row i of `wordproblems_small_backward`.
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
    return fill.twin_rows(small, f"{seed}:small:{split}", size, "sv")


def read(row: Row) -> Item:
    """As `filling.read_twin` says."""
    return fill.read_twin(row, "self_verification")


BENCHMARK = Benchmark(
    name="wordproblems_small_sv",
    title="wordproblems_small with one number masked and the answer stated",
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
