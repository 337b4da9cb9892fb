"""An asyncio program seen as a plain iterator: it runs on a thread of its own.

Why not `asyncio.run` in the caller's thread: the caller writes each answer to disk as
it comes, and may itself live inside a running loop (a notebook).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

C = TypeVar("C")
T = TypeVar("T")
Emit = Callable[[T], None]
Open = Callable[[], AbstractAsyncContextManager[C]]
Program = Callable[[C, Emit[T]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


def iterate(open: Open[C], program: Program[C, T]) -> Iterator[T]:
    """Yields what `program(client, emit)` emits, in its order, as soon as it is emitted.

    The client is what `open()` enters to. An exception of the program is raised here after
    everything it emitted before. Closing the iterator, and any exception in the loop that
    reads it, cancels the program and returns when the client is closed and the thread has
    ended.
    """
    worker = _Worker(open, program)
    try:
        while not isinstance(item := worker.items.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        worker.stop()


class _Worker(Generic[C, T]):
    def __init__(self, open: Open[C], program: Program[C, T]) -> None:
        self.items: SimpleQueue[T | _End] = SimpleQueue()
        self._open, self._program = open, program
        self._cancel: Callable[[], object] = lambda: None
        self._ready = threading.Event()
        """Set when `_cancel` cancels the program, or no program will ever start."""
        # A daemon: a second Ctrl-C during `stop` must still end the process.
        self._thread = threading.Thread(target=self._run, name="mmeval-requests", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            with asyncio.Runner() as runner:
                runner.run(self._main())
        except asyncio.CancelledError:
            pass
        except BaseException as raised:  # noqa: BLE001 - it is raised again in the caller's thread
            error = raised
        self._ready.set()
        self.items.put(_End(error))

    async def _main(self) -> None:
        async with self._open() as client:
            # A task of its own, so that `stop` never interrupts the closing of the client: the
            # connections that it had not come to yet would stay open.
            running = asyncio.ensure_future(self._program(client, self.items.put))
            self._cancel = partial(running.get_loop().call_soon_threadsafe, running.cancel)
            self._ready.set()
            await running

    def stop(self) -> None:
        """Cancels the program if it still runs and waits for the end of its thread."""
        self._ready.wait()
        with contextlib.suppress(RuntimeError):  # the loop has closed itself meanwhile
            self._cancel()
        self._thread.join()


async def at_once(count: int, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs `work` so many times at once; the first error cancels the others and is raised."""
    tasks = [asyncio.create_task(work()) for _ in range(count)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # the first is under way
