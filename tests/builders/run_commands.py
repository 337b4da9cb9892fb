"""Small runs that tests begin with, from Python and as commands that are typed."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmeval import cli
from mmeval.runs.config import RunConfig

N = 12
CHECKER = "metamath-gsm8k/1"
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


def typed(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *args: str) -> Said:
    """How `mmeval ARGS` ends, in this process."""
    monkeypatch.setattr(sys, "argv", ["mmeval", *args])
    capfd.readouterr()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, int)
    said = Said(ended.value.code, *capfd.readouterr())
    assert "Traceback" not in said.err
    return said


def write_doubles(folder: Path, name: str = "doubles") -> Path:
    """The file of the benchmark of N sums."""
    path = folder / f"{name}.py"
    path.write_text(BENCHMARK.replace("NAME", name))
    return path


def replay_config(folder: Path) -> RunConfig:
    """A replay of N answers to the sums; the last two are wrong."""
    responses = folder / "responses.jsonl"
    rows = [
        {
            "question": f"What is {i} plus {i}?",
            "said": f"{i} + {i} = {2 * i}.\nThe answer is: {2 * i + (i >= N - 2)}",
            "draft": "Let me see.",
        }
        for i in range(N)
    ]
    responses.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return RunConfig(
        model="somebody",
        benchmark=(str(write_doubles(folder)),),
        engine="replay",
        responses=str(responses),
        text="said",
        out=str(folder / "run"),
    )


REPLAY = ("--engine", "replay", "--responses", "responses.jsonl", "--text", "said", "--model", "me")
DOUBLES = ("--benchmark", "./doubles.py")
AGAIN = ("--benchmark", "./again.py")


def named_command(said: Said) -> list[str]:
    """The arguments after `mmeval run` of the command that a message ends in."""
    return shlex.split(said.err.rpartition("mmeval run ")[2])
