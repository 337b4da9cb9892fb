"""Progress of long work: a run, a measurement, a training, a study."""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """Receives progress. The command line draws it; the default is silent."""

    def say(self, line: str) -> None:
        """A line worth reading."""
        ...

    def waiting(self, what: str, seconds: float, note: str) -> None:
        """A heartbeat: `what` has taken `seconds` so far; `note` says where to read more."""
        ...

    def begin(self, title: str, done: int, total: int) -> None:
        """Counted work begins, with `done` of `total` done already."""
        ...

    def advance(self, count: int, tokens: int = 0, note: str = "") -> None:
        """`count` more are done, with `tokens` tokens; `note` is shown beside them."""
        ...

    def end(self) -> None:
        """The work that `begin` announced is over."""
        ...


class Silent:
    """A watch that shows nothing."""

    def say(self, line: str) -> None:
        """Nothing."""

    def waiting(self, what: str, seconds: float, note: str) -> None:
        """Nothing."""

    def begin(self, title: str, done: int, total: int) -> None:
        """Nothing."""

    def advance(self, count: int, tokens: int = 0, note: str = "") -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""
