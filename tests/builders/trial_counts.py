"""How often something was tried and how often it failed, within bounds of count and time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is tried."""

    count: int
    """Things that are tried at most."""
    seconds: float
    seed: int = 1


@dataclass(slots=True)
class Trial:
    """One line of the table of what was tried."""

    name: str
    bounds: Bounds
    tried: int = 0
    faults: list[str] = field(default_factory=list)
    taken: int = 0
    """Things of a list that were taken."""
    begun: float = field(default_factory=time.monotonic)

    def in_time(self) -> bool:
        """Whether there is time for one more."""
        return time.monotonic() - self.begun < self.bounds.seconds

    def more(self, share: float = 1.0) -> bool:
        """Whether one more is wanted, of this share of the bounds."""
        late = time.monotonic() - self.begun >= share * self.bounds.seconds
        return self.tried < share * self.bounds.count and not late

    def some(self, things: Sequence[T]) -> Iterator[T]:
        """As many of these as the bounds allow, in their order."""
        for each in islice(things, self.bounds.count):
            if not self.in_time():
                return
            self.taken += 1
            yield each

    def add(self, fault: str, count: int = 1) -> None:
        """Counts something tried; `fault` says what failed, and is empty where nothing did."""
        self.tried += count
        if fault:
            self.faults.append(fault)

    def row(self) -> str:
        """Its line of a markdown table."""
        return f"| {self.name} | {self.tried:,} | {len(self.faults):,} |"
