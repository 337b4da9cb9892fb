"""A run that is killed with -9, three times, equals one that nobody disturbed.

The hf engine at float32, whose batches are a function of the problem list: a batch is
the unit of resume. The processes are real and so is the signal.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mmeval
from mmeval.records import to_row
from mmeval.run_folder import RunDir
from mmeval.runs.config import RunConfig

N = 60
BENCHMARK = """
from mmeval.declare import Benchmark, Item, Split
WORDS = "one two three four five six seven eight nine ten eleven twelve".split()

def read(row):
    return Item(question=row["question"], gold="1")

def make(split, size, seed):
    for i in range(size):
        yield {"question": " ".join([WORDS[i // 12], WORDS[i % 12], *WORDS[: i % 7]])}

BENCHMARK = Benchmark(
    name="words", title="words", source="https://example.org", licence="MIT",
    splits={"test": Split(rows=60)}, read=read, make=make,
    checkers=("metamath-gsm8k/1",), max_tokens=48,
)
"""


def config(tiny: Path, folder: Path, out: str, **more: Any) -> RunConfig:
    bench, prompt = folder / "words.py", folder / "bare.txt"
    bench.write_text(BENCHMARK)
    prompt.write_text("{question}")
    return RunConfig(
        model=str(tiny),
        benchmark=(str(bench),),
        prompt=str(prompt),
        engine="hf",
        engine_args={"batch_size": 4},
        dtype="float32",
        out=str(folder / out),
        **more,
    )


def rows(run: RunDir) -> dict[tuple[str, int], dict[str, Any]]:
    found = [to_row(g) for g in run.generations()]
    keyed = {(row["problem_id"], row["sample"]): row for row in found}
    assert len(keyed) == len(found), "a row is doubled"
    return keyed


def start(config: RunConfig) -> subprocess.Popen[bytes]:
    settings = {
        "model": config.model,
        "benchmark": list(config.benchmark),
        "prompt": config.prompt,
        "engine": "hf",
        "engine_args": dict(config.engine_args),
        "dtype": config.dtype,
        "temperature": config.temperature,
        "samples": config.samples,
        "out": config.out,
    }
    path = Path(str(config.out)).with_suffix(".yaml")
    path.write_text(json.dumps(settings))
    code = [f"--benchmark={each}" for each in config.benchmark]  # a path to code is said again
    command = [sys.executable, "-m", "mmeval.cli", "run", "--config", str(path), *code]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_after(process: subprocess.Popen[bytes], file: Path, rows: int) -> None:
    """Sends -9 as soon as the file has grown by some rows."""
    begin = file.read_bytes().count(b"\n") if file.exists() else 0
    until = time.monotonic() + 600
    while not file.exists() or file.read_bytes().count(b"\n") < begin + rows:
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < until, "the run did not come to life"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize(("temperature", "samples"), [(0.0, 1), (0.8, 2)])
def test_three_kills_lose_double_and_change_no_row(
    tiny: Path, tmp_path: Path, temperature: float, samples: int
) -> None:
    how: dict[str, Any] = {"temperature": temperature, "samples": samples}
    [whole] = mmeval.run(config(tiny, tmp_path, "whole", **how))
    broken = config(tiny, tmp_path, "broken", **how)
    file = RunDir(Path(str(broken.out))).generations_file
    for number in (3, 9, 14):
        kill_after(start(broken), file, number)
    kept = file.read_bytes().count(b"\n")
    assert 26 <= kept < samples * N, "three kills in the midst of the run"
    [resumed] = mmeval.run(broken)
    assert rows(resumed) == rows(whole)
    assert resumed.summary()["checkers"] == whole.summary()["checkers"]


def test_topping_samples_up_asks_only_for_the_new_ones(tiny: Path, tmp_path: Path) -> None:
    few = config(tiny, tmp_path, "run", temperature=0.8, samples=1, limit=12)
    [run] = mmeval.run(few)
    first = rows(run)
    [run] = mmeval.run(replace(few, samples=3))
    assert len(rows(run)) == 36
    assert {key: row for key, row in rows(run).items() if key[1] == 0} == first
    assert [s["generations"] for s in run.manifest()["sessions"]] == [12, 24]
    [fresh] = mmeval.run(replace(few, samples=3, out=str(tmp_path / "fresh")))
    assert rows(fresh) == rows(run)
    [again] = mmeval.run(few)
    assert len(rows(again)) == 36, "fewer samples take nothing away"
