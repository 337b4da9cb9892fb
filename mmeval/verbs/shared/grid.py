"""Plain tables that fit the terminal: too wide a table becomes several, below each other.

No word is ever broken. Where columns do not fit beside each other, the rest of them stands
in another block, with the same names of rows before it.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

WIDTH = 80
"""Where stdout is not a terminal: the narrowest terminal that tables are made for."""
NAME = 12
"""Letters to which names of rows are wrapped, between words, where that makes a table fit."""
NOTHING = "-"
"""A cell without a number."""
OUTCOME_HEADS = ("right", "wrong", "no\nanswer", "un-\ndecided", "failed")
"""Heads of the numbers of each of `mmeval.records.OUTCOMES`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of texts; heads and cells may have several lines."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[bool]
    """Which columns are set to the right: numbers."""
    names: int = 1
    """How many of the first columns name a row, and are in every block."""
    gap: int = 2
    """Spaces between columns."""
    sparse: bool = False
    """Whether a row that has no number in a block is left out of that block."""

    def part(self, columns: Sequence[int]) -> Grid:
        """These columns alone, the names of rows before them."""
        kept = [*range(self.names), *columns]
        rows = [[row[i] for i in kept] for row in self.rows]
        if self.sparse:
            rows = [row for row in rows if set(row[self.names :]) != {NOTHING}]
        return replace(
            self,
            heads=[self.heads[i] for i in kept],
            rows=rows,
            right=[self.right[i] for i in kept],
        )

    def wrapped(self) -> Grid:
        """The names of rows on several lines, broken between words alone."""
        rows = [
            ["\n".join(wrapped(each, NAME)) for each in row[: self.names]] + [*row[self.names :]]
            for row in self.rows
        ]
        return replace(self, rows=rows)

    def widths(self) -> list[int]:
        """Of every column."""
        columns = zip(self.heads, *self.rows, strict=True)
        return [max(_cells(line) for cell in each for line in cell.split("\n")) for each in columns]

    def beside(self, widths: Sequence[int]) -> int:
        """The width of columns of these widths."""
        return sum(widths) + self.gap * max(0, len(widths) - 1)


def terminal_width() -> int:
    """Columns there are: the variable COLUMNS, else the terminal's, else `WIDTH`."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or WIDTH
    except (OSError, ValueError):  # no terminal, or no file at all
        return WIDTH


def fits(grid: Grid, width: int) -> bool:
    """Whether all columns have room beside each other."""
    return any(each.beside(each.widths()) <= width for each in (grid, grid.wrapped()))


def names_hinder(grid: Grid, width: int) -> bool:
    """Whether the table does not fit for its names of rows: fewer of them would help."""
    widths = grid.widths()
    named, rest = grid.beside(widths[: grid.names]), grid.beside(widths[grid.names :])
    return not fits(grid, width) and (named > width // 2 or rest <= width)


def grid_lines(grid: Grid, width: int) -> Iterator[str]:
    """The lines of the table, in as many blocks as it takes, an empty line between them.

    Names of rows that leave too little room stand on a line of their own above the row.
    Only a name, or one cell, that alone is wider than `width` makes a wider line.
    """
    if fits(grid, width) and grid.beside(grid.widths()) > width:
        grid = grid.wrapped()
    widths = grid.widths()
    named = grid.beside(widths[: grid.names])
    above = named > width // 2 and not fits(grid, width)
    room = width - grid.gap - (0 if above else named)
    for number, columns in enumerate(_shared_out(grid, widths, room)):
        if number:
            yield ""
        yield from _block(grid.part(columns), above)


def wrapped(text: str, width: int) -> list[str]:
    """A sentence on lines of at most `width` characters, but for longer words."""
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _shared_out(grid: Grid, widths: Sequence[int], room: int) -> list[list[int]]:
    """The columns of numbers, in order, as many to a block as there is room for."""
    blocks: list[list[int]] = [[]]
    for column in range(grid.names, len(widths)):
        if blocks[-1] and grid.beside([widths[i] for i in (*blocks[-1], column)]) > room:
            blocks.append([])
        blocks[-1].append(column)
    return blocks


def _block(grid: Grid, above: bool) -> Iterator[str]:
    widths, gap = grid.widths(), " " * grid.gap
    for row in (grid.heads, *grid.rows):
        cells = [cell.split("\n") for cell in row]
        first = 0
        if above:
            yield gap.join(" ".join(lines) for lines in cells[: grid.names]).rstrip()
            first = grid.names
        height = max((len(lines) for lines in cells[first:]), default=0)
        for line in range(height):
            texts = [
                _set(lines[line] if line < len(lines) else "", widths[i], grid.right[i])
                for i, lines in enumerate(cells[first:], first)
            ]
            yield ((gap if above else "") + gap.join(texts)).rstrip()


def _set(text: str, width: int, right: bool) -> str:
    space = " " * (width - _cells(text))
    return space + text if right else text + space


def _cells(text: str) -> int:
    """Places on the terminal: a letter of some scripts takes two."""
    from rich.cells import cell_len

    return cell_len(text)
