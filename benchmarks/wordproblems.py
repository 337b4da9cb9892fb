"""Word problems made from our own templates by a seed: no network, no files, any size.

Templates, not numbers, are divided between train and test. A row of seed 0, test:

    {"question": "...", "gold": "84", "solution": "...\\n#### 84\\nThe answer is: 84",
     "template": "orchard-crates", "steps": 2}
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmeval.declare import Benchmark, Item, Row, Split
from mmeval.problems.word_problems import fill, likeness, template, training_rows

SPLITS = {"train": Split(rows=2000), "test": Split(rows=500)}


def file(split: str) -> Path:
    """The templates of a split."""
    return Path(__file__).with_name(f"wordproblems_{split}.toml")


def make(split: str, size: int, seed: int) -> Iterator[Row]:
    """The first `size` rows of a split."""
    return fill.forward_rows(template.load(file(split)), f"{seed}:{split}", size)


def train(split: str, arm: str, problems: int, copies: int, seed: int) -> Iterator[Row]:
    """Rows to train on, of the same problems as `make` gives, at most `copies` of each."""
    rows = template.load(file(split))
    return training_rows.training_rows(rows, f"{seed}:{split}", arm, problems, copies)


def read(row: Row) -> Item:
    """As `filling.read_problem` says."""
    return fill.read_problem(row)


def describe() -> list[tuple[str, str]]:
    """How many templates there are, and that the splits share none."""
    return likeness.describe({split: template.load(file(split)) for split in SPLITS})


BENCHMARK = Benchmark(
    name="wordproblems",
    title="word problems from our own templates, 1-6 steps, made by a seed",
    source="embedded: made from wordproblems_train.toml and wordproblems_test.toml",
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
