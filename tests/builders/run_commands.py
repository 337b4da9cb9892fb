"""What tests of `mmeval run` as it is typed have in common; the fixture `mmeval` types it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

N = 12
BENCHMARK = """
from mmeval.declare import Benchmark, Item, Split

def read(row):
    return Item(question=row["question"], gold=row["gold"])

def make(split, size, seed):
    for i in range(size):
        yield {"question": f"What is {i} plus {i}?", "gold": str(2 * i)}

BENCHMARK = Benchmark(
    name="NAME", title="doubles", source="https://example.org", licence="MIT",
    splits={"test": Split(rows=12)}, read=read, make=make,
    checkers=("metamath-gsm8k/1",), max_tokens=64,
)
"""
FILES = """
from mmeval.declare import Benchmark, Item, Split

def read(row):
    return Item(question=row["question"], gold=row["gold"])

BENCHMARK = Benchmark(
    name="filed", title="from a file", source="https://example.org", licence="MIT",
    splits={"test": Split(rows=3, files=("filed/test.jsonl",))}, read=read,
    checkers=("metamath-gsm8k/1",), max_tokens=64,
)
"""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line that begins with `mmeval: `, all that follows it included."""
        return self.err[self.err.index("mmeval: ") :]


Mmeval = Callable[..., Said]


REPLAY = ("--engine", "replay", "--responses", "responses.jsonl", "--text", "said", "--model", "me")
DOUBLES = ("--benchmark", "./doubles.py")
AGAIN = ("--benchmark", "./again.py")


def named_command(said: Said) -> list[str]:
    """The arguments after `mmeval run` of the command that a message ends in."""
    return shlex.split(said.err.rpartition("mmeval run ")[2])
