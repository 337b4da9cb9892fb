"""The address of an OpenAI-compatible server and its secrets.

The key and what stands before the `@` of a URL are secrets: they live in `Endpoint`,
outside its repr, and `Endpoint.hide` takes them out of everything that is kept.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from mmeval.errors import ConfigError
from mmeval.records import Scalar
from mmeval.text import is_locked

if TYPE_CHECKING:
    import openai

NO_KEY = "EMPTY"
"""Sent where there is no key: the client insists on one, and a local server ignores it."""
VERSION = "api-version"
"""What Azure has in the query; it is no secret."""
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
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request: the URL's own, and `--engine-arg query.NAME=VALUE`."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request, of `--engine-arg header.NAME=VALUE`."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values of the query and the headers that are to be in no file."""

    @property
    def keyless(self) -> bool:
        """Whether another header than Authorization has the key."""
        locked = any(is_locked(f"header.{name}") for name in self.headers)
        return locked and self.key == NO_KEY and not self.login

    @property
    def place(self) -> str:
        """`host:port`, for people."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
        return f"{host}:{port_of(parts)}"

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
        """A message without the key and the password, should a server repeat them."""
        for secret in self._secrets():
            text = text.replace(secret, "***")
        return text

    def told_by(self, text: str) -> bool:
        """Whether an answer repeats the key or the password. One that is a mere word or number
        is not looked for there: answers hold those by themselves."""
        said = [each for each in self._secrets() if not (each.isalpha() or each.isdecimal())]
        return any(secret in text for secret in said)

    def _secrets(self) -> list[str]:
        token = base64.b64encode(self.login.encode()).decode()
        kept = (self.key, token, self.login, self.login.partition(":")[2], *self.secrets)
        return [each for each in kept if len(each) >= SECRET_LENGTH]

    def client_options(self, timeout: float, max_retries: int) -> dict[str, Any]:
        """The arguments of `openai.AsyncOpenAI`."""
        import openai

        headers: dict[str, str] = {}
        if self.login:
            token = base64.b64encode(self.login.encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        return {
            "base_url": self.url,
            "api_key": self.key,
            "default_headers": headers | dict(self.headers),
            "default_query": dict(self.query),
            "timeout": openai.Timeout(timeout, connect=min(timeout, 10.0)),
            "max_retries": max_retries,
        }


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
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and port_of(parts) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            "base_url must read like http://127.0.0.1:8000/v1 (http or https, host, port), "
            f"got scheme {parts.scheme[:20]!r} and address {shown.rpartition('@')[2][:80]!r}"
        )
    key_env = str(args.get("api_key_env") or "OPENAI_API_KEY")
    query, hidden = _named(args, "query.", env)
    headers, more = _named(args, "header.", env)
    own = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Endpoint(
        query=own | query,
        headers=headers,
        secrets=(*hidden, *more, *(each for name, each in own.items() if name != VERSION)),
        url=f"{parts.scheme}://{shown}",
        key=_key(key_env, env, required="api_key_env" in args),
        login=unquote(parts.netloc.rpartition("@")[0]),
        key_env=key_env,
    )


def _named(
    args: Mapping[str, Scalar], kind: str, env: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """The headers or the query of the arguments, and those of their values that are secret. The
    name of an environment variable stands for its value, and of a secret only that may be given.
    """
    made: dict[str, str] = {}
    secret: list[str] = []
    for name, given in args.items():
        if not name.startswith(kind):
            continue
        text = given if isinstance(given, str) else json.dumps(given)
        named = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) is not None
        if named and env.get(text, "").strip():
            value = env[text].strip()
            secret.append(value)
        elif is_locked(name):
            shown = text if re.fullmatch(r"[A-Z][A-Z_]{0,40}", text) else "..."
            raise ConfigError(f"--engine-arg {name}={shown}: no such environment variable is set")
        else:
            value = text
        if not (value.isascii() and value.isprintable()):
            raise ConfigError(f"--engine-arg {name}: a value that no HTTP header can carry")
        made[name.removeprefix(kind)] = value
    return made, secret


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # brackets that hold no IPv6 address
        raise ConfigError(
            "base_url must read like http://127.0.0.1:8000/v1; its host cannot be read"
        ) from None


def port_of(parts: SplitResult) -> int:
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
    if not isinstance(error, openai.APIConnectionError | openai.APIStatusError):
        return endpoint.hide(one_line(error.message))  # of the client's own bounds
    if not isinstance(error, openai.APIStatusError):
        cause = error.__cause__ or error
        return endpoint.hide(f"{type(cause).__name__}: {one_line(str(cause))}".removesuffix(": "))
    body: object = error.body
    while isinstance(body, dict):  # {"error": {"message": ...}}, or flatter, by server
        body = next((body[k] for k in ("error", "message", "detail") if body.get(k)), str(body))
    text = body if isinstance(body, str) else error.response.text if body is None else str(body)
    return endpoint.hide(f"HTTP {error.status_code}: {one_line(text)}".removesuffix(": "))


def one_line(text: str) -> str:
    return " ".join(text[:2000].split())[:300]
