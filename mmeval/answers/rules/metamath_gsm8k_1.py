r"""The GSM8K rule of the MetaMath paper, verdict for verdict, oddities included.

The answer is the first match of `[\-+]?\d*[\.,/]?\d+` after the LAST `The answer is: `
(colon and space; App. B of the paper). Its value is rounded to an integer, half to even,
and must equal `int(gold)` without its commas. What follows from that:

    The answer is: 1,234        1234    one comma is dropped ...
    The answer is: 1,234,567    1234    ... and the second ends the number
    The answer is: 12.5         12      so 12.5 is right for 12
    The answer is: 3/4          1       one fraction is worked out, then rounded
    The answer is: 7/0          7       the denominator `0` is left out ...
    The answer is: 2/00         failed  ... but `00` stops the script
    The answer is:18            no_answer: there is no space
    The answer is: -5, typed with U+2212: 5, for that is no minus here

`\d` is any decimal digit of Unicode. The script stops with an error, and its whole run
with it, where the outcome here is `failed`: a denominator that is zero and not written
`0`; a number that is infinite as a float when it is negative or part of a fraction (a
positive one is no answer); a gold that is no integer, or is too large for a float.

Source: `extract_answer_number` and the loop that calls it, in
https://github.com/meta-math/MetaMath/blob/fe667b1/eval_gsm8k.py
"""

from __future__ import annotations

import math
import re

from mmeval.answers.checker import Checker, Comparison, Extraction

MARKER = "The answer is: "
NUMBER = re.compile(r"[\-+]?\d*[\.,/]?\d+")
RULE = "rounded to an integer"
CANARIES = (
    ("1", "2"),
    ("5", "25"),
    ("18", "-18"),
    ("20", "2000"),
    ("234", "1,234"),
    ("100001", "100002"),
)
"""Different answers: the last two are one to a tolerance, and to five digits."""


def extract(text: str) -> Extraction | None:
    """The first number after the last marker; None when the marker is not there.

    The marker without a number gives an empty value, which `compare` calls `no_answer`
    with that reason.
    """
    start = text.rfind(MARKER)
    if start < 0:
        return None
    number = NUMBER.search(text, start + len(MARKER))
    if number is None:
        return Extraction(value="", span=None, rule="marker without a number")
    return Extraction(
        value=number.group(), span=number.span(), rule="first number after the last marker"
    )


def compare(answer: str, gold: str) -> Comparison:
    """Whether the rounded value of `answer` is the integer `gold`."""
    if not answer:
        return Comparison(
            outcome="no_answer", rule=RULE, note=f"no number follows the last {MARKER!r}"
        )
    try:
        value = _rounded(answer)
    except ArithmeticError as error:
        return _failed(f"the paper's script stops at {_short(answer)}: {error}")
    if value is None:
        return Comparison(
            outcome="no_answer", rule=RULE, note=f"{_short(answer)} has no finite value"
        )
    try:
        # both through float, as there: 2**53 + 1 is right for 2**53
        equal = float(value) == float(int(gold.replace(",", "")))
    except (ValueError, OverflowError):
        return _failed(f"the gold {_short(gold)} is not an integer that this rule can read")
    return Comparison(outcome="right" if equal else "wrong", rule=RULE)


def state(gold: str) -> str:
    """A sentence that gives `gold` as the answer."""
    return f"{MARKER}{gold}"


def _rounded(answer: str) -> int | None:
    """The value of a match of NUMBER; None where the script finds none.

    Raises ZeroDivisionError or OverflowError where the script stops with an error.
    """
    numerator, slash, denominator = answer.partition("/")
    if not slash:
        value = float(answer.replace(",", ""))
        return None if value == math.inf else round(value)
    if not numerator.strip("+-"):
        return None
    if denominator == "0":
        return round(float(numerator))
    return round(_divided(_decimal(numerator), _decimal(denominator)))


def _decimal(digits: str) -> tuple[int, int]:
    """Numerator and denominator of a number, by way of the repr of a float.

    The script's `Fraction` is that of the package `fraction` 2.2.0, not the standard
    library's: it writes the float out and counts the characters after the point, or all
    of them when there is none (`1e+16`), to know by how much to multiply.
    """
    value = float(digits)
    written = str(value)
    scale = 10 ** (len(written) - written.find(".") - 1)
    return round(value * scale), scale


def _divided(first: tuple[int, int], second: tuple[int, int]) -> float:
    above, below = first[0] * second[1], first[1] * second[0]
    if below == 0:
        raise ZeroDivisionError("the denominator is zero")
    common = math.gcd(above, below)
    # that package reduces by a division of floats, which rounds beyond 2**53
    return int(above / common) / int(below / common)


def _failed(note: str) -> Comparison:
    return Comparison(outcome="failed", rule=RULE, note=note)


def _short(text: str) -> str:
    return repr(text) if len(text) <= 40 else f"{text[:30]!r}... ({len(text)} characters)"


CHECKER = Checker(
    name="metamath-gsm8k/1",
    title="MetaMath's eval_gsm8k.py: number after 'The answer is: ', rounded to an integer",
    source="https://github.com/meta-math/MetaMath/blob/fe667b1/eval_gsm8k.py#L24-L50",
    extract=extract,
    compare=compare,
    state=state,
    canaries=CANARIES,
)
