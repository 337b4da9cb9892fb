"""What a claim declares: the sentence, and the estimate that decides it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from mmeval.paper.measured import Source
from mmeval.paper.measurements import Measurements
from mmeval.paper.printed import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence of a paper that data can test, with what decides it, said beforehand."""

    says: str
    source: str
    """The section, table or figure it stands in."""
    test: Test
    """Effect, margin and interval."""
    measured_by: str
    """The command that makes what is missing, with placeholders in capitals."""
    note: str = ""
    """What a reader of the verdict must know; empty: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The claims of one paper."""

    name: str
    title: str
    source: str
    claims: tuple[Claim, ...]


Decision = Literal["supported", "contradicted", "not decided", "by construction", "not measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The effects for which a claim is true: strictly between the two ends."""

    low: float | None = None
    """None: no lower end."""
    high: float | None = None

    def decide(self, interval: tuple[float, float]) -> Decision:
        """What an interval of the effect says of the claim."""
        low, high = (
            -math.inf if self.low is None else self.low,
            math.inf if self.high is None else self.high,
        )
        if low < interval[0] and interval[1] < high:
            return "supported"
        if interval[1] < low or interval[0] > high:
            return "contradicted"
        return "not decided"

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"above {self.low:g}" if self.high is None else f"below {self.high:g}"
        return f"between {self.low:g} and {self.high:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An effect, and an interval of it at any level."""

    on: str
    """What it was measured on: a model, a pair of models, a set of data."""
    value: float
    """In the test's unit."""
    bounds: Callable[[float], tuple[float, float]] | None
    """Level in (0, 1) -> (low, high); nested in each other. None for a printed number whose
    sample size is unknown."""
    n: int | None = None
    """Problems, pairs or samples; None if unknown."""
    clusters: int | None = None
    """Of those, how many are independent of each other; None where that is unknown."""
    least_p: float = 0.0
    """The smallest p value that its draws can show; 0 where it is computed without any."""
    too_few: str = ""
    """What sets `least_p`: `24 orders of 4 arms`."""
    by_construction: str = ""
    """Why it could not have come out otherwise; empty: it could."""
    remark: str = ""
    """What else keeps it from saying anything; empty: nothing."""
    sources: tuple[Source, ...] = ()

    @property
    def finest(self) -> float:
        """The smallest alpha at which it may decide. C clusters that all point one way do so by
        chance in 2^(1 - C) of draws, whatever formula says less."""
        alone = 0.0 if self.clusters is None else 2.0 ** (1 - self.clusters)
        return min(1.0, max(self.least_p, alone))


class Test(Protocol):
    """The effect of a claim, and how it is estimated."""

    @property
    def effect(self) -> str:
        """What is measured, in words, with its unit and its interval."""

    @property
    def region(self) -> Region:
        """Where the effect lies if the claim is true."""

    def measured(self, evidence: Measurements) -> list[Estimate]:
        """One for each model or set that can say anything; empty: not measured."""

    def printed(self, numbers: Numbers) -> list[Estimate]:
        """What the paper's own numbers say, with the sampling interval that they have."""
