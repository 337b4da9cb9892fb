"""The backward twins of `wordproblems` in self-verification's wording (paper section 1.2).

Row i masks the same number as row i of `wordproblems_backward`, and tells the answer as a
statement in place of the question:

    ... has x trays with ... on each. Ada bakes 84 muffins. What is the value of unknown variable x?
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmeval.declare import Benchmark, Item, Row, Split
from mmeval.problems.word_problems import fill, template


def make(split: str, size: int, seed: int) -> Iterator[Row]:
    """The first `size` rows of a split."""
    file = Path(__file__).with_name(f"wordproblems_{split}.toml")
    return fill.twin_rows(template.load(file), f"{seed}:{split}", size, "sv")


def read(row: Row) -> Item:
    """As `filling.read_twin` says."""
    return fill.read_twin(row, "self_verification")


BENCHMARK = Benchmark(
    name="wordproblems_sv",
    title="wordproblems with one number masked and the answer stated (self-verification)",
    source="embedded: made from the templates of wordproblems",
    licence="Apache-2.0",
    splits={"train": Split(rows=2000), "test": Split(rows=500)},
    read=read,
    checkers=("metamath-gsm8k/1", "mmeval/1"),
    max_tokens=512,
    parent="wordproblems",
    cluster="template",
    make=make,
)
