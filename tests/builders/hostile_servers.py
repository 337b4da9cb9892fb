"""A server on 127.0.0.1 that answers with a fault: endless, huge, slow or broken.

The first part of a path names the fault, `http://127.0.0.1:PORT/drip/v1`; the faults of
`LISTING` are of /models or /version, and all others of the answers to a prompt.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
import socketserver
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import Any, Self

MODEL = "fake-model"
MANY = 200 << 20
"""Bytes of the answers that are huge and end."""
Pieces = Iterator[bytes]
"""What is sent after the request was read, headers included."""


def _head(*headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(lines).encode()


def _whole(body: bytes, *headers: str, status: str = "200 OK") -> Pieces:
    yield _head(f"Content-Length: {len(body)}", *headers, status=status)
    yield body


def _chunked(pieces: Pieces, *headers: str, status: str = "200 OK") -> Pieces:
    yield _head("Transfer-Encoding: chunked", *headers, status=status)
    for piece in pieces:
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"


def said(text: str = "fine", **more: Any) -> bytes:
    """An honest answer, to a text or a chat."""
    choice = {"index": 0, "text": text, "message": {"content": text}, "finish_reason": "stop"}
    return json.dumps({"choices": [choice]} | more).encode()


@cache
def _long() -> bytes:
    return said("x" * (MANY >> 3))


def _begun(begin: str = '{"choices": [{"text": "') -> Pieces:
    yield begin.encode()
    yield from itertools.repeat(b"x" * 65536)


@cache
def _squeezed() -> tuple[bytes, bytes]:
    """The gzip of 32 MB of zeros without its end: what it begins with, and what may follow it
    again and again."""
    packing, zeros = zlib.compressobj(9, wbits=31), b"\0" * (32 << 20)
    begin = packing.compress(zeros) + packing.flush(zlib.Z_FULL_FLUSH)
    return begin, packing.compress(zeros) + packing.flush(zlib.Z_FULL_FLUSH)


def _zeros(times: int | None) -> Pieces:
    """So many times 32 MB of zeros, compressed to a thousandth; without an end for None."""
    begin, more = _squeezed()
    yield begin
    yield from itertools.repeat(more) if times is None else itertools.repeat(more, times - 1)


@cache
def _twice() -> bytes:
    return gzip.compress(gzip.compress(b"\0" * (64 << 20)))


def _slowly(pieces: Pieces) -> Pieces:
    for piece in pieces:
        for byte in piece:
            yield bytes([byte])
            time.sleep(0.5)


def _silent() -> Pieces:
    time.sleep(3600)
    yield b""


def _filled(begin: bytes, item: bytes, size: int) -> Pieces:
    """One JSON value of so many bytes, made of one item again and again."""
    return _whole(begin + item * ((size - len(begin)) // len(item)))


def _storm() -> Pieces:
    yield from itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def _headers() -> Pieces:
    yield b"HTTP/1.1 200 OK\r\n"
    yield from (b"X-%d: %s\r\n" % (i, b"y" * 1000) for i in itertools.count())


def _elsewhere() -> Pieces:
    return _whole(b"", "Location: http://localhost:9/v1/completions", status="307 Temporary")


ANSWERS: dict[str, Callable[[], Pieces]] = {
    "honest": lambda: _whole(said()),
    "endless-chunks": lambda: _chunked(_begun()),
    "endless-until-closed": lambda: itertools.chain([_head("Connection: close")], _begun()),
    "endless-error": lambda: _chunked(_begun('{"error": "'), status="500 Broken"),
    "endless-headers": _headers,
    "endless-100-continue": _storm,
    "huge": lambda: itertools.chain(
        [_head(f"Content-Length: {MANY}")], itertools.islice(_begun(), MANY >> 16)
    ),
    "huge-text": lambda: _whole(_long()),
    "gzip-2-GB": lambda: _chunked(_zeros(64), "Content-Encoding: gzip"),
    "gzip-endless": lambda: _chunked(_zeros(None), "Content-Encoding: gzip"),
    "gzip-of-gzip": lambda: _whole(_twice(), "Content-Encoding: gzip, gzip"),
    "drip": lambda: _slowly(_whole(said())),
    "drip-of-chunks": lambda: itertools.chain(
        [_head("Transfer-Encoding: chunked")], _slowly(itertools.repeat(b"1\r\n \r\n"))
    ),
    "silence": _silent,
    "deep": lambda: _filled(b'{"choices": ', b"[", 1 << 20),
    "empty-objects": lambda: _filled(b'{"choices": [{}', b",{}", 1 << 20),
    "redirect-loop": lambda: _whole(b"", "Location: /redirect-loop/v1/completions", status="308 P"),
    "redirect-elsewhere": _elsewhere,
}
"""Fault -> what is answered to a prompt."""
LISTING: dict[str, Callable[[], Pieces]] = {
    "models-endless": lambda: _chunked(_begun('{"data": [{"id": "')),
    "models-gzip": lambda: _chunked(_zeros(64), "Content-Encoding: gzip"),
    "models-objects": lambda: _filled(b'{"data": [{"id": "a"}', b',{"id": "a"}', 4 << 20),
    "models-names": lambda: _whole(
        json.dumps({"data": [{"id": f"model-{i}"} for i in range(100_000)]}).encode()
    ),
    "models-drip": lambda: _slowly(_whole(b'{"data": []}')),
    "models-elsewhere": _elsewhere,
    "version-endless": lambda: _chunked(_begun('{"version": "')),
}
"""Fault -> what is answered to /models, or to /version where it is called so."""


class HostileServer:
    """Serves from entering the `with` block to leaving it."""

    def __enter__(self) -> Self:
        for made_once in (_squeezed, _twice, _long):  # and not by 64 threads at once
            made_once()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, fault: str) -> str:
        """The base URL at which that fault is met."""
        return f"http://127.0.0.1:{self.port}/{fault}/v1"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that had enough has gone away."""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """Reads requests and answers them, one after another."""
        with suppress(OSError):
            while path := self._path():
                fault, what = path.split("/")[1], path.rpartition("/")[2]
                for piece in self._answer(fault, what):
                    self.wfile.write(piece)
                if fault == "endless-until-closed":
                    return

    def _path(self) -> str:
        line = self.rfile.readline().decode("latin-1")
        length = 0
        while (header := self.rfile.readline()) not in (b"\r\n", b""):
            if found := re.match(rb"content-length: *(\d+)", header, re.IGNORECASE):
                length = int(found[1])
        self.rfile.read(length)
        return line.split(" ")[1] if line else ""

    def _answer(self, fault: str, what: str) -> Pieces:
        if what in ("models", "version"):
            if fault.startswith(what):
                return LISTING[fault]()
            owner = "" if fault.startswith("version") else "somebody"
            listed = {"data": [{"id": MODEL, "owned_by": owner}]}
            return _whole(json.dumps(listed if what == "models" else {}).encode())
        return ANSWERS[fault if fault in ANSWERS else "honest"]()
