"""One measured number of a figure, with its interval and its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a number was measured on."""

    name: str
    """The folder's own name, without where it lies."""
    about: str
    """In a line: model, task or data, and how much of it."""
    sha256: str
    """Of the verdicts, or of the report, that the number is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The five numbers of a box plot, in the cell's unit; whiskers at 5 and 95 %."""

    whisker_low: float
    quarter: float
    median: float
    three_quarters: float
    whisker_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One number that was measured here, in its cell's unit."""

    value: float
    low: float | None = None
    """95 % interval; None where there is none."""
    high: float | None = None
    most: float | None = None
    """What it would be if every undecided answer were right; None: none is undecided."""
    n: int
    """Answers, pairs or samples."""
    who: str
    """The model, or the set of data."""
    by: str = ""
    """The checker, or what else a reader must know beside the model."""
    source: Source
    partial: bool = False
    """Whether it is of a part of the problems."""
    box: Box | None = None
    """Where the number is the median of a box."""
    recount: Callable[[], float] = field(compare=False, repr=False)
    """The same number another way, from the files; for `--check`."""
