r"""Answers made to raise, to hang or to fill the memory; `perf/checker.py hostile` runs them."""

from __future__ import annotations

from typing import NamedTuple


class Hostile(NamedTuple):
    """One hostile answer and what it is compared with."""

    name: str
    text: str
    gold: str = "1"
    whole: bool = False
    """It is a whole output, from which the answer is read first."""


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
    Hostile("bait: open answers", "answer is " * 20_000, whole=True),
    Hostile("bait: open fields", '{"answer": ' * 20_000, whole=True),
    Hostile("bait: blanks", "The answer is:" + " " * 60_000 + "x", whole=True),
    Hostile("bait: digits and commas", "The answer is: " + "1,111," * 9000, whole=True),
    Hostile("bait: brackets", "#### " + "(" * 20_000, whole=True),
    Hostile("bait: dollars", "$" * 50_000, whole=True),
    Hostile("bait: stars", "**" * 25_000, whole=True),
    Hostile("bait: fences", "```\n" * 15_000, whole=True),
    Hostile("broken Unicode", "\x00\ud800"),
    Hostile(
        "a pair that sympy does not finish",
        r"\cos x^{17} + \sqrt{\sin x + \tan x \cdot \ln(x+2)}",
        r"\cos(x^{17})+\sqrt{\tan x\ln(x+2)+\frac{\tan x}{\sec x}}",
    ),
)
"""Texts and golds; the last overruns its time in the worker."""
