"""The HTTP client of a server, with a bound on whatever comes back.

Each try of a request has a deadline from its first byte to the last, an answer may have so
many bytes, counted after decompression, and only a redirect to the same origin is followed:
a prompt goes to the server that was named and to nobody else. A streamed answer comes out whole,
and an error under HTTP 200 as the error that it is.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mmeval.engines.openai.endpoint import Endpoint
from mmeval.engines.openai.stream import Joined, StreamError

if TYPE_CHECKING:
    import openai

LISTING_BYTES = 4 << 20
"""Of a list of models; hosts of 5,000 models send 2 MB."""
ERROR_BYTES = 1 << 16
"""Of an answer that is an error: more of it is not read."""
REDIRECTS = 5


def open_client(
    endpoint: Endpoint, timeout: float, max_retries: int, most_bytes: int
) -> openai.AsyncOpenAI:
    """A client for that server; close it. `timeout` is the seconds of one try, its answer
    included; an answer of more than `most_bytes` is an `openai.APIError`."""
    import openai

    http = _transport()

    class Bounded(openai.DefaultAsyncHttpxClient):
        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            """The whole answer. `stream` is ignored: nothing here reads one piece by piece."""
            if endpoint.keyless:  # the package insists on a key of its own
                request.headers.pop("authorization", None)
            seconds = request.extensions["timeout"]["read"]
            try:
                async with asyncio.timeout(seconds):
                    response = await self._followed(request, options.get("auth"))
                    body = await _body(response, most_bytes)
            except TimeoutError:
                raise http.ReadTimeout("no whole answer in time", request=request) from None
            except StreamError as error:
                raise http.RemoteProtocolError(f"the answer is {error}", request=request) from None
            status = response.status_code
            if request.method == "POST" and response.is_success:
                try:
                    status = _real_status(json.loads(body.decode()), request.url.path) or status
                except (ValueError, RecursionError) as error:
                    why = str(error) if isinstance(error, _NoAnswer) else _broken(body, error)
                    raise http.RemoteProtocolError(why, request=request) from None
            kept = [each for each in response.headers.multi_items() if each[0] not in _OF_THE_WIRE]
            return http.Response(status, headers=kept, content=body, request=response.request)

        async def _followed(self, request: Any, auth: Any) -> Any:
            given = {} if auth is None else {"auth": auth}
            for _ in range(REDIRECTS + 1):
                response = await super().send(request, stream=True, follow_redirects=False, **given)
                following = response.next_request
                if following is None:
                    return response
                await response.aclose()
                here, there = _origin(request.url), _origin(following.url)
                if here != there:
                    raise openai.APIError(
                        f"a redirect to {there}, where nothing is sent: give --engine-arg "
                        "base_url=URL if that is the server to ask",
                        request,
                        body=None,
                    )
                request = following
            raise openai.APIError(f"more than {REDIRECTS} redirects", request, body=None)

    if endpoint.query:  # it may hold a key, and the client logs whole addresses
        logging.getLogger(http.__name__).addFilter(_without_query)
    options = endpoint.client_options(timeout, max_retries)
    return openai.AsyncOpenAI(**options, http_client=Bounded(trust_env=not endpoint.local))


def _without_query(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(
            each.copy_with(query=None) if hasattr(each, "copy_with") else each
            for each in record.args
        )
    return True


_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")
"""Headers that say how an answer travelled, and not what it is."""


def _transport() -> Any:
    """The package under `openai`: httpx in 2.x, httpx2 in 3.x."""
    import openai

    return import_module(openai.DefaultAsyncHttpxClient.mro()[1].__module__)


async def _body(response: Any, most: int) -> bytes:
    """The whole answer, decompressed; of an error only its beginning."""
    import openai

    limit, body = ERROR_BYTES if response.is_error else most, bytearray()
    try:
        if "," in response.headers.get("content-encoding", ""):  # each layer multiplies by 1,000
            raise openai.APIError("bytes that were compressed twice", response.request, body=None)
        streams = "event-stream" in response.headers.get("content-type", "")
        joined = Joined(most) if streams and response.is_success else None
        async with aclosing(response.aiter_bytes()) as pieces:
            async for piece in pieces:
                if joined is not None:
                    joined.feed(piece)
                    if joined.ended:
                        break
                    continue
                body += piece[: limit + 1 - len(body)]
                if len(body) > limit:
                    break
        if joined is not None:
            return joined.body()
    finally:
        await response.aclose()
    if len(body) > limit and not response.is_error:
        raise openai.APIError(
            f"more than {limit:,} bytes, the most that what was asked for can need",
            response.request,
            body=None,
        )
    return bytes(body[:limit])


class _NoAnswer(ValueError):
    """JSON under HTTP 200 that says that something went wrong."""


def _real_status(parsed: Any, path: str) -> int | None:
    """The status that an answer should have had: an error under HTTP 200 may name it. Raises
    _NoAnswer for one that names none, which is asked again."""
    if not isinstance(parsed, dict) or not path.endswith("/completions"):
        return None
    choices = parsed.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    error = parsed.get("error")
    if isinstance(first, dict):
        ended = first.get("finish_reason") not in (None, "error")
        error = first.get("error") or (None if ended else error)
    code = error.get("code") if isinstance(error, dict) else None
    if error and type(code) is int and 400 <= code < 600:
        return code
    if error or (first is None and "choices" in parsed):
        said = " ".join(json.dumps(error or parsed, ensure_ascii=False)[:300].split())
        raise _NoAnswer(f"the answer is an error under HTTP 200: {said}")
    return None


def _broken(body: bytes, error: Exception) -> str:
    begin = " ".join(body[:200].decode(errors="backslashreplace").split())
    why = "bytes that are not UTF-8" if isinstance(error, UnicodeDecodeError) else "not whole JSON"
    return f"the answer is {why}: {begin or 'nothing'}"


def _origin(url: Any) -> str:
    """Where a URL leads, without credentials, path and query."""
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return f"{url.scheme}://{url.host[:100]}:{port}"


async def post(client: openai.AsyncOpenAI, path: str, payload: Mapping[str, Any]) -> str:
    """The JSON that the server answers; raises `openai.APIError`."""
    answer = await client.post(path, body=dict(payload), cast_to=_transport().Response)
    return str(answer.content.decode())


async def get(
    client: openai.AsyncOpenAI, path: str, timeout: float | None = None
) -> tuple[str, Any]:
    """(what the server answers, its headers); `timeout` in place of the client's. Raises
    `openai.APIError`. Bytes that are not UTF-8 become U+FFFD."""
    options: Any = {} if timeout is None else {"timeout": timeout}
    answer = await client.get(path, cast_to=_transport().Response, options=options)
    return str(answer.content.decode(errors="replace")), answer.headers
