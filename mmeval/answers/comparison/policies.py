"""The conventions of `mmeval/1`: what counts as mere notation, one named field each.

Equal means equal in value. Whether `10%` is 10 or 0.1, whether `x = 5` answers a gold
of `5`, is no question of value but of convention, and every such convention is a field
here, with the choice of the default stated and each preset an instance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """One set of conventions. A comparison under one instance is symmetric."""

    percent: Literal["either", "number", "fraction"] = "either"
    """`10%` against a bare number: 10 or 0.1 (`either`), only 10, only 0.1. Under `either`
    a whole number above 1 is not read as a share: `1200%` is not 12. Two percentages are
    always compared with each other."""
    units: Literal["stated", "ignore", "strict"] = "stated"
    """`stated`: two known units are compared as quantities (4 feet is 48 inches, 4 feet
    is not 4 inches), a known unit is not another word (40 minutes are not 40 points), a
    unit on one side only and what was counted (`eggs`, `ways`) are dropped. `ignore`
    drops all; `strict` wants both or none."""
    degrees: Literal["drop", "strict"] = "drop"
    """`20^\\circ` against `20`: the same, or different."""
    ratios: Literal["quotient", "strict"] = "quotient"
    """`1:2` against `\\frac{1}{2}`: the same, or different. Two ratios are equal up to a
    common factor."""
    list_order: Literal["any", "same"] = "any"
    """Bare lists `1, 2` against `2, 1`. Sets are never, tuples always ordered."""
    list_brackets: Literal["optional", "strict"] = "optional"
    """`1, 2` against `\\{1, 2\\}` in any order and against `(1, 2)` in this order."""
    duplicates: Literal["count", "drop"] = "count"
    """`1, 1, 2` against `1, 2`: different, or the same."""
    set_tuple: Literal["different", "same"] = "different"
    """`\\{1, 3\\}` against `(1, 3)`."""
    vectors: Literal["tuple", "strict"] = "tuple"
    """A column or a row matrix against the tuple of its entries."""
    interval_relation: Literal["same", "strict"] = "same"
    """`x \\ge 5` against `[5, \\infty)`: the same, or different."""
    bases: Literal["strict", "optional"] = "strict"
    """`204_5` against `204`: different (204 is another number), or the subscript may be
    left out. Against another base the values are compared: `4_5` is `4_7`."""
    mixed_numbers: Literal["mixed", "product"] = "mixed"
    """`2 \\frac{2}{3}`: 8/3, or 4/3."""
    decimals: Literal["exact", "rounded"] = "exact"
    """`0.33` against `\\frac{1}{3}`: different, or the same when it is that value rounded
    to the digits shown (two decimals at least)."""
    decimal_comma: bool = False
    """Whether `1000,99` may be 1000.99."""
    equation: Literal["value", "strict"] = "value"
    """`x = 5` and `x \\in S` against `5` and `S`: the same, or different."""
    equation_names: Literal["strict", "ignore"] = "strict"
    """`x = 4` against `y = 4`: different, or the same."""
    equation_form: Literal["solutions", "strict"] = "solutions"
    """`2x = 4` against `x = 2`, and an inequality times -1: the same, or different."""
    absolute_band: Literal["strict", "intervals"] = "strict"
    """`1 \\le |z| \\le 2` against `[-2, -1] \\cup [1, 2]`: different, or the same."""
    text_case: Literal["fold", "keep"] = "fold"
    """`Odd` against `odd`, words only; single letters always keep their case."""
    spelled_numbers: bool = True
    """`four` is 4."""


DEFAULT = Policies()
"""Strict on value, lenient on notation."""

LIGHTEVAL = Policies(
    decimals="rounded",
    decimal_comma=True,
    set_tuple="same",
    equation_names="ignore",
    absolute_band="intervals",
    duplicates="drop",
)
"""The conventions of lighteval's extractive-match tables."""

NEMO = Policies(percent="either")
"""The conventions of NeMo-Skills' tables; they read 10% as 10 twice and as 0.1 once."""

PRESETS: dict[str, Policies] = {"default": DEFAULT, "lighteval": LIGHTEVAL, "nemo": NEMO}
"""Name -> preset, for `mmeval equal --policy`."""
