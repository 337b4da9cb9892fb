"""An asyncio program seen as a plain iterator: it runs on a thread of its own.

Why not `asyncio.run` in the caller's thread: the caller writes each answer to disk as
it comes, and may itself live inside a running loop (a notebook).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")
Emit = Callable[[T], None]


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


def iterate(program: Callable[[Emit[T]], Awaitable[None]]) -> Iterator[T]:
    """Yields what `program(emit)` emits, in its order, as soon as it is emitted.

    An exception of the program is raised here after everything it emitted before.
    Closing the iterator, and any exception in the loop that reads it, cancels the program
    and returns when its thread has ended.
    """
    worker = _Worker(program)
    try:
        while not isinstance(item := worker.items.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        worker.stop()


class _Worker(Generic[T]):
    def __init__(self, program: Callable[[Emit[T]], Awaitable[None]]) -> None:
        self.items: SimpleQueue[T | _End] = SimpleQueue()
        self._program = program
        self._started = threading.Event()
        # A daemon: a second Ctrl-C during `stop` must still end the process.
        self._thread = threading.Thread(target=self._run, name="mmeval-requests", daemon=True)
        self._thread.start()
        self._started.wait()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            self.items.put(_End(None))
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
            self.items.put(_End(error))
        else:
            self.items.put(_End(None))

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._started.set()
        await self._program(self.items.put)

    def stop(self) -> None:
        """Cancels the program if it still runs and waits for the end of its thread."""
        with contextlib.suppress(RuntimeError):  # the loop has closed itself meanwhile
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()
