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
from mmeval.engines.openai.body import Body
from mmeval.engines.openai.client import LISTING_BYTES, get, open_client, post
from mmeval.engines.openai.endpoint import Endpoint, locked, one_line, port_of, reason
from mmeval.errors import EngineError, ModelNotFound
from mmeval.records import Message, Prompt, Request, Sampling

if TYPE_CHECKING:
    import openai

PROBE_SECONDS = 30.0
"""The most that one try of a question for models takes."""
CLOCK_SECONDS = 10
"""A `created` that is no further from the server's clock is when it was asked."""
FAR = 1 << 40
"""No number of tokens or seconds since 1970 is as large; JSON can write one that is."""
PROBES = 6
"""How often a question is put otherwise, where a server refuses a field of it."""
NAMES = 1000
"""The most names that are looked through for one that is near."""


class _NoList(EngineError):
    """A server that answers, though not with a list of models."""


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
    note: str = ""
    """What is to be said of the list; empty where there is nothing to say."""


def look_up(endpoint: Endpoint, body: Body, timeout: float, listed: bool = True) -> Served:
    """Asks the server which models it has, unless `listed` is False, with so many seconds for
    one try.

    Raises EngineError when no server answers or one of another kind, and ModelNotFound when the
    model is not on the list, unless it answers a short question under a name of its own. Without
    a list (an error, an empty one) the model is supposed to be there.
    """

    async def ask(client: openai.AsyncOpenAI, emit: Emit[Served]) -> None:
        emit(await _look_up(client, endpoint, body, listed))

    def client() -> openai.AsyncOpenAI:
        return open_client(endpoint, timeout, 2, LISTING_BYTES)

    [served] = iterate(client, ask)
    return served


async def _look_up(
    client: openai.AsyncOpenAI, endpoint: Endpoint, body: Body, listed: bool
) -> Served:
    asked, entry, note = time.time(), None, ""
    if listed:
        try:
            entry, asked = await _listed(client, endpoint, body.model, asked)
        except _NoList as error:
            note = f"{error}; {body.model} is asked all the same"
        except ModelNotFound as error:
            name = await _answers(client, body)
            if not name:
                raise
            note = f"{error}; it answers all the same as {endpoint.hide(name)!r}, and is asked"
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
        note=note,
    )


async def _listed(
    client: openai.AsyncOpenAI, endpoint: Endpoint, model: str, asked: float
) -> tuple[dict[str, Any] | None, float]:
    """The model's entry on the list, and when it was given; no entry where there is no list."""
    import openai

    try:
        body, headers = await get(client, "/models")
    except openai.NotFoundError:
        return None, asked
    except openai.APIError as error:
        mute = isinstance(error, openai.AuthenticationError) or not isinstance(
            error, openai.APIStatusError
        )
        kind = EngineError if mute else _NoList
        raise kind(_no_entry(endpoint, model, error)) from None
    return _entry(endpoint, model, body), _date(headers.get("date"), asked)


async def _answers(client: openai.AsyncOpenAI, body: Body) -> str | None:
    """Puts a short question to the model: the name under which it answers, if it does and has
    one."""
    import openai

    for prompt in (
        Prompt(problem_id="probe", messages=(Message(role="user", content="1+1="),)),
        Prompt(problem_id="probe", text="1+1="),
    ):
        path = "/chat/completions" if prompt.messages else "/completions"
        for _ in range(PROBES):
            version = body.version
            sent = body.payload(Request(prompt=prompt), Sampling(max_tokens=16))
            try:
                parsed = json.loads(await post(client, path, sent))
                name = parsed.get("model") if parsed["choices"] else None
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if not body.adapt(sent, error.response.text, version):
                    break
            except (openai.APIError, ValueError, KeyError, TypeError, AttributeError):
                break
            else:
                return name[:200] if isinstance(name, str) else None
    return None


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
        return f"{endpoint.url}/models: {locked(endpoint, error)}"
    return f"{endpoint.url}/models answers {reason(endpoint, error)}; there is no list of models"


def _entry(endpoint: Endpoint, model: str, body: str) -> dict[str, Any]:
    try:
        told = json.loads(body) if body.strip() else []
        rows = told if isinstance(told, list) else dict(told).get("data")
        entries = {str(each["id"])[:200]: dict(each) for each in rows or ()}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise EngineError(
            f"{endpoint.url}/models did not answer with a list of models but with "
            f"{endpoint.hide(one_line(body)[:60])!r}; is the base URL right? It usually ends in "
            "/v1; where it is, --engine-arg list_models=false does not ask for them"
        ) from None
    if model in entries:
        entry: dict[str, Any] = entries[model]
        return entry
    if not entries:
        raise _NoList(f"{endpoint.url}/models answers without a single model")
    near = difflib.get_close_matches(model, list(entries)[:NAMES], n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    more = f" and {len(entries) - 10} more" if len(entries) > 10 else ""
    names = ", ".join(sorted(entries)[:10]) or "none"
    raise ModelNotFound(
        endpoint.hide(f"{endpoint.place} serves no model {model!r}; {hint}it has: {names}{more}")
        + "; a server that lists only some of its models is asked all the same with --engine-arg "
        "list_models=false"
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
