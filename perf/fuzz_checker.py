r"""Fuzzes the three checkers, with coverage as a guide: nothing may raise, and nothing may hang.

    pip install atheris        (Linux, Python 3.11 to 3.13)
    python perf/fuzz_checker.py --minutes 60

One process and one sympy worker. The corpus is the case tables of tests/golden and the hostile
inputs of perf/hostile.py; libFuzzer mutates it, and one mutation in eight repeats a piece of the
input up to 20,000 characters, which is what makes a regular expression or a parser quadratic.

Each input is a text and a gold. Every checker reads the text and compares what it found with the
gold; `mmeval/1` compares the two under every preset, both ways round, and the text with itself.
A finding is anything raised, an outcome `failed`, an asymmetry, an answer that is not itself, a
span outside the text, a step of more than 2 s of CPU time (timed again without instrumentation,
which costs up to twelve times as much), and a worker that takes longer than its budget or is not
alive afterwards. Sympy is asked as long as it has had no more than a share of the time. Findings
and the slowest inputs are kept in --out; exit 1 when there is a finding.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import atheris
import click
from hostile import HOSTILE

with atheris.instrument_imports(include=["mmeval"]):
    from mmeval import answers, catalog
    from mmeval.answers.comparison.compare import compare
    from mmeval.answers.comparison.match import Result
    from mmeval.answers.comparison.policies import DEFAULT, PRESETS
    from mmeval.answers.comparison.pool import Limits, Pool

    for each in pkgutil.iter_modules(answers.__path__, "mmeval.answers."):
        if not each.name.endswith(".worker"):
            importlib.import_module(each.name)

T = TypeVar("T")
GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"
MARK = "\x1e"
"""Between the text and the gold of an input."""
BUDGET = 2.0
"""CPU seconds of one step."""
SLACK = 4.0
"""Wall seconds beyond the wall time of a pair: a worker starts, other work goes on."""
LONGEST = 20_000
"""Characters of an input."""
IDENTITY = (r"\sin^2 x + \cos^2 x", "1")
WORDS = (
    *(
        r"\frac{",
        r"\sqrt{",
        r"\boxed{",
        r"\text{",
        r"\left(",
        r"\right)",
        r"\pi",
        r"\binom{",
        r"\\",
    ),
    *(r"\begin{pmatrix}", r"\end{pmatrix}", r"\pm", r"\infty", r"\cup", r"\le", r"\sin", r"\log_"),
    *("The answer is: ", "#### ", '{"answer": "', "**Answer:** ", "</think>", "```output\n", "```"),
    *(
        "^{",
        "_{",
        "!",
        "%",
        "1,234",
        " and ",
        " or ",
        "\\$",
        "$$",
        "½",
        "√",
        "−",
        "feet",
        ":",
        "Q: ",
    ),
)


class Fuzz:
    """What was tried, what it cost and what was found."""

    def __init__(self, out: Path, seconds: float, pool_share: float) -> None:
        self.out = out
        self.began = time.monotonic()
        self.ends = self.began + seconds
        self.pool_share = pool_share
        self.pool = Pool(1)
        self.inputs = self.steps = self.asked = self.retimed = 0
        self.in_pool = 0.0
        self.found: dict[str, str] = {}
        self.slowest: list[tuple[float, str, str]] = []
        self.checkers = [catalog.load("checkers", name) for name in catalog.names("checkers")]

    def one(self, data: bytes) -> None:
        """Tries one input; ends the process when the time is over."""
        if time.monotonic() > self.ends:
            self.end()
        text, _, gold = decoded(data).partition(MARK)
        self.inputs += 1
        for checker in self.checkers:
            self._checked(checker, text, gold)
        for name, policies in PRESETS.items():
            there = self.step(f"compare, {name}", compare, text, gold, policies)
            back = self.step(f"compare, {name}", compare, gold, text, policies)
            if there and back and there.outcome != back.outcome:
                self.finding(f"asymmetric, {name}", f"{there} {back}", text, gold)
        self._itself(text)
        left = self.step("compare", compare, text, gold, DEFAULT)
        if left is not None and left.reason == "unproved":
            self._in_the_pool(text, gold)

    def _checked(self, checker: Any, text: str, gold: str) -> None:
        found = self.step(f"{checker.name} extract", checker.extract, text, gold, one=True)
        if found is None:
            return
        if found.span is not None and not 0 <= found.span[0] <= found.span[1] <= len(text):
            self.finding(f"{checker.name} span", str(found.span), text, gold)
        if not checker.strict:
            self.step(f"{checker.name} compare", checker.compare, found.value, gold)
        else:
            self.step("compare what was found", compare, found.value, gold)

    def _itself(self, text: str) -> None:
        same = self.step("compare with itself", compare, text, text)
        if same is not None and same.outcome != "equal":
            self.finding("not itself", str(same), text, text)

    def step(
        self, name: str, call: Callable[..., T], a: str, b: str, *more: Any, one: bool = False
    ) -> T | None:
        """What a call gives, its time taken; None when it raised."""
        begin = time.process_time()
        try:
            result = call(a) if one else call(a, b, *more)
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding
            where = traceback.format_exc().strip().splitlines()
            self.finding(
                f"{name} raised, {where[-1][:80]}, {where[-3].strip()}", "\n".join(where), a, b
            )
            return None
        took = time.process_time() - begin
        self.steps += 1
        self._slow(took, name, a, b)
        if isinstance(result, Result) and result.reason == "failed":
            self.finding(f"{name}: {result.rule}", str(result), a, b)
        return result

    def _slow(self, took: float, name: str, a: str, b: str) -> None:
        if len(self.slowest) < 5 or took > self.slowest[-1][0]:
            self.slowest = sorted([(took, name, a + MARK + b), *self.slowest], reverse=True)[:5]
        if took > BUDGET and f"{name}: slow" not in self.found:
            plain = self._retimed(a, b)
            if plain > BUDGET:
                self.finding(f"{name}: slow", f"{took:.1f} CPU s, {plain:.1f} bare", a, b)

    def _retimed(self, a: str, b: str) -> float:
        """Its processor time in a process without instrumentation, which costs up to twelve
        times as much."""
        self.retimed += 1
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("retimed.py"))],
            input=json.dumps({"a": a, "b": b}),
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
        return float(done.stdout)

    def _in_the_pool(self, a: str, b: str) -> None:
        if self.in_pool > self.pool_share * (time.monotonic() - self.began):
            return
        begin = time.monotonic()
        result = self.pool.compare(a, b)
        took = time.monotonic() - begin
        self.asked += 1
        if took > 2 * Limits().seconds + SLACK:
            self.finding("worker: slow", f"{took:.1f} s", a, b)
        if result.reason == "failed":
            self.finding(f"worker: {result.rule}", str(result), a, b)
        if (result.reason == "time" or not self.asked % 50) and (
            self.pool.compare(*IDENTITY).outcome != "equal"
        ):
            self.finding("worker: not alive after it", str(result), a, b)
        self.in_pool += time.monotonic() - begin

    def finding(self, name: str, what: str, a: str, b: str) -> None:
        """Keeps the first input of each finding."""
        if name in self.found:
            return
        self.found[name] = what
        row = {"finding": name, "what": what, "a": a, "b": b}
        path = self.out / f"finding-{len(self.found)}.json"
        path.write_text(json.dumps(row, indent=1), encoding="utf-8")
        click.echo(f"finding: {name}: {path}", err=True)

    def end(self) -> None:
        """Prints what was done, and ends the process: libFuzzer does not return."""
        self.pool.close()
        took = time.monotonic() - self.began
        click.echo(
            f"{self.inputs:,} inputs, {self.steps:,} steps, {self.asked:,} pairs in the worker, "
            f"{took / 60:.1f} minutes: {len(self.found)} findings; {self.retimed} steps took over "
            f"{BUDGET:.0f} s as they are instrumented, and were timed again without"
        )
        for at, (seconds, name, text) in enumerate(self.slowest):
            (self.out / f"slow-{at}.txt").write_text(text, "utf-8", "surrogatepass")
            click.echo(f"slowest: {seconds:.3f} CPU s, {name}, {len(text)} characters")
        for name in self.found:
            click.echo(f"finding: {name}")
        sys.stdout.flush()
        os._exit(1 if self.found else 0)


def decoded(data: bytes) -> str:
    """The bytes as text: a lone surrogate is kept, as JSON can hold one."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def seeds() -> Iterator[str]:
    """The golden case tables and the hostile inputs, as inputs."""
    for path in sorted(GOLDEN.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if "text" in row:
                yield f"{row['text']}{MARK}{row.get('gold', row.get('value'))}"
            elif "a" in row or "pred" in row:
                yield f"{row.get('a', row.get('pred'))}{MARK}{row.get('b', row.get('gold'))}"
    for hostile in HOSTILE:
        yield f"{hostile.text[:LONGEST]}{MARK}{hostile.gold}"


def mutated(data: bytes, longest: int, seed: int) -> bytes:
    """libFuzzer's own mutation; one in eight repeats a piece instead."""
    rng = random.Random(seed)
    if data and not rng.randrange(8):
        start = rng.randrange(len(data))
        piece = data[start : start + rng.randint(1, 12)]
        times = rng.choice((2, 3, 10, 50, 300, 2000, longest))
        data = data[:start] + piece * min(times, longest // len(piece)) + data[start:]
        return data[:longest]
    return bytes(atheris.Mutate(data, longest))


@click.command()
@click.option("--minutes", default=60.0, show_default=True)
@click.option("--seed", default=1, show_default=True, help="0: another one each time.")
@click.option("--pool-share", default=0.2, show_default=True, help="Of the time, for sympy.")
@click.option("--out", type=click.Path(path_type=Path), help="Default: a temporary folder.")
def main(minutes: float, seed: int, pool_share: float, out: Path | None) -> None:
    """Fuzzes for so many minutes."""
    out = out or Path(tempfile.mkdtemp(prefix="fuzz_checker_"))
    corpus = out / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for at, text in enumerate(seeds()):
        (corpus / f"seed-{at}").write_text(text, "utf-8", "surrogatepass")
    words = out / "words.dict"
    quoted = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in WORDS)
    words.write_text("".join(f'"{word}"\n' for word in quoted), encoding="utf-8")
    fuzz = Fuzz(out, 60 * minutes, pool_share)
    click.echo(f"{len(list(corpus.iterdir()))} inputs to begin with; findings go to {out}")
    flags = [f"-seed={seed}", f"-dict={words}", f"-max_len={LONGEST}", "-timeout=120"]
    flags += ["-rss_limit_mb=4096", f"-artifact_prefix={out}/", "-print_final_stats=0"]
    with contextlib.suppress(KeyboardInterrupt):
        atheris.Setup([sys.argv[0], str(corpus), *flags], fuzz.one, custom_mutator=mutated)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
