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


def preload(name: str) -> None:
    """Begins to import an engine's heavy package in the background.

    A failure is not told here: opening the engine meets it again, and tells it.
    """
    package = ENGINES[name][1]

    def bring() -> None:
        try:
            importlib.import_module(package)
        except Exception:  # noqa: BLE001 - see above
            return

    if package:
        threading.Thread(target=bring, name="preload", daemon=True).start()


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


def start_engine(
    name: str, model: Model, options: EngineOptions, log: Path, say: Callable[[float], None]
) -> Generator:
    """The engine, ready. `say(seconds)` is called while it starts.

    Raises EngineError with the last lines of its log, or the engine's own UserError.
    """
    try:
        with captured(log), heartbeat(say):
            return load_module(name).open(model, options)
    except MmevalError as error:
        if isinstance(error, EngineError):
            raise EngineError(f"{error}; its log is {log}{_tail(log)}") from error
        raise
    except Exception as error:  # an engine is somebody else's code: any error is possible
        reason = next(iter(str(error).splitlines()), "")
        raise EngineError(
            f"the engine {name} could not start: {type(error).__name__}: {reason}; "
            f"its log is {log}{_tail(log)}"
        ) from error


def _tail(log: Path) -> str:
    if not log.is_file():
        return ""
    lines = [each for each in log.read_text("utf-8", "replace").splitlines() if each.strip()]
    return "".join(f"\n  | {each[:200]}" for each in lines[-LOG_TAIL:])
