"""The address of an OpenAI-compatible server, its secrets, and what it reports of itself.

The key and what stands before the `@` of a URL are secrets: they live in `Endpoint`,
outside its repr, and `Endpoint.hide` takes them out of everything that is kept.
"""

from __future__ import annotations

import base64
import difflib
import ipaddress
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from mmeval.errors import ConfigError, EngineError, ModelNotFound
from mmeval.records import Scalar

if TYPE_CHECKING:
    import openai

NO_KEY = "EMPTY"
"""Sent where there is no key: the client insists on one, and a local server ignores it."""
PROBE_SECONDS = 30.0
CLOCK_SECONDS = 10
"""A `created` that is no further from the server's clock is when it was asked."""
SECRET_LENGTH = 8
"""Shorter keys are placeholders; to blot them out would blot out ordinary words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server's address and the secrets that open it."""

    url: str
    """The base URL without credentials, query and final slash: fit to be recorded."""
    key: str = field(default=NO_KEY, repr=False)
    login: str = field(default="", repr=False)
    """`user:password` from the URL, decoded; empty where it held none."""
    key_env: str = "OPENAI_API_KEY"
    """The name of the environment variable that the key is read from."""

    @property
    def place(self) -> str:
        """`host:port`, for people."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
        return f"{host}:{_port(parts)}"

    @property
    def local(self) -> bool:
        """Whether the server is on this machine, where no proxy belongs in between."""
        host = urlsplit(self.url).hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return address.is_loopback or address.is_unspecified

    def hide(self, text: str) -> str:
        """The text without the key and the password, should a server repeat them."""
        token = base64.b64encode(self.login.encode()).decode()
        for secret in (self.key, token, self.login, self.login.partition(":")[2]):
            if len(secret) >= SECRET_LENGTH:
                text = text.replace(secret, "***")
        return text

    def client_options(self, timeout: float, max_retries: int) -> dict[str, Any]:
        """The arguments that `openai.OpenAI` and `openai.AsyncOpenAI` share."""
        import openai

        headers = {}
        if self.login:
            token = base64.b64encode(self.login.encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        return {
            "base_url": self.url,
            "api_key": self.key,
            "default_headers": headers,
            "timeout": openai.Timeout(timeout, connect=min(timeout, 10.0)),
            "max_retries": max_retries,
        }


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


def find_endpoint(args: Mapping[str, Scalar], env: Mapping[str, str] = os.environ) -> Endpoint:
    """The server of `--engine-arg base_url=URL` or OPENAI_BASE_URL, with its key.

    Raises ConfigError when there is no URL, or a URL or key that cannot be used; the
    message repeats neither credentials nor key.
    """
    given = str(args.get("base_url") or env.get("OPENAI_BASE_URL") or "").strip()
    if not given:
        raise ConfigError(
            "the openai engine needs the address of a server; give --engine-arg "
            "base_url=http://127.0.0.1:8000/v1 or set OPENAI_BASE_URL"
        )
    parts = _split(given)
    shown = parts.netloc.rpartition("@")[2] + parts.path.rstrip("/")
    try:
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and _port(parts) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            "base_url must read like http://127.0.0.1:8000/v1 (http or https, host, port), "
            f"got scheme {parts.scheme[:20]!r} and address {shown.rpartition('@')[2][:80]!r}"
        )
    key_env = str(args.get("api_key_env") or "OPENAI_API_KEY")
    return Endpoint(
        url=f"{parts.scheme}://{shown}",
        key=_key(key_env, env, required="api_key_env" in args),
        login=unquote(parts.netloc.rpartition("@")[0]),
        key_env=key_env,
    )


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # brackets that hold no IPv6 address
        raise ConfigError(
            "base_url must read like http://127.0.0.1:8000/v1; its host cannot be read"
        ) from None


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _key(name: str, env: Mapping[str, str], required: bool) -> str:
    key = env.get(name, "").strip()
    if not key and required:
        # The user may have put the key itself there: only what cannot be a key is repeated.
        shown = name if re.fullmatch(r"[A-Z][A-Z_]{0,40}", name) else "..."
        raise ConfigError(f"--engine-arg api_key_env={shown}: no such environment variable is set")
    if not (key.isascii() and (key.isprintable())):
        raise ConfigError(f"the key in {name} holds characters that no HTTP header can carry")
    return key or NO_KEY


def look_up(endpoint: Endpoint, model: str) -> Served:
    """Asks the server which models it has.

    Raises EngineError when no server answers or the answer is not a list of models, and
    ModelNotFound when the model is not on the list. Without a list the model is
    supposed to be there.
    """
    import openai

    transport = openai.DefaultHttpxClient(trust_env=not endpoint.local)
    options = endpoint.client_options(PROBE_SECONDS, max_retries=2)
    asked = time.time()
    with openai.OpenAI(**options, http_client=transport) as client:
        try:
            answer = client.models.with_raw_response.list()
        except openai.NotFoundError:
            entry = None
        except (openai.APIStatusError, openai.APIConnectionError) as error:
            raise EngineError(_no_entry(endpoint, model, error)) from None
        else:
            entry = _entry(endpoint, model, answer.text)
            asked = _date(answer.headers.get("date"), asked)
        owner = str((entry or {}).get("owned_by") or "")
        version = _version(client, endpoint) if owner in ("", "vllm") else None
    context, root, created = (
        (entry or {}).get(key) for key in ("max_model_len", "root", "created")
    )
    told = type(created) is int and abs(created - asked) > CLOCK_SECONDS
    return Served(
        listed=entry is not None,
        owner=endpoint.hide(owner[:80]),
        context=context if isinstance(context, int) and context > 0 else None,
        version=endpoint.hide(version or "unknown"),
        vllm=owner == "vllm" or version is not None,
        root=endpoint.hide(root[:400]) if isinstance(root, str) and root else None,
        created=created if told else None,
    )


def _date(header: str | None, otherwise: float) -> float:
    """The server's own clock, in seconds since 1970."""
    try:
        return parsedate_to_datetime(header or "").timestamp()
    except ValueError:
        return otherwise


def _no_entry(endpoint: Endpoint, model: str, error: openai.APIError) -> str:
    import openai

    if isinstance(error, openai.APIConnectionError):
        return (
            f"no server answers at {endpoint.place} ({reason(endpoint, error)}); start one, for "
            f"example: vllm serve {model} --port {_port(urlsplit(endpoint.url))}, or name another "
            "with --engine-arg base_url=URL"
        )
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return locked(endpoint, error)
    return f"{endpoint.url}/models answers {reason(endpoint, error)}; the server is not usable"


def locked(endpoint: Endpoint, error: openai.APIError) -> str:
    """The one line for a server that wants another key."""
    state = "was sent" if endpoint.key != NO_KEY or endpoint.login else "is not set"
    return (
        f"{endpoint.place} refuses access ({reason(endpoint, error)}); the key is read from "
        f"the environment variable {endpoint.key_env}, which {state}; --engine-arg "
        "api_key_env=NAME names another"
    )


def reason(endpoint: Endpoint, error: openai.APIError) -> str:
    """What went wrong, on one line: `HTTP 400: ...`, or the transport's own words."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return "no answer in time"
    if not isinstance(error, openai.APIStatusError):
        cause = error.__cause__ or error
        return endpoint.hide(f"{type(cause).__name__}: {_line(str(cause))}".removesuffix(": "))
    body: object = error.body
    while isinstance(body, dict):  # {"error": {"message": ...}}, or flatter, by server
        body = next((body[k] for k in ("error", "message", "detail") if body.get(k)), str(body))
    text = body if isinstance(body, str) else error.response.text if body is None else str(body)
    return endpoint.hide(f"HTTP {error.status_code}: {_line(text)}".removesuffix(": "))


def _line(text: str) -> str:
    return " ".join(text[:2000].split())[:300]


def _entry(endpoint: Endpoint, model: str, body: str) -> dict[str, Any]:
    try:
        entries = {str(each["id"]): each for each in json.loads(body)["data"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise EngineError(
            f"{endpoint.url}/models did not answer with a list of models but with "
            f"{endpoint.hide(_line(body)[:60])!r}; is the base URL right? It usually ends in /v1"
        ) from None
    if model in entries:
        entry: dict[str, Any] = entries[model]
        return entry
    near = difflib.get_close_matches(model, list(entries), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    more = f" and {len(entries) - 10} more" if len(entries) > 10 else ""
    names = ", ".join(sorted(entries)[:10]) or "none"
    raise ModelNotFound(
        endpoint.hide(f"{endpoint.place} serves no model {model!r}; {hint}it has: {names}{more}")
    )


def _version(client: openai.OpenAI, endpoint: Endpoint) -> str | None:
    """vLLM serves its version beside the API, not below it; None where the server does not."""
    import openai

    try:
        body = client.get(f"{endpoint.url.removesuffix('/v1')}/version", cast_to=str)
        version = json.loads(body)["version"]
    except (openai.APIError, ValueError, KeyError, TypeError, RecursionError):
        return None  # most servers have no such page: that is an answer, not a failure
    return version[:40] if isinstance(version, str) else None
