"""What a run tells while it goes on, and what one process did for it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from mmeval.records import Generation


class Watch(Protocol):
    """What a run tells while it goes on. The command line draws it; the default is silent."""

    def say(self, line: str) -> None:
        """A line worth reading."""
        ...

    def starting(self, engine: str, seconds: float, log: Path) -> None:
        """Called every few seconds while the engine starts."""
        ...

    def begin(self, title: str, done: int, total: int) -> None:
        """A benchmark's generation begins, `done` of its `total` answers being there."""
        ...

    def advance(self, generation: Generation, answers: int) -> None:
        """One generation came in and gave that many answers, copies included."""
        ...

    def end(self) -> None:
        """The generation phase that `begin` began is over."""
        ...


class Silent:
    """A watch that tells nothing."""

    def say(self, line: str) -> None:
        """Nothing."""

    def starting(self, engine: str, seconds: float, log: Path) -> None:
        """Nothing."""

    def begin(self, title: str, done: int, total: int) -> None:
        """Nothing."""

    def advance(self, generation: Generation, answers: int) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""
