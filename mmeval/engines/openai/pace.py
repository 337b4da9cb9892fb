"""How fast a server is asked: more at once while it keeps up, half as many where it does not.

Additive increase, multiplicative decrease, as TCP does it. A 429 slows everybody down and is no
failure of its request; nor is a timeout while the server answers others, for then the request
waited in its queue.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime

from mmeval.errors import EngineError

SLOW_START = 16
"""Requests at once in the beginning, where the user has named no number."""
PAUSE_LEAST, PAUSE_MOST = 0.5, 60.0
"""Seconds of rest after a 429 that does not say when to come back."""
FRUITLESS_SECONDS = 900.0
"""So much rest in a row without one answer ends the run, which can be resumed."""
LONGEST_WAIT = 3600.0
"""A Retry-After of more seconds ends it at once."""
QUEUED = 7
"""How often a request may have timed out in the queue before it counts as its own failure."""


class Pace:
    """Of one server, for one call of `generate`."""

    def __init__(
        self,
        place: str,
        most: int,
        start: int,
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place, self._most, self._timeout, self._clock = place, most, timeout, clock
        self.limit = float(min(start, most))
        """Requests that may be in flight."""
        self._running = 0
        self._pause, self._until, self._fruitless = 0.0, 0.0, 0.0
        self._cut = float("-inf")
        self._answered = float("-inf")
        self._never_cut = True
        self._freed = asyncio.Condition()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Waits for its turn; gives the time when it began."""
        async with self._freed:
            while True:
                rest = self._until - self._clock()
                if rest <= 0 and self._running < int(self.limit):
                    break
                try:
                    await asyncio.wait_for(self._freed.wait(), max(rest, 0.001) if rest > 0 else 60)
                except TimeoutError:
                    continue
            self._running += 1
        try:
            yield self._clock()
        finally:
            self._running -= 1
            async with self._freed:
                self._freed.notify_all()

    def answered(self, begun: float) -> None:
        """An answer came to a request that began then."""
        now = self._clock()
        self._answered, self._fruitless = now, 0.0
        if now - begun > self._timeout / 2:
            self._halve(begun)
        elif now - begun < self._timeout / 4:
            more = 1.0 if self._never_cut else 1.0 / self.limit
            self.limit = min(float(self._most), self.limit + more)

    def limited(self, begun: float, after: float | None) -> None:
        """A 429 came, with so many seconds of Retry-After. Raises EngineError where there is no
        end of them."""
        now = self._clock()
        if after is not None and after > LONGEST_WAIT:
            raise EngineError(
                f"{self._place} takes no more requests for {after:,.0f} s (HTTP 429, Retry-After)"
            )
        served = self._answered > self._cut
        if self._halve(begun):
            self._pause = (
                max(PAUSE_LEAST, self._pause / 2)
                if served
                else min(PAUSE_MOST, max(PAUSE_LEAST, self._pause * 2))
            )
            if after is None:
                self._fruitless += self._pause
                self._until = max(self._until, now + self._pause)
        if after is not None:
            self._until = max(self._until, now + after)
        if self._fruitless > FRUITLESS_SECONDS:
            raise EngineError(
                f"{self._place} has answered nothing but HTTP 429 (too many requests) for "
                f"{self._fruitless / 60:.0f} minutes"
            )

    def queued(self, begun: float) -> bool:
        """A request timed out: whether it may have waited in the server's queue, because others
        were answered meanwhile."""
        alone = self.limit < 2 and self._running <= 1
        if self._halve(begun) and self._answered > float("-inf"):
            rest = min(self._timeout / 2, 30.0)  # what it still works at was given up here
            self._until = max(self._until, self._clock() + rest)
        return not alone and self._answered > begun - 10 * self._timeout

    def _halve(self, begun: float) -> bool:
        """Half as many at once, unless the request began before that was done already."""
        if begun < self._cut:
            return False
        self.limit = max(1.0, self.limit / 2)
        self._cut, self._never_cut = self._clock(), False
        return True


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait; None where it says nothing that can be read."""
    try:
        if "retry-after-ms" in headers:
            seconds = float(headers["retry-after-ms"]) / 1000
        else:
            seconds = float(headers["retry-after"])
    except KeyError:
        return None
    except ValueError:
        try:
            seconds = parsedate_to_datetime(headers.get("retry-after", "")).timestamp()
        except (ValueError, OverflowError):
            return None
        seconds -= time.time()
    return seconds if 0 < seconds < float("inf") else None
