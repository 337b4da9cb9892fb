"""An asyncio program on a thread of its own, and what is closed when nobody reads on."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from threading import Event
from typing import Any, cast

import pytest

from mmeval.engines.openai.background import Emit, iterate
from mmeval.records import Sampling
from tests.builders.openai_asking import many, no_request_threads, start
from tests.builders.servers import FakeServer


@contextlib.asynccontextmanager
async def nothing() -> AsyncIterator[None]:
    yield None


def test_a_program_that_raises_raises_here_after_what_it_emitted() -> None:
    async def program(client: None, emit: Emit[int]) -> None:
        emit(1)
        raise LookupError("gone")

    stream: Iterator[int] = iterate(nothing, program)
    assert next(stream) == 1
    with pytest.raises(LookupError, match="gone"):
        next(stream)
    assert no_request_threads()


def test_a_client_that_cannot_be_opened_raises_here() -> None:
    @contextlib.asynccontextmanager
    async def broken() -> AsyncIterator[None]:
        raise OSError("too many open files")
        yield None

    async def program(client: None, emit: Emit[int]) -> None:
        emit(1)

    with pytest.raises(OSError, match="too many open files"):
        next(iterate(broken, program))
    assert no_request_threads()


def test_no_event_loop_is_an_error_and_no_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_loop() -> None:
        raise OSError("too many open files")

    async def program(client: None, emit: Emit[int]) -> None:
        emit(1)

    monkeypatch.setattr(asyncio.events, "new_event_loop", no_loop)
    with pytest.raises(OSError, match="too many open files"):
        next(iterate(nothing, program))
    assert no_request_threads()
    gc.collect()  # nothing was begun that is met later


def test_a_reader_that_leaves_while_the_client_closes_does_not_stop_the_closing() -> None:
    closing, closed = Event(), Event()

    @contextlib.asynccontextmanager
    async def slow_to_close() -> AsyncIterator[None]:
        yield None
        closing.set()
        await asyncio.sleep(0.2)  # the reader leaves meanwhile
        closed.set()

    async def program(client: None, emit: Emit[int]) -> None:
        emit(1)

    stream: Iterator[int] = iterate(slow_to_close, program)
    assert next(stream) == 1
    assert closing.wait(30)
    cast(Any, stream).close()
    assert closed.is_set()
    assert no_request_threads()


@pytest.mark.usefixtures("no_openai_environment")
def test_a_reader_that_leaves_after_the_last_answer_leaves_no_socket_open() -> None:
    pytest.importorskip("openai", reason="openai engine: the package openai is not installed")
    gc.collect()
    with FakeServer() as server, warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always", ResourceWarning)
        engine = start(server.url, concurrency=20)
        for _ in range(8):
            stream = engine.generate(many(20), Sampling())
            for _ in range(20):
                next(stream)
            cast(Any, stream).close()  # the client is closing its 20 connections just now
        gc.collect()
    assert [str(each.message) for each in met] == []
