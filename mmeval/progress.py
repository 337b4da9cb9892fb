"""What long work tells while it goes on: a run, a measurement, a training, a study."""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """Whoever wants to know how it goes. The command line draws it; the default is silent."""

    def say(self, line: str) -> None:
        """A line worth reading."""
        ...

    def waiting(self, what: str, seconds: float, note: str) -> None:
        """A sign of life: `what` has gone on for so long; where it tells more, or told last."""
        ...

    def begin(self, title: str, done: int, total: int) -> None:
        """Counted work begins, `done` of its `total` being there."""
        ...

    def advance(self, count: int, tokens: int = 0, note: str = "") -> None:
        """So many more are there, made with so many tokens; `note` is what else to show."""
        ...

    def end(self) -> None:
        """What `begin` began is over."""
        ...


class Silent:
    """A watch that tells nothing."""

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
