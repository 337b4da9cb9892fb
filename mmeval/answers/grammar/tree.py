"""The bounded tree that an answer is read into, and the limits that bound it.

Limits are counted (characters, tokens, depth, nodes, digits), so whether an answer is
`size` never depends on how busy the machine is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

MAX_CHARS = 4000
"""Of a tidied answer; a longer one is only compared as a string."""
MAX_DEPTH = 40
"""Of nested groups: each costs up to ten Python frames."""
MAX_NODES = 1500
MAX_HEIGHT = 100
"""Of the tree: the walks over it are recursive."""
MAX_DIGITS = 1000
"""Of one written number, below the interpreter's own limit of 4300."""


class NotParsed(ValueError):
    """The grammar does not know the text; internal, never leaves `compare`."""


class TooLarge(ValueError):
    """A counted limit was reached; internal, never leaves `compare`."""


Kind = (
    # leaves: a number, a symbol, letters that are a product or a word, other words
    Literal["num", "sym", "word", "text"]
    # scalars
    | Literal["add", "neg", "pm", "mp", "mul", "div", "mixed", "pow", "root"]
    | Literal["fact", "binom", "abs", "prime", "pct", "deg", "fn", "call", "paren", "base"]
    # collections, and the set operations on them
    | Literal["list", "seq", "set", "cup", "cap", "minus", "builder", "point"]
    | Literal["matrix", "det", "row"]
    # what is said about values
    | Literal["rel", "ratio", "label", "time", "choice"]
)
"""What a node is. `seq` is a tuple or an interval, `row` a line of a matrix or a determinant;
`builder` a set by its condition, `point` a tuple with its name; `time` and `choice` are made by
`shape` alone."""
Value = str | Fraction | int | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the tree.

    Values: num Fraction · sym, word, text, fn, call str · seq, list delimiters or
    separator · rel tuple of operators · base int · label str. `args` are the operands.
    """

    kind: Kind
    args: tuple[Node, ...] = ()
    value: Value = None
    places: int | None = field(default=None, compare=False)
    """Decimals shown, for a number written with a decimal point; else None."""
    height: int = field(default=0, compare=False)
    """The longest way down to a leaf."""


def num(value: int | Fraction, places: int | None = None) -> Node:
    """The node of a rational number."""
    return Node("num", (), Fraction(value), places)


def names(node: Node) -> frozenset[str]:
    """The free symbols of a tree, constants (pi, e, i, infinity) left out."""
    symbols: set[str] = set()
    stack = [node]
    while stack:
        each = stack.pop()
        if each.kind == "sym" and each.value not in CONSTANTS and each.value not in SETS:
            symbols.add(str(each.value))
        elif each.kind == "word":
            symbols.update(str(each.value))
        stack.extend(each.args)
    return frozenset(symbols)


def holds(node: Node, kinds: frozenset[Kind]) -> bool:
    """Whether the tree has a node of one of these kinds."""
    stack = [node]
    while stack:
        each = stack.pop()
        if each.kind in kinds:
            return True
        stack.extend(each.args)
    return False


CONSTANTS = frozenset({"pi", "e", "i", "oo"})
SETS = frozenset({"bbR", "bbZ", "bbN", "bbQ", "bbC", "empty"})
