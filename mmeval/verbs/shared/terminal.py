"""What a command shows: its progress on stderr, lines on stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import IO, Any, Self

import click

from mmeval.text import drawn, escaped, shown, without_secrets

WIDTH = 80
"""The narrowest terminal that tables are made for."""


def echo(lines: Iterable[str]) -> None:
    """Prints lines on stdout, each as soon as it is there."""
    for line in lines:
        click.echo(line)


class Terminal:
    """Draws a run's progress; plain lines where stderr is not a terminal.

    Writes to `stream`; left out, to a copy of stderr made before an engine is started,
    because stderr itself goes to the engine's log meanwhile.
    """

    doing, things = "generating", "answers"
    """What the model does, and what comes of it."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream: IO[str] = drawn(stream) or os.fdopen(
            os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="backslashreplace"
        )
        self._live = self._stream.isatty()
        self._progress: Any = None
        self._task: Any = None
        self._tokens = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):  # what was to be remarked on a full disk is lost
            self._stream.close()

    def say(self, line: str) -> None:
        """One line, above the bar where there is one; its control characters are escaped."""
        line = without_secrets(escaped(line))
        with suppress(OSError):  # a remark that finds no room stops nothing
            if self._progress is None:
                print(line, file=self._stream, flush=True)
            else:
                self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def waiting(self, what: str, seconds: float, note: str) -> None:
        """The heartbeat, while an engine starts for one."""
        self.say(f"{what}: {seconds:.0f} s so far ({note})")

    def begin(self, title: str, done: int, total: int) -> None:
        """A bar where there is a terminal, a line where there is none."""
        self._tokens = 0
        if done:
            self.say(f"{title}: {done:,} of {total:,} {self.things} are there already")
        if self._live:
            self._draw(title, done, total)
        else:
            self.say(f"{title}: {self.doing} {total - done:,} {self.things}")

    def _draw(self, title: str, done: int, total: int) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[facts]}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(file=self._stream),
        )
        self._task = self._progress.add_task(shown(title), total=total, completed=done, facts="")
        self._progress.start()

    def advance(self, count: int, tokens: int = 0, note: str = "") -> None:
        """Moves the bar on and shows the rate of generated tokens."""
        self._tokens += tokens
        if self._progress is not None:
            elapsed = self._progress.tasks[0].elapsed
            rate = f"{self._tokens / elapsed:,.0f} tok/s" if elapsed else ""
            self._progress.update(self._task, advance=count, facts=rate)

    def end(self) -> None:
        """Leaves the bar as it stands."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
