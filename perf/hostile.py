r"""Answers made to raise, to hang or to fill the memory; `perf/checker.py hostile` runs them."""

from __future__ import annotations

import time
from typing import NamedTuple

import click

from mmeval.answers.comparison.many import compare_pairs
from mmeval.answers.comparison.match import Result
from mmeval.answers.comparison.pool import Pool
from mmeval.answers.extraction.extract import extract


class Hostile(NamedTuple):
    """One hostile answer and what it is compared with."""

    name: str
    text: str
    gold: str = "1"
    whole: bool = False
    """It is a whole output, from which the answer is read first."""


def _listed(item: str, first: int) -> str:
    """50 items, `N` standing for 50 numbers; of two such lists 2,500 pairs are compared."""
    return ",".join(item.replace("N", str(n)) for n in range(first, first + 50))


_SUM, _SINE = "(x+y+N)^{21}", r"Nx\sin(Ny)+1"
_CHAIN = r"\frac{1}{" * 2000 + "1" + "}" * 2000
HOSTILE = (
    Hostile("a billion-digit power", "10^{1000000000}"),
    Hostile("a tower of powers", "9^{9^{9^9}}"),
    Hostile("a tower of e", "e^{e^{e^{e^{e}}}}"),
    Hostile("a factorial of factorials", "5" + "!" * 60),
    Hostile("a huge binomial", r"\binom{100000}{50000}"),
    Hostile("a huge exponent", "1e999999"),
    Hostile("a brace 10,000 deep", "{" * 10_000 + "x" + "}" * 10_000),
    Hostile("20,000 open boxes", r"\boxed{" * 20_000, whole=True),
    Hostile("a chain of 2,000 fractions", _CHAIN),
    Hostile("a chain of 35 fractions", r"\frac{1}{1+" * 35 + "1" + "}" * 35, r"\frac{1}{2}"),
    Hostile("5,000 roots", r"\sqrt" * 5000 + "2"),
    Hostile("100,000 minus signs", "-" * 100_000 + "1"),
    Hostile("a 1 MB answer", "1" * 1_000_000),
    Hostile("a 1 MB output, no answer", "so it goes on. " * 66_667, whole=True),
    Hostile("a list of 50,000", "1," * 50_000),
    Hostile("a sum to the 300th power", "(x+y+z+w+v)^{300}"),
    Hostile("40 factors of five terms", "*".join(["(a+b+c+d+e)"] * 40)),
    Hostile("50 powers of sums", _listed(_SUM, 2), _listed(_SUM, 52)),
    Hostile("50 equations of them", _listed(f"{_SUM}=0", 2), _listed(f"{_SUM}=0", 52)),
    Hostile("50 sines against others", _listed(_SINE, 2), _listed(_SINE, 52)),
    Hostile("bait: open answers", "answer is " * 20_000, whole=True),
    Hostile("bait: open fields", '{"answer": ' * 20_000, whole=True),
    Hostile("bait: blanks", "The answer is:" + " " * 59_000 + "x", whole=True),
    Hostile("bait: digits and commas", "The answer is: " + "1,111," * 9000, whole=True),
    Hostile("bait: brackets", "#### " + "(" * 20_000, whole=True),
    Hostile("bait: dollars", "$" * 50_000, whole=True),
    Hostile("bait: stars", "**" * 25_000, whole=True),
    Hostile("bait: fences", "```\n" * 15_000, whole=True),
    Hostile("broken Unicode", "\x00\ud800"),
    Hostile(
        "a pair that sympy proves in 1 s or so",
        r"\sin x\sin 2x\sin 3x\sin 4x\sin 5x",
        r"\frac{\sin x\sin 2x\sin 3x}{2}(\cos x-\cos 9x)",
    ),
    Hostile(
        "a pair that sympy does not finish",
        r"\sqrt{2+\sqrt{2+\sqrt{2+\sqrt{2+\sqrt{2}}}}}",
        r"2\cos\frac{\pi}{64}",
    ),
)
"""Texts and golds; the last overruns its time in the worker."""


def show_hostile() -> None:
    """One line for each: seconds of wall time, outcome, and whether the worker then proves
    an identity; the memory of this process at last."""
    import resource

    pool = Pool(1)
    pool.warm()
    click.echo(f"{'hostile answer':38} {'size':>9} {'seconds':>7}  {'outcome':26} worker")
    for each in HOSTILE:
        begin = time.perf_counter()
        result = _judged(each, pool)
        took = time.perf_counter() - begin
        said = "no answer" if result is None else result.outcome
        reason = f", {result.reason}" if result is not None and result.reason else ""
        alive = pool.compare(r"\sin^2 x + \cos^2 x", "1").outcome == "equal"
        click.echo(
            f"{each.name:38} {len(each.text):9,} {took:7.2f}  {said + reason:26} "
            f"{'alive' if alive else 'DEAD'}"
        )
    pool.close()
    own, workers = (
        resource.getrusage(who).ru_maxrss >> 10
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    click.echo(f"peak memory: {own} MiB here, {workers} MiB in the largest worker (limit 2,048)")


def _judged(each: Hostile, pool: Pool) -> Result | None:
    answer = each.text
    if each.whole:
        found = extract(each.text)
        if found is None:
            return None
        answer = found.value
    return compare_pairs([(answer, each.gold)], pool=pool)[0]
