"""What an analysis declares, and how analyses are run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmeval.records import Fact, Report

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A question asked of judged answers."""

    name: str
    title: str
    """One line for people."""
    source: str
    """The section of the paper, or the definition it follows."""
    measure: Callable[[pd.DataFrame, Sequence[Fact]], Report]
    """(answers of one or more runs, as `mmeval.tables.answers` makes them; published
    values) -> report. Pure: the same frame gives the same report. Raises DataError when
    the frame lacks what the question is about."""
    samples: bool = False
    """Whether it is about several answers to a problem, and says of one answer each no
    more than the accuracy does."""
