"""`wordproblems` with numbers that a very small model can calculate with.

The numbers of a question are 2 to 12 and no step is above 40, so that a model of some 100
million parameters fails by its reasoning more often than by its arithmetic. Only templates
marked `small` in the files of `wordproblems` are used: 40 of 66 in train, 12 of 24 in test,
none shared. Golds are few, so that guessing pays more than in `wordproblems`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmeval.declare import Benchmark, Item, Row, Split
from mmeval.problems.word_problems import fill, likeness, template, training_rows
from mmeval.problems.word_problems.template import Template

SPLITS = {"train": Split(rows=2000), "test": Split(rows=500)}


def small(split: str) -> tuple[Template, ...]:
    """The templates of a split that make sense with small numbers, limited to them."""
    file = Path(__file__).with_name(f"wordproblems_{split}.toml")
    return template.with_small_numbers(template.load(file))


def make(split: str, size: int, seed: int) -> Iterator[Row]:
    """The first `size` rows of a split."""
    return fill.forward_rows(small(split), f"{seed}:small:{split}", size)


def train(split: str, arm: str, problems: int, copies: int, seed: int) -> Iterator[Row]:
    """Rows to train on, of the same problems as `make` gives, at most `copies` of each."""
    key = f"{seed}:small:{split}"
    return training_rows.training_rows(small(split), key, arm, problems, copies)


def read(row: Row) -> Item:
    """As `filling.read_problem` says."""
    return fill.read_problem(row)


def describe() -> list[tuple[str, str]]:
    """How many templates there are, and that the splits share none."""
    return likeness.describe({split: small(split) for split in SPLITS})


BENCHMARK = Benchmark(
    name="wordproblems_small",
    title="wordproblems with numbers of 2 to 12 and no step above 40",
    source="embedded: made from templates of wordproblems",
    licence="Apache-2.0",
    splits=SPLITS,
    read=read,
    checkers=("metamath-gsm8k/1", "mmeval/1"),
    max_tokens=512,
    cluster="template",
    make=make,
    train=train,
    describe=describe,
)
