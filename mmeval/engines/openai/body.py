"""The body of a request: what a server is sent, and what it has refused to be sent.

No two servers take the same fields. One that a 400 or 422 names is left out for the rest of the
run, which says so and writes it down; what the user added himself is never left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mmeval.engines.engine import EngineOptions
from mmeval.engines.openai.endpoint import Endpoint
from mmeval.errors import ConfigError
from mmeval.records import Request, Sampling, Scalar

MOST_STOPS = 4
"""OpenAI takes no more, nor do many others; those beyond are cut here."""
EXTRA = "extra_body."
ORDER = (
    *("stream_options", "min_p", "top_k", "repetition_penalty", "presence_penalty"),
    *("seed", "top_p", "stop", "temperature"),
)
"""Fields that may be left out, in this order where a refusal names several: those first whose
value changes nothing."""
_LONGER = re.compile(r"unsupported|not supported|instead|deprecat|\buse\b", re.IGNORECASE)
_STREAMS = re.compile(
    r"stream\b.{0,60}?(?:must|only|requir|true|enable|need)|(?:only|must|requir).{0,60}?\bstream",
    re.IGNORECASE | re.DOTALL,
)


def extra_body(args: Mapping[str, Scalar]) -> dict[str, Any]:
    """The fields of `--engine-arg extra_body.KEY=VALUE`; dots lead into objects, and a value in
    brackets is read as JSON. Raises ConfigError."""
    made: dict[str, Any] = {}
    for name, value in args.items():
        if not name.startswith(EXTRA):
            continue
        *way, last = name.removeprefix(EXTRA).split(".")
        into = made
        for step in way:
            into = into.setdefault(step, {})
            if not isinstance(into, dict):
                raise ConfigError(f"--engine-arg {name}: {step} has a value of its own already")
        if not last or last in ("messages", "prompt", "stream", "n"):
            raise ConfigError(f"--engine-arg {name}: that field is not to be set")
        if isinstance(value, str) and value[:1] in ("[", "{"):
            try:
                into[last] = json.loads(value)
            except (ValueError, RecursionError):
                raise ConfigError(f"--engine-arg {name}: the value is not JSON") from None
        else:
            into[last] = value
    return made


def switches(options: EngineOptions, endpoint: Endpoint, vllm: bool) -> dict[str, Any]:
    """The fields that set the template and the thinking of a server's model. Raises ConfigError
    for a budget where it is not known what the server calls it."""
    made: dict[str, Any] = {}
    if options.chat_args:
        made["chat_template_kwargs"] = dict(options.chat_args)
    if options.reasoning_effort is not None:
        made["reasoning_effort"] = options.reasoning_effort
    budget, place = options.thinking_budget, endpoint.place
    if budget is None:
        return made
    if vllm:
        return made | {"thinking_token_budget": budget}
    if place.startswith("openrouter.ai:"):
        return made | {"reasoning": {"max_tokens": budget}}
    if place.startswith("api.anthropic.com:"):
        return made | {"thinking": {"type": "enabled", "budget_tokens": budget}}
    raise ConfigError(
        f"--thinking-budget: it is not known what {place} calls it; give its own field, such as "
        f"--engine-arg extra_body.thinking_budget={budget}"
    )


class Body:
    """What this server is sent, as far as is known by now."""

    def __init__(self, model: str, neutral: Mapping[str, Scalar], extra: Mapping[str, Any]) -> None:
        self.model, self.neutral, self._extra = model, neutral, extra
        self.switches: dict[str, Any] = {}
        """Of a chat: what turns its thinking on and off."""
        self._stops: int | None = None
        self._length = "max_tokens"
        self._stream = False
        self._out: set[str] = set()
        self.version = 0
        """How often it has learnt something."""
        self.learnt: dict[str, str] = {}
        """Field -> what holds in its place."""

    def payload(self, request: Request, sampling: Sampling) -> dict[str, Any]:
        """The body of this request."""
        turns = request.prompt.messages
        made: dict[str, Any] = {"model": self.model}
        if turns:
            made["messages"] = [{"role": turn.role, "content": turn.content} for turn in turns]
        else:
            made["prompt"] = request.prompt.text
        made[self._length if turns else "max_tokens"] = sampling.max_tokens
        made["temperature"] = sampling.temperature
        # A greedy answer has no use for these two, and some servers refuse them.
        if not sampling.greedy or self.neutral:
            made["top_p"] = sampling.top_p
        if not sampling.greedy or self.neutral or "temperature" in self._out:
            made["seed"] = request.seed
        if sampling.stop:
            made["stop"] = list(sampling.stop[: self._stops])
        made |= dict(self.neutral)
        made |= {
            name: value
            for name in ("top_k", "min_p", "presence_penalty", "repetition_penalty")
            if (value := getattr(sampling, name)) is not None
        }
        made |= self.switches if turns else {}
        if self._stream:
            made |= {"stream": True, "stream_options": {"include_usage": True}}
        made = {name: value for name, value in made.items() if name not in self._out}
        return made | dict(self._extra)

    def adapt(self, sent: Mapping[str, Any], error: str, version: int) -> bool:
        """Learns from the body of a 400 or 422; whether the request can be asked again, other
        than it was, also because another one has taught something meanwhile."""
        if version < self.version:
            return True
        told = " ".join(_told(error))[:4000]
        named = [name for name in ORDER if name in sent and name not in self._extra]
        longer = "max_completion_tokens" in told and _LONGER.search(told)
        if longer and "messages" in sent and "max_tokens" in sent:
            self._length = "max_completion_tokens"
            return self._learn("max_tokens", "sent as max_completion_tokens")
        if not self._stream and _STREAMS.search(told):
            self._stream = True
            return self._learn("stream", "sent as true: the server only streams")
        param = _param(error)
        name = next((each for each in named if each == param), None)
        name = name or next((each for each in named if _names(told, each)), None)
        if name is None:
            return False
        if name == "stop" and len(sent["stop"]) > MOST_STOPS:
            self._stops = MOST_STOPS
            return self._learn("stop", f"the first {MOST_STOPS} sent, the others cut here")
        self._out.add(name)
        instead = {
            "stop": "not sent, cut here",
            "stream_options": "not sent",
            "temperature": f"the server's default instead of {sent.get('temperature')}",
        }
        return self._learn(name, instead.get(name, f"the server's default, {sent[name]} refused"))

    def _learn(self, name: str, instead: str) -> bool:
        self.version += 1
        self.learnt[name] = instead
        return True


def _names(told: str, field: str) -> bool:
    return re.search(rf"(?<![A-Za-z_]){field}(?![A-Za-z_])", told) is not None


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body


def _param(body: str) -> str | None:
    parsed = _parsed(body)
    error = parsed.get("error") if isinstance(parsed, dict) else None
    param = error.get("param") if isinstance(error, dict) else None
    return param if isinstance(param, str) else None


def _told(body: str) -> Iterator[str]:
    """What an error says, without what it repeats of the request (pydantic's `input`)."""
    yield from _words(_parsed(body), 0)


def _words(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < 8 and isinstance(value, list):
        for each in value:
            yield from _words(each, depth + 1)
    elif depth < 8 and isinstance(value, dict):
        for name, each in value.items():
            if name not in ("input", "ctx", "url"):
                yield from _words(each, depth + 1)
