"""A small OpenAI-compatible server on 127.0.0.1, scripted by a test.

`FakeServer` answers as an honest server would; a test overrides `reply`, which gets the
path, the parsed body and how many requests with this body came before. A failure says when
to come back, so that no test waits for a client's backing off.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast

MODEL = "fake-model"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does with one request."""

    status: int = 200
    body: str | Mapping[str, Any] = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    """Seconds before it answers."""
    hold: bool = False
    """Answer when the test calls `release`, or never."""
    reset: bool = False
    """Send half an answer and reset the connection."""


Script = Callable[[str, dict[str, Any], int], Reply]


def completion(text: str | None, chat: bool = False, **choice: Any) -> Reply:
    """An answer in the shape of the API; `choice` adds to or replaces the choice's fields."""
    said = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
    return Reply(
        body={
            "choices": [{"index": 0, "finish_reason": "stop"} | said | choice],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3},
        }
    )


def honest(path: str, body: dict[str, Any], _before: int) -> Reply:
    """Repeats the prompt, or the last turn, between angle brackets."""
    chat = path.endswith("/chat/completions")
    asked = body["messages"][-1]["content"] if chat else body["prompt"]
    return completion(f"<{asked}>", chat=chat)


def models(*names: str, **entry: Any) -> Reply:
    """The list of models."""
    return Reply(body={"object": "list", "data": [{"id": name} | entry for name in names]})


@dataclass
class Seen:
    """One request as it arrived."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    query: str = ""


class FakeServer:
    """Serves from entering the `with` block to leaving it."""

    def __init__(self, reply: Script = honest, listing: Reply | None = None) -> None:
        self.reply = reply
        self.listing = models(MODEL, owned_by="somebody") if listing is None else listing
        self.version = Reply(status=404)
        self.seen: list[Seen] = []
        self.most_at_once = 0
        self.in_flight = 0
        self._released = threading.Event()
        self._bodies: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def posts(self) -> list[Seen]:
        """The requests for answers, without the questions for models and versions."""
        return [each for each in self.seen if each.path.endswith("completions")]

    def release(self) -> None:
        """Answers what was held, and holds nothing from now on."""
        self._released.set()

    def answer(self, seen: Seen) -> Reply:
        """Decides on a request and keeps count."""
        with self._lock:
            self.seen.append(seen)
            before = self._bodies[json.dumps(seen.body)]
            self._bodies[json.dumps(seen.body)] += 1
            self.in_flight += 1
            self.most_at_once = max(self.most_at_once, self.in_flight)
        if seen.path.endswith("/models"):
            reply = self.listing
        elif seen.path.endswith("/version"):
            reply = self.version
        else:
            reply = self.reply(seen.path, seen.body, before)
        time.sleep(reply.wait)
        if reply.hold:
            self._released.wait(300)
        with self._lock:
            self.in_flight -= 1
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, fake: FakeServer) -> None:
        self.fake = fake
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self._serve(json.loads(self.rfile.read(length)))

    def _serve(self, body: dict[str, Any]) -> None:
        fake = cast(_Server, self.server).fake
        path, _, query = self.path.partition("?")
        reply = fake.answer(
            Seen(path, body, {k.lower(): v for k, v in self.headers.items()}, query)
        )
        said = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        data = said.encode("utf-8", "surrogateescape")  # a test may want other bytes
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data) + (1000 if reply.reset else 0)))
        soon = {"Retry-After-Ms": "5"} if reply.status >= 400 else {}
        for name, value in (reply.headers or soon).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        if reply.reset:
            self.wfile.flush()
            # Linger 0: closing sends RST, and the client sees a reset, not an end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def closed_port() -> int:
    """A port on 127.0.0.1 where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
