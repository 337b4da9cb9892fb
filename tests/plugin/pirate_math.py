"""Somebody else's package: with its pyproject.toml, 40 lines for a benchmark and a checker."""

import random
import re

from mmeval.declare import Benchmark, Checker, Comparison, Extraction, Item, Split


def make(split, size, seed):
    rng = random.Random(f"{split}/{seed}")
    for _ in range(size):
        yield {"had": rng.randrange(10**6), "found": rng.randrange(10**6)}


def read(row):
    question = f"A pirate had {row['had']} doubloons and found {row['found']}. How many now?"
    return Item(question=question, gold=str(row["had"] + row["found"]))


def extract(text):
    found = re.search(r"Arr, ([0-9]+)", text)
    return Extraction(value=found[1], span=found.span(1), rule="after Arr") if found else None


def compare(said, gold):
    return Comparison(outcome="right" if int(said) == int(gold) else "wrong", rule="integers")


LINK = "https://example.org/pirates"
BENCHMARK = Benchmark(name="pirates", title="pirate sums", source=LINK, licence="MIT",
                      splits={"test": Split(rows=20)}, make=make, read=read,
                      checkers=("pirate-sums/1",), max_tokens=64)  # fmt: skip
CHECKER = Checker(name="pirate-sums/1", title="the number after Arr", source=LINK,
                  extract=extract, compare=compare)  # fmt: skip
