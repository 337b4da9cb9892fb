"""Starting an engine: its packages are imported while the data are read, what it prints
goes to a log file, and a line tells every few seconds that it is still at it."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from mmeval.engines.engine import ENGINES, EngineOptions, Generator, load_module
from mmeval.engines.models.find import Model
from mmeval.errors import EngineError, MmevalError

T = TypeVar("T")
HEARTBEAT_SECONDS = 10.0
LOG_TAIL = 3
"""Lines of the engine's log that an error repeats."""


@contextmanager
def heartbeat(
    beat: Callable[[float], None], clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Calls `beat(seconds so far)` every 10 s while the block runs."""
    done = threading.Event()
    begin = clock()

    def tick() -> None:
        while not done.wait(HEARTBEAT_SECONDS):
            beat(clock() - begin)

    thread = threading.Thread(target=tick, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def redirected(numbers: Sequence[int], target: int) -> Iterator[None]:
    """Sends what this process and its new children print to another file descriptor.

    File descriptors are redirected, not Python's streams: engines print from C++ and from
    processes of their own, which keep the target for as long as they live.
    """
    _flush()
    kept = [(number, os.dup(number)) for number in numbers]
    for number in numbers:
        os.dup2(target, number)
    try:
        yield
    finally:
        _flush()
        for number, saved in kept:
            os.dup2(saved, number)
            os.close(saved)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


@contextmanager
def captured(log: Path) -> Iterator[None]:
    """Sends stdout and stderr to a log file, with the traceback of what goes wrong."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file, redirected((1, 2), file.fileno()):
        try:
            yield
        except MmevalError:
            raise
        except Exception:
            file.write(traceback.format_exc().encode("utf-8", "backslashreplace"))
            raise


class EngineStart:
    """An engine on its way: its heavy package is imported in the background from the
    moment this is made, while the data are read; `open` waits for that and goes on.

    The wait matters: two threads that import one package at once can find it half made.
    """

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.generator: Generator | None = None
        """The engine that `open` gave, for what is asked of it later."""
        self._package = ENGINES[engine][1]
        self._thread = threading.Thread(target=self._import, name="import", daemon=True)
        if self._package:
            self._thread.start()

    def _import(self) -> None:
        try:
            importlib.import_module(self._package)
        except Exception:  # noqa: BLE001 - told by `open`, which meets it again
            return

    def open(
        self, model: Model, options: EngineOptions, log: Path, say: Callable[[float], None]
    ) -> Generator:
        """The engine, ready. `say(seconds)` is called while it starts; raises as `opened`."""
        self.generator = self.opened(
            lambda: load_module(self.engine).open(model, options), log, say
        )
        return self.generator

    def opened(self, opening: Callable[[], T], log: Path, say: Callable[[float], None]) -> T:
        """What `opening` makes, called with the package imported and its prints logged.

        Raises EngineError with the last lines of its log, or the engine's own UserError.
        """
        try:
            with captured(log), heartbeat(say):
                if self._package:
                    self._thread.join()
                return opening()
        except EngineError as error:
            raise EngineError(f"{error}; its log is {log}{_tail(log)}") from error
        except MmevalError:
            raise
        except Exception as error:  # an engine is somebody else's code: any error is possible
            raise EngineError(
                f"the engine {self.engine} could not start: {named(error)}; its log is "
                f"{log}{_tail(log)}"
            ) from error


def named(error: BaseException) -> str:
    """`ValueError: the first line of what it says`, for errors of somebody else's code."""
    reason = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__


def _tail(log: Path) -> str:
    if not log.is_file():
        return ""
    lines = [each for each in log.read_text("utf-8", "replace").splitlines() if each.strip()]
    return "".join(f"\n  | {each[:200]}" for each in lines[-LOG_TAIL:])
