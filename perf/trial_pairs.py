"""Random pairs of answers for the comparison; `perf/trials.py` runs this."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.policies import PRESETS
from tests.builders.trial_counts import Bounds, Trial

ATOMS = (
    "0", "1", "-1", "2", "7", "12", "0.5", ".5", "3.140", "1,234", "1e5", "50%", "\\pi", "e", "i",
    "x", "y", "\\infty", "\\text{yes}", "(A)", "\\$5", "½", "√2", "90^\\circ", "5 cm", "10!", "",
    "None", "\\emptyset", "{", "}", "\\frac", "^", "_", "\ud83d", "\u0660", "abc",
)  # fmt: skip
SHAPES = (
    "{0}+{1}", "{0}-{1}", "{0}{1}", "{0}\\cdot {1}", "\\frac{{{0}}}{{{1}}}", "({0})^{{{1}}}",
    "\\sqrt{{{0}}}", "\\sqrt[{1}]{{{0}}}", "({0}, {1})", "[{0}, {1})", "\\{{{0}, {1}\\}}",
    "{0}\\cup {1}", "{0} = {1}", "{0} < {1}", "\\sin({0})", "\\sin({0})^{{{1}}}", "\\ln {0}",
    "\\binom{{{0}}}{{{1}}}", "|{0}|", "{0} or {1}", "{0}, {1}", "\\begin{{pmatrix}} {0} & {1}"
    " \\end{{pmatrix}}", "{0}!", "\\log_{{{0}}} {1}", "{0} \\pm {1}", "{0}/{1}", "-({0})", "${0}$",
    "\\boxed{{{0}}}", "{0}:{1}", "{0} \\pmod{{{1}}}", "\\left({0}\\right)", "{0}\\%", "{0}^{1}",
)  # fmt: skip
NOISE = "0123456789+-*/^_{}()[]\\,.!|<>= $%&~:;xyzei\u221a\u03c0\u2212\u00b0\u00bd\u200b\u0301"
SLOW = 1.0
"""CPU seconds of one comparison."""


def answer(rng: random.Random, depth: int = 3) -> str:
    """A random answer: mostly well formed, now and then with a letter changed or gone."""
    if depth == 0 or rng.random() < 0.25:
        return rng.choice(ATOMS)
    parts = (answer(rng, depth - 1), answer(rng, depth - 1))
    made = rng.choice(SHAPES).format(*parts)
    if rng.random() < 0.1 and made:
        place = rng.randrange(len(made))
        made = made[:place] + rng.choice(("", rng.choice(NOISE))) + made[place + 1 :]
    return made


def pair(rng: random.Random) -> tuple[str, str]:
    """Two answers: unrelated, the same, or one a small change of the other."""
    a = answer(rng)
    kind = rng.randrange(4)
    if kind == 0:
        return a, a
    if kind == 1 and a:
        place = rng.randrange(len(a))
        return a, a[:place] + rng.choice(NOISE) + a[place + 1 :]
    return a, answer(rng)


def pairs(scratch: Path, bounds: Bounds) -> Iterator[Trial]:
    """Both ways round, under every policy: nothing raises, nothing is slow, both ways agree."""
    rng = random.Random(bounds.seed)
    raised, slow, asymmetric = (
        Trial(f"fuzzed pairs, both ways round: {what}", bounds)
        for what in ("exceptions", f"above {SLOW:.0f} s of CPU", "asymmetric")
    )
    policies = list(PRESETS.items())
    for number in range(bounds.count):
        if not raised.in_time():
            break
        a, b = pair(rng)
        name, policy = policies[number % len(policies)]
        fault = differ = ""
        begin = between = end = time.process_time()
        try:
            there = compare(a, b, policy)
            between = end = time.process_time()
            back = compare(b, a, policy)
            end = time.process_time()
            if "failed" in (there.reason, back.reason):
                fault = f"{name}: {a!r}, {b!r}: {there} {back}"
            if there.outcome != back.outcome:
                differ = f"{name}: {a!r}, {b!r}: {there.outcome} and {back.outcome}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            fault = f"{name}: {a!r}, {b!r}: {error!r}"
        seconds = max(between - begin, end - between)
        raised.add(fault)
        slow.add(f"{name}: {a!r}, {b!r}: {seconds:.1f} s" if seconds > SLOW else "")
        asymmetric.add(differ)
    yield from (raised, slow, asymmetric)
