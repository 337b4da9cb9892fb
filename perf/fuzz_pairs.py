"""Random pairs of notations with fresh seeds: nothing raises, is slow, or depends on the order.

python perf/fuzz_pairs.py [--minutes 10] [--seed N] [--data DIR]

Pieces of notation in any order, and the cases of DIR/equivalence/reports.jsonl with pieces put in.
Each pair is compared both ways round; tidying is idempotent, and what is tidied equals what it was.
Unlike `fuzz_checker.py` it needs nothing but mmeval, and `make nightly` runs it. Exit 1 where
something was found; the seed is printed, so that it can be found again.
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import click

from mmeval.answers.comparison.compare import compare
from mmeval.answers.grammar.normalise import key, tidy

PIECES = (
    *(r"\frac", r"\sqrt", "{", "}", "(", ")", "[", "]", "^", "_", "1", "23", ".", ",", " ", "x"),
    *(r"\pi", "-", "+", "=", "<", r"\le", r"\cup", r"\text{", "ab", "%", "!", "|", r"\pm", "°"),
    *(r"\begin{pmatrix}", r"\end{pmatrix}", r"\\", "&", "/", "*", ":", "$", r"\boxed{", "'", "e9"),
    *(r"\sin", r"\log", "and", "feet", "\n", "−", "½", "√", r"\{", r"\}", r"\infty", "_5", "oo"),
    *(r"\over", r"\choose", "C", "_{10}", "^3", r"\overline{3}", r"\dot3", "0.3", "...", r"\mid"),
    *(r"\in", r"\mathbb{R}", r"\begin{cases}", r"\end{cases}", "元", "A", "B. ", r"\text{ m}"),
    *(r"\mathrm{kg}", "km/h", ";", "≤", "²", "₃", "⅓", "no solution", "or", r"\pmod", "base 2"),
    *("5 cm", "if", "n", "is", "even", r"\circ", r"\color{red}", "0x", "1F", "April 5", " am"),
    *(" pm", ":30", '"', r"\!", r"\,", " U ", "T", "^T"),
)
SLOW = 1.0
"""Seconds of processor time for both ways round."""


@click.command()
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--seed", type=int, help="Drawn from the clock when left out.")
@click.option("--data", type=click.Path(path_type=Path), envvar="MMEVAL_DATA")
def main(minutes: float, seed: int | None, data: Path | None) -> None:
    """Fuzzes for so long and prints what does not hold."""
    seed = time.time_ns() % 10**9 if seed is None else seed
    click.echo(f"seed {seed}")
    rng, end = random.Random(seed), time.monotonic() + 60 * minutes
    path = None if data is None else data / "equivalence/reports.jsonl"
    corpus = [] if path is None or not path.is_file() else texts(path)
    pairs = found = 0
    while time.monotonic() < end:
        a = drawn(rng, corpus)
        b = drawn(rng, corpus) if rng.random() < 0.6 else a + rng.choice(PIECES)
        pairs += 1
        for fault in faults(a, b):
            found += 1
            click.echo(f"{fault}: {a!r} ~ {b!r}")
    click.echo(f"{pairs} pairs, {found} faults")
    raise SystemExit(bool(found))


def texts(path: Path) -> list[str]:
    """All answers of the case file."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [row[field] for row in rows for field in ("pred", "gold") if field in row]


def drawn(rng: random.Random, corpus: list[str]) -> str:
    """Pieces, or a case with one of them put in."""
    if not corpus or rng.random() < 0.5:
        return "".join(rng.choices(PIECES, k=rng.randint(1, 14)))
    text = rng.choice(corpus)
    start = rng.randint(0, len(text))
    return text[:start] + rng.choice(PIECES) + text[start + rng.randint(0, 4) :]


def faults(a: str, b: str) -> list[str]:
    """What does not hold for a pair."""
    begin = time.process_time()
    there, back = compare(a, b), compare(b, a)
    seconds = time.process_time() - begin
    tidied = tidy(a)
    found = {
        f"raised, {there.rule}": there.reason == "failed",
        f"asymmetric, {there.outcome} and {back.outcome}": there.outcome != back.outcome,
        f"slow, {seconds:.2f} s": seconds > SLOW,
        "tidied twice": tidy(tidied) != tidied or key(key(tidied)) != key(tidied),
        "not what was tidied": bool(tidied) and compare(tidied, a).outcome != "equal",
    }
    return [fault for fault, holds in found.items() if holds]


if __name__ == "__main__":
    main()
