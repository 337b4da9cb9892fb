"""Starting an engine: its packages are imported while the data are read, what it prints
goes to a log file, and a line tells every few seconds that it is still at it."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mmeval.engines import ENGINES, EngineOptions, Generator, load_module
from mmeval.errors import EngineError, MmevalError
from mmeval.models import Model

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
def captured(log: Path) -> Iterator[None]:
    """Sends what this process and its new children print to a log file instead.

    File descriptors are redirected, not Python's streams: engines print from C++ and from
    processes of their own, which keep the log for as long as they live.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    kept = [os.dup(1), os.dup(2)]
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number, saved in zip((1, 2), kept, strict=True):
            os.dup2(saved, number)
            os.close(saved)


class EngineStart:
    """An engine on its way: its heavy package is imported in the background from the
    moment this is made, while the data are read; `open` waits for that and goes on.

    The wait matters: two threads that import one package at once can find it half made.
    """

    def __init__(self, engine: str) -> None:
        self.engine = engine
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
        """The engine, ready. `say(seconds)` is called while it starts.

        Raises EngineError with the last lines of its log, or the engine's own UserError.
        """
        try:
            with captured(log), heartbeat(say):
                if self._package:
                    self._thread.join()
                return load_module(self.engine).open(model, options)
        except EngineError as error:
            raise EngineError(f"{error}; its log is {log}{_tail(log)}") from error
        except MmevalError:
            raise
        except Exception as error:  # an engine is somebody else's code: any error is possible
            reason = next(iter(str(error).splitlines()), "")
            raise EngineError(
                f"the engine {self.engine} could not start: {type(error).__name__}: {reason}; "
                f"its log is {log}{_tail(log)}"
            ) from error


def _tail(log: Path) -> str:
    if not log.is_file():
        return ""
    lines = [each for each in log.read_text("utf-8", "replace").splitlines() if each.strip()]
    return "".join(f"\n  | {each[:200]}" for each in lines[-LOG_TAIL:])
