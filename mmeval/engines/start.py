"""An engine from its start to its end: its packages are imported while the data are read, what
it prints goes to a log file, a line every few seconds says that it is still starting, its
processes end with this one, and what it raises says how to go on."""

from __future__ import annotations

import functools
import importlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from mmeval.engines.engine import ENGINES, EngineOptions, Generator, load_module
from mmeval.engines.leash import Leash, children
from mmeval.engines.models.find import Model
from mmeval.errors import EngineError, MmevalError, RunFailed, RunInterrupted, UserError
from mmeval.jsonl import HALF_SURROGATES, plain


class _Closed(Protocol):
    """A generator or a scorer."""

    def close(self) -> None: ...


C = TypeVar("C", bound=_Closed)
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
    with open(log, "ab", opener=plain) as file, redirected((1, 2), file.fileno()):
        try:
            yield
        except MmevalError:
            raise
        except Exception:
            file.write(traceback.format_exc().encode("utf-8", "backslashreplace"))
            raise


class EngineStart:
    """An engine being imported in the background: the import starts when this is made,
    while the data are read; `open` waits for it.

    The wait matters: two threads that import one package at once can find it half made.
    """

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.generator: Generator | None = None
        """The engine while it is open."""
        self._package = ENGINES[engine][1]
        self._thread = threading.Thread(target=self._import, name="import", daemon=True)
        if self._package:
            self._thread.start()

    def _import(self) -> None:
        try:
            importlib.import_module(self._package)
        except Exception:  # noqa: BLE001 - `open` meets it again and reports it
            return

    @contextmanager
    def open(
        self, model: Model, options: EngineOptions, log: Path, say: Callable[[float], None]
    ) -> Iterator[Generator]:
        """The engine, as `opened`."""
        opening = functools.partial(load_module(self.engine).open, model, options)
        with self.opened(opening, log, say) as generator:
            self.generator = generator
            yield generator
        self.generator = None

    @contextmanager
    def opened(
        self, opening: Callable[[], C], log: Path, say: Callable[[float], None]
    ) -> Iterator[C]:
        """What `opening` makes, called with the package imported, and closed after the block;
        its processes end with this one, however that ends.

        What it prints goes to the log, and `say(seconds)` is called while it starts. Raises
        EngineError with the last lines of the log, or the engine's own UserError.
        """
        before = children()
        engine = self._started(opening, log, say)
        with ExitStack() as stack:
            stack.callback(Leash(children().items() - before.items()).release)
            stack.callback(_close, engine, log)
            yield engine

    def _started(self, opening: Callable[[], C], log: Path, say: Callable[[float], None]) -> C:
        try:
            with captured(log), heartbeat(say):
                if self._package:
                    self._thread.join()
                return opening()
        except EngineError as error:
            raise EngineError(f"{error}; its log is {log}{_tail(log)}") from error
        except MmevalError:
            raise
        except Exception as error:  # an engine is third-party code: any error is possible
            raise EngineError(
                f"the engine {self.engine} could not start: {named(error)}; its log is "
                f"{log}{_tail(log)}"
            ) from error


def _close(engine: _Closed, log: Path) -> None:
    with captured(log):  # what it prints at its end goes where all the rest went
        engine.close()


@contextmanager
def foreign(engine: str, log: Path) -> Iterator[None]:
    """Makes an EngineError of whatever an engine at work raises of its own, and writes its
    traceback to the log: an engine is third-party code."""
    try:
        yield
    except MmevalError:
        raise
    except Exception as error:
        errors = HALF_SURROGATES
        with open(log, "a", encoding="utf-8", errors=errors, opener=plain) as file:
            traceback.print_exc(file=file)
        raise EngineError(f"the engine {engine} died: {named(error)}; its log is {log}") from error


@contextmanager
def resumable(go_on: Callable[[str], str]) -> Iterator[None]:
    """Turns whatever stops the block into an error that ends with how to go on: `go_on` of
    `interrupted` or of `failed`. What only the user can fix passes as it is."""
    try:
        yield
    except UserError:
        raise
    except KeyboardInterrupt:
        raise RunInterrupted(f"interrupted; {go_on('interrupted')}") from None
    except (EngineError, OSError) as error:
        kind = EngineError if isinstance(error, EngineError) else RunFailed
        raise kind(f"{error}\n{go_on('failed')}") from error


def named(error: BaseException) -> str:
    """`ValueError: the first line of what it says`, for errors of third-party code."""
    reason = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__


def _tail(log: Path) -> str:
    if not log.is_file():
        return ""
    lines = [each for each in log.read_text("utf-8", "replace").splitlines() if each.strip()]
    return "".join(f"\n  | {each[:200]}" for each in lines[-LOG_TAIL:])
