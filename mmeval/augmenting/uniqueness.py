"""Whether a hidden number is the only one that gives the answer: proved or unknown.

A problem may come with its `calculation`, one step a line (`Problem.meta["calculation"]`):

    s1 = n12 * 2        named: n12 is the number at character 12 of the question
    16-3-4=9            annotated: numbers alone, as in GSM8K's <<16-3-4=9>>

The hidden number becomes x, the answer a function of x, and the equation `function = answer`
is solved exactly. `determined` means that it has one solution and that this is the hidden
number. With named steps the calculation *is* the problem, so a function that does not depend
on x proves `undetermined` too.

Annotated steps do not say where a number comes from. It is inferred only where there is one
possibility; else the item is `unknown`, never guessed:

- the hidden number must differ from every other number of the question, from every
  intermediate result and from the small numbers and usual constants (`COMMON`) that a
  solution brings along, or an equal number could be either;
- every number of the calculation must be the hidden one, another of the question, an earlier
  result or a usual constant, and no constant that the hidden one gives in passing (n - 1);
- every step must come out exactly, and the last one must be the answer.

That x does not occur in such a calculation proves nothing: the rest of the question may
determine it all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from mmeval.augmenting.equations import Unreadable, number
from mmeval.augmenting.masks.improved import spoken_numbers
from mmeval.augmenting.masks.mask import Mask
from mmeval.errors import DataError
from mmeval.problems.word_problems import formulas
from mmeval.problems.word_problems.formulas import Ratio
from mmeval.records import Problem

State = Literal["determined", "undetermined", "unknown"]
_COMMON = (
    "0 1 2 3 4 5 6 7 8 9 10 12 14 15 16 20 24 25 28 30 31 36 50 52 60 90 100 120 144 180 360 365 "
    "366 1000 1440 3600 5280 1/2 1/3 2/3 1/4 3/4 1/5 1/10 1/100"
)
COMMON = frozenset(Fraction(each) for each in _COMMON.split())
"""Numbers that solutions use without their being in the question: small counts, parts, and
what time, money, measures and percentages bring along."""
_NAMED = re.compile(r"\s*([a-z]\d+)\s*=([^=]+)")
_LEAF = re.compile(r"(\$?(?:\d[\d,]*)?\.?\d+)(\s*%)?")
MAX_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of one hidden number, and why."""

    state: State
    reason: str


class Unclear(Exception):
    """The calculation does not say; the message says why."""


def examine(problem: Problem, mask: Mask) -> Proof:
    """Whether the hidden number is determined by the rest of the question and its answer."""
    lines = str(problem.meta.get("calculation") or "").splitlines()
    if not lines:
        return Proof(state="unknown", reason="the problem has no calculation")
    try:
        gold, hidden = _number(problem.gold), _number(mask.gold)
        if len(lines) > MAX_LINES:
            raise Unclear(f"more than {MAX_LINES} steps")
        if _NAMED.fullmatch(lines[0]):
            return _named(problem, mask, lines, gold, hidden)
        function = _annotated(problem, mask, lines, gold, hidden)
    except Unclear as error:
        return Proof(state="unknown", reason=str(error))
    except (Unreadable, DataError, ZeroDivisionError):
        return Proof(state="unknown", reason="the calculation cannot be read")
    if formulas.solve(function, gold) == hidden:
        return Proof(state="determined", reason="its calculation solved for x")
    return Proof(state="unknown", reason="the calculation has not one solution for x")


def _number(text: str) -> Fraction:
    try:
        return Fraction(text.replace(",", "").replace("$", "").strip())
    except (ValueError, ZeroDivisionError):
        raise Unclear("the answer or the hidden number is not a plain number") from None


def _named(
    problem: Problem, mask: Mask, lines: Iterable[str], gold: Fraction, hidden: Fraction
) -> Proof:
    """By named steps: x is put in its place, and nothing has to be inferred."""
    values: dict[str, Ratio] = {}
    wanted = f"n{mask.at + _lead(mask)}"
    seen = False
    function = None
    for line in lines:
        match = _NAMED.fullmatch(line)
        if match is None:
            raise Unclear("some steps have names and some have none")
        formula = formulas.parse(match[2])
        for name in formulas.names(formula) - set(values):
            seen |= name == wanted
            values[name] = formulas.X if name == wanted else Ratio.of(_at(problem, name))
        function = formulas.evaluate(formula, values, Ratio.of)
        values[match[1]] = function
    if function is None or not seen:
        raise Unclear("the calculation does not name the hidden number")
    if formulas.solve(function, gold) == hidden:
        return Proof(state="determined", reason="its formula solved for x")
    if len(function.top) <= 1 and len(function.bottom) == 1:
        return Proof(state="undetermined", reason="the answer does not depend on x")
    return Proof(state="unknown", reason="the formula has not one solution for x")


def _lead(mask: Mask) -> int:
    """How many characters of the token stand before its number: a dollar sign."""
    return len(mask.token) - len(mask.token.lstrip("$("))


def _at(problem: Problem, name: str) -> Fraction:
    """The number at the place in the question that the name gives."""
    match = re.match(r"[\d,]*\d(?:\.\d+)?", problem.question[int(name[1:]) :])
    if match is None:
        raise Unclear(f"{name} names a place where no number stands")
    return number(match[0])


@dataclass(slots=True)
class _Meanings:
    """What a number of an annotated calculation can be."""

    hidden: Fraction
    percent: bool
    """Whether the hidden number is a percentage, so that its hundredth is x / 100."""
    others: set[Fraction]
    """The other numbers of the question, percentages also as fractions."""
    results: dict[Fraction, Ratio] = field(default_factory=dict)

    def function_of(self, leaf: Fraction) -> Ratio:
        """The one thing that the number is. Raises Unclear."""
        if leaf == self.hidden:
            return formulas.X
        if self.percent and leaf == self.hidden / 100:
            return formulas.X * Ratio.of(Fraction(1, 100))
        result = self.results.get(leaf)
        if result is not None:
            if leaf in self.others | COMMON and _depends(result):
                raise Unclear("a result that depends on x equals another number")
            return result
        if leaf in self.others:
            return Ratio.of(leaf)
        if leaf in COMMON and leaf not in _in_passing(self.hidden):
            return Ratio.of(leaf)
        raise Unclear("the calculation has a number of which it is not known where it comes from")

    def add(self, value: Fraction, function: Ratio) -> None:
        """A step's result. Raises Unclear where it cannot be told from the hidden number, or
        from another result."""
        earlier = self.results.get(value)
        if value == self.hidden or (self.percent and value == self.hidden / 100):
            raise Unclear("an intermediate result equals the hidden number")
        if earlier is not None and earlier != function:
            raise Unclear("two results that depend on x differently are equal")
        self.results[value] = function


def _annotated(
    problem: Problem, mask: Mask, lines: Iterable[str], gold: Fraction, hidden: Fraction
) -> Ratio:
    """The answer as a function of x. Raises Unclear where that is not the only reading."""
    others = _other_numbers(problem.question, mask)
    percent = "%" in problem.question[mask.to - 1 : mask.to + 1]
    if hidden in others | COMMON:
        raise Unclear("the hidden number equals another number or a usual constant")
    meanings = _Meanings(hidden=hidden, percent=percent, others=others)
    function, value = None, None
    for line in lines:
        left, sign, right = line.replace(" ", "").partition("=")
        if not sign or "=" in right:
            raise Unclear("a step is not one equation")
        value = number(right)
        names: dict[str, Ratio] = {}
        formula = formulas.parse(_with_names(left, names, meanings))
        function = formulas.evaluate(formula, names, Ratio.of)
        if _value(function, hidden) != value:
            raise Unclear("a step is rounded or wrong")
        meanings.add(value, function)
    if function is None or value != gold:
        raise Unclear("the last step is not the answer")
    return function


def _with_names(formula: str, names: dict[str, Ratio], meanings: _Meanings) -> str:
    """The formula with every number replaced by a name, whose function is noted."""

    def named(match: re.Match[str]) -> str:
        leaf = number(match[1]) / (100 if match[2] else 1)
        if match[2] and number(match[1]) == meanings.hidden:
            function = formulas.X * Ratio.of(Fraction(1, 100))
        else:
            function = meanings.function_of(leaf)
        name = f"v{len(names)}"
        names[name] = function
        return name

    return _LEAF.sub(named, formula)


def _other_numbers(question: str, mask: Mask) -> set[Fraction]:
    others: set[Fraction] = set()
    for at, value in spoken_numbers(question):
        if not mask.at <= at < mask.to:
            others |= {value, value / 100}
    return others


def _in_passing(hidden: Fraction) -> set[Fraction]:
    """What a solution may make of the hidden number without writing the step down."""
    return {hidden - 1, hidden + 1, hidden * 2, hidden / 2, 100 - hidden, 1 - hidden / 100}


def _depends(function: Ratio) -> bool:
    return len(function.top) > 1 or len(function.bottom) > 1


def _value(function: Ratio, at: Fraction) -> Fraction:
    def of(coefficients: Iterable[Fraction]) -> Fraction:
        return sum((c * at**i for i, c in enumerate(coefficients)), Fraction(0))

    return of(function.top) / of(function.bottom)
