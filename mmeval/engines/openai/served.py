"""What an OpenAI-compatible server reports of itself and of a model: `/models`, `/version`."""

from __future__ import annotations

import difflib
import json
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mmeval.engines.openai.background import Emit, iterate
from mmeval.engines.openai.client import LISTING_BYTES, get, open_client
from mmeval.engines.openai.endpoint import Endpoint, locked, one_line, port_of, reason
from mmeval.errors import EngineError, ModelNotFound

if TYPE_CHECKING:
    import openai

PROBE_SECONDS = 30.0
"""The most that one try of a question for models takes."""
CLOCK_SECONDS = 10
"""A `created` that is no further from the server's clock is when it was asked."""
FAR = 1 << 40
"""No number of tokens or seconds since 1970 is as large; JSON can write one that is."""
NAMES = 1000
"""The most names that are looked through for one that is near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a server reports of a model."""

    listed: bool = False
    """Whether the model's name is on the server's list; False where it shows none."""
    owner: str = ""
    """Its `owned_by`: `vllm` for vLLM."""
    context: int | None = None
    version: str = "unknown"
    """Of vLLM, where the server is one."""
    vllm: bool = False
    root: str | None = None
    """vLLM's: the folder or hub id of the weights behind the name."""
    created: int | None = None
    """Seconds since 1970; None where it is only the time of the question, as vLLM's is."""


def look_up(endpoint: Endpoint, model: str, timeout: float) -> Served:
    """Asks the server which models it has, with so many seconds for one try.

    Raises EngineError when no server answers or the answer is not a list of models, and
    ModelNotFound when the model is not on the list. Without a list the model is
    supposed to be there.
    """

    async def ask(client: openai.AsyncOpenAI, emit: Emit[Served]) -> None:
        emit(await _look_up(client, endpoint, model))

    def client() -> openai.AsyncOpenAI:
        return open_client(endpoint, timeout, 2, LISTING_BYTES)

    [served] = iterate(client, ask)
    return served


async def _look_up(client: openai.AsyncOpenAI, endpoint: Endpoint, model: str) -> Served:
    import openai

    asked = time.time()
    try:
        body, headers = await get(client, "/models")
    except openai.NotFoundError:
        entry = None
    except openai.APIError as error:
        raise EngineError(_no_entry(endpoint, model, error)) from None
    else:
        entry = _entry(endpoint, model, body)
        asked = _date(headers.get("date"), asked)
    told = entry or {}
    owner = told.get("owned_by") or ""
    owner = owner[:80] if isinstance(owner, str) else "unknown"
    version = await _version(client, endpoint) if owner in ("", "vllm") else None
    root, created = told.get("root"), _number(told.get("created"))
    at_its_own_time = created is not None and abs(created - asked) > CLOCK_SECONDS
    return Served(
        listed=entry is not None,
        owner=endpoint.hide(owner),
        context=_number(told.get("max_model_len")),
        version=endpoint.hide(version or "unknown"),
        vllm=owner == "vllm" or version is not None,
        root=endpoint.hide(root[:400]) if isinstance(root, str) and root else None,
        created=created if at_its_own_time else None,
    )


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 < value < FAR else None


def _date(header: str | None, otherwise: float) -> float:
    """The server's own clock, in seconds since 1970."""
    try:
        return parsedate_to_datetime(header or "").timestamp()
    except (ValueError, OverflowError):
        return otherwise


def _no_entry(endpoint: Endpoint, model: str, error: openai.APIError) -> str:
    import openai

    if isinstance(error, openai.APIConnectionError):
        port = port_of(urlsplit(endpoint.url))
        return (
            f"no server answers at {endpoint.place} ({reason(endpoint, error)}); start one, for "
            f"example: vllm serve {model} --port {port}, or name another with --engine-arg "
            "base_url=URL"
        )
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return locked(endpoint, error)
    return f"{endpoint.url}/models answers {reason(endpoint, error)}; the server is not usable"


def _entry(endpoint: Endpoint, model: str, body: str) -> dict[str, Any]:
    try:
        entries = {str(each["id"])[:200]: dict(each) for each in json.loads(body)["data"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise EngineError(
            f"{endpoint.url}/models did not answer with a list of models but with "
            f"{endpoint.hide(one_line(body)[:60])!r}; is the base URL right? It usually ends in /v1"
        ) from None
    if model in entries:
        entry: dict[str, Any] = entries[model]
        return entry
    near = difflib.get_close_matches(model, list(entries)[:NAMES], n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    more = f" and {len(entries) - 10} more" if len(entries) > 10 else ""
    names = ", ".join(sorted(entries)[:10]) or "none"
    raise ModelNotFound(
        endpoint.hide(f"{endpoint.place} serves no model {model!r}; {hint}it has: {names}{more}")
    )


async def _version(client: openai.AsyncOpenAI, endpoint: Endpoint) -> str | None:
    """vLLM serves its version beside the API, not below it; None where the server does not."""
    import openai

    try:
        body, _ = await get(client, f"{endpoint.url.removesuffix('/v1')}/version")
        version = json.loads(body)["version"]
    except (openai.APIError, ValueError, KeyError, TypeError, RecursionError):
        return None  # most servers have no such page: that is an answer, not a failure
    return version[:40] if isinstance(version, str) else None
