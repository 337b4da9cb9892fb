"""The `openai` engine: any server that speaks the OpenAI API, local or remote.

A text prompt goes to the completions endpoint as it is; chat messages go to the chat
endpoint, where the server applies its own template. Each sample is a request with its
own seed. What may be temporary is tried again (408, 409, 5xx, timeouts, resets, errors under
HTTP 200), after what Retry-After says or else exponentially longer; a 429 slows all down (`pace`)
and is no failure; a field that the server refuses is left out (`body`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from mmeval.answers.thoughts import OpensThought
from mmeval.engines.endings import failed
from mmeval.engines.engine import EngineInfo, EngineOptions
from mmeval.engines.models.find import Model
from mmeval.engines.openai.answers import read_answer, reported_by
from mmeval.engines.openai.background import Emit, at_once, iterate
from mmeval.engines.openai.body import EXTRA, Body, extra_body, switches
from mmeval.engines.openai.client import get, open_client, post
from mmeval.engines.openai.endpoint import Endpoint, find_endpoint, locked, reason
from mmeval.engines.openai.pace import LONGEST_WAIT, QUEUED, SLOW_START, Pace, retry_after
from mmeval.engines.openai.served import PROBE_SECONDS, Served, look_up
from mmeval.engines.thinking import opened
from mmeval.errors import ConfigError, EngineError
from mmeval.records import Generation, Prompt, Request, Sampling, Scalar

if TYPE_CHECKING:
    import openai

ARGS = ("base_url", "api_key_env", "concurrency", "list_models", "max_retries", "timeout")
PREFIXES = (EXTRA, "header.", "query.")
"""Arguments that begin so add to what is sent."""
SENT = "model, prompt or messages, max_tokens, temperature, top_p, seed, stop"
VLLM_NEUTRAL: Mapping[str, Scalar] = {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0}
"""vLLM fills what a request leaves out from the model's generation_config; these values
switch that off. Sent to vLLM only: other servers refuse fields that they do not know."""
ANSWER_BYTES, TOKEN_BYTES = 1 << 19, 128
"""The most bytes of an answer: so many, and so many more for each token of `max_tokens`. The
longest tokens in use are 128 spaces."""
PATIENCE = 8
"""The fewest failures in a row that count as a server that is gone."""
N = TypeVar("N", int, float)


def open(model: Model, options: EngineOptions) -> OpenAIEngine:
    """The engine for a server that answers and, if it lists its models, serves this one.

    Raises ConfigError for an argument that makes no sense, ModelNotFound with what the
    server has, and EngineError when no server answers.
    """
    unknown = sorted(each for each in options.args if each not in ARGS and not _adds(each))
    if "api_key" in unknown:
        raise ConfigError(
            "a key is never an argument, where logs and manifests would keep it; put it into the "
            "environment as OPENAI_API_KEY, or name the variable: --engine-arg api_key_env=NAME"
        )
    if unknown:
        raise ConfigError(
            f"the openai engine has no argument {unknown[0]!r}; available: {', '.join(ARGS)}, "
            f"{', '.join(f'{each}NAME' for each in PREFIXES)}"
        )
    listed = options.args.get("list_models", True)
    if not isinstance(listed, bool):
        raise ConfigError(f"--engine-arg list_models must be true or false, got {listed!r}")
    extra = extra_body(options.args)
    limits = Limits(
        concurrency=_number(options.args, "concurrency", 64, (1, 1000)),
        max_retries=_number(options.args, "max_retries", 5, (0, 100)),
        timeout=_number(options.args, "timeout", 600.0, (0.1, 86_400.0)),
        start=SLOW_START if "concurrency" not in options.args else 1000,
    )
    endpoint = find_endpoint(options.args)
    served = look_up(
        endpoint, Body(model.name, {}, extra), min(PROBE_SECONDS, limits.timeout), listed
    )
    neutral = VLLM_NEUTRAL if served.vllm and not options.use_generation_config else {}
    given = {name: each for name, each in options.args.items() if name.startswith(EXTRA)}
    body = Body(model.name, neutral, extra)
    body.switches = switches(options, endpoint, served.vllm)
    engine = OpenAIEngine(endpoint, limits, served, body, given)
    engine.notes = (served.note,) if served.note else ()
    engine.opens_thought = options.opens_thought
    return engine


def _adds(name: str) -> bool:
    return name.startswith(PREFIXES) and not name.endswith(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many requests a server gets at once, and how long each is tried."""

    concurrency: int
    """Requests in flight at once, at most."""
    max_retries: int
    """Per request, after the first try; five take about 14 s when a server answers 500."""
    timeout: float
    """Seconds of one try, its whole answer included, after which it is tried again."""
    start: int = SLOW_START
    """Requests in flight at once in the beginning; each answer allows one more."""


def _number(args: Mapping[str, Scalar], name: str, default: N, span: tuple[N, N]) -> N:
    given = args.get(name, default)
    try:
        value = type(default)(str(given))
    except ValueError:
        value = None
    if value is None or not span[0] <= value <= span[1]:
        raise ConfigError(
            f"--engine-arg {name} must be a number from {span[0]} to {span[1]}, got {given!r}"
        )
    return value


class OpenAIEngine:
    """One model of one server. Nothing is open between two calls of `generate`."""

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits,
        served: Served,
        body: Body,
        given: Mapping[str, Scalar],
    ) -> None:
        self.opens_thought: OpensThought = "auto"
        self._endpoint = endpoint
        self._limits = limits
        self._body = body
        self.notes: tuple[str, ...] = ()
        """What is to be said before it is asked."""
        self.reported: dict[str, list[str]] = {}
        """What the answers since `generate` was last called tell of who gave them."""
        extra = "".join(f", {key}={value}" for key, value in body.neutral.items())
        self.info = EngineInfo(
            name="openai",
            version=served.version,
            dtype="unknown",
            mode="remote",
            device="remote",
            context=served.context,
            template_by="server",
            settings={
                "base_url": endpoint.url,
                "api_key_env": endpoint.key_env,
                "concurrency": limits.concurrency,
                "max_retries": limits.max_retries,
                "timeout": limits.timeout,
                "model_listed": served.listed,
                "owned_by": served.owner,
                "sent": SENT + extra,
                "not_sent": "the server's own defaults hold; of a greedy request top_p and seed, "
                "except to vLLM",
                "header_names": ", ".join(sorted(endpoint.headers)),
                "query_names": ", ".join(sorted(endpoint.query)),
                **given,
                "text_prompts": "sent as they are, no template",
            },
            bound=("owned_by", "sent", *given),
            served={"root": served.root, "created": served.created},
        )

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[Generation]:
        """One generation per request, as soon as it is finished; see `Generator`.

        Failures are held back until another request succeeds: a server that is gone
        raises EngineError, and the requests it failed stay unanswered, to be asked again.
        """
        self.reported = {}
        most = ANSWER_BYTES + TOKEN_BYTES * sampling.max_tokens
        return iterate(
            lambda: open_client(self._endpoint, self._limits.timeout, 0, most),
            lambda client, emit: self._answer_all(client, requests, sampling, emit),
        )

    def units(self, requests: Sequence[Request]) -> list[Sequence[Request]]:
        """One request each: a request's text does not depend on its neighbours here."""
        return [(request,) for request in requests]

    def token_ids(self, prompt: Prompt) -> list[int] | None:
        """None: the server keeps its tokenizer to itself."""
        return None

    def close(self) -> None:
        """Does nothing: what `generate` opens it closes."""

    async def _answer_all(
        self,
        client: openai.AsyncOpenAI,
        requests: Sequence[Request],
        sampling: Sampling,
        emit: Emit[Generation],
    ) -> None:
        waiting, concurrency = iter(requests), self._limits.concurrency
        place, limits = self._endpoint.place, self._limits
        verdicts = _Verdicts(place, emit, max(PATIENCE, concurrency))
        pace = Pace(place, concurrency, limits.start, limits.timeout)

        async def work() -> None:
            for request in waiting:  # shared: whoever is free takes the next one
                verdicts.add(await self._answer(client, request, sampling, pace))

        await at_once(min(concurrency, len(requests)), work)
        if verdicts.held:
            verdicts.finish(await self._alive(client))

    async def _answer(
        self, client: openai.AsyncOpenAI, request: Request, sampling: Sampling, pace: Pace
    ) -> _Outcome:
        """What became of one request, its retries included; raises EngineError on 401 and 403."""
        import openai

        path = "/completions" if request.prompt.text is not None else "/chat/completions"
        payload, version = self._body.payload(request, sampling), self._body.version
        try:
            body = await self._posted(client, path, payload, pace)
            begun = opened(self.opens_thought, request.prompt)
            answer = self._kept(request, read_answer(request, body, sampling, begun))
            for name, told in reported_by(body):
                value = self._endpoint.hide(told)
                if value not in self.reported.setdefault(name, []):
                    self.reported[name].append(value)
            return _Outcome(answer, refused=answer.finish == "error")
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise EngineError(locked(self._endpoint, error)) from None
        except openai.APIError as error:
            why = reason(self._endpoint, error)
            unfit = isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError)
            if unfit and self._body.adapt(payload, _told(error), version):
                return await self._answer(client, request, sampling, pace)
            if isinstance(error, openai.NotFoundError):
                why += f" (asked at {self._endpoint.url}{path})"
            return _Outcome(failed(request, why), refused=_refused(error))
        except ValueError as error:
            return _Outcome(failed(request, self._endpoint.hide(str(error))))

    def _kept(self, request: Request, answer: Generation) -> Generation:
        """The answer as the server gave it, or an error where it cannot be written down."""
        parts = (answer.text, answer.thought or "", answer.finish_reason or "")
        if any(map(self._endpoint.told_by, parts)):
            return failed(request, "the answer repeats the key or password that was sent")
        return replace(answer, error=answer.error and self._endpoint.hide(answer.error))

    async def _posted(
        self, client: openai.AsyncOpenAI, path: str, payload: Mapping[str, Any], pace: Pace
    ) -> str:
        """The server's answer, tried again as long as what is in its way may pass."""
        import openai

        tries = queued = 0
        trouble: openai.APIError
        while True:
            async with pace.turn() as begun:
                try:
                    body = await post(client, path, payload)
                except openai.RateLimitError as error:
                    if error.code == "insufficient_quota":
                        why = reason(self._endpoint, error)
                        raise EngineError(f"{self._endpoint.place}: {why}") from None
                    pace.limited(begun, retry_after(error.response.headers))
                    continue
                except openai.APITimeoutError as error:
                    if pace.queued(begun) and queued < QUEUED:
                        queued += 1
                        continue
                    tries, trouble = tries + 1, error
                except openai.APIError as error:
                    if not _passes(error):
                        raise
                    tries, trouble = tries + 1, error
                else:
                    pace.answered(begun)
                    return body
            if tries > self._limits.max_retries:
                raise trouble
            headers = getattr(getattr(trouble, "response", None), "headers", {})
            wait = retry_after(headers)
            if wait is None or wait > LONGEST_WAIT:
                wait = min(0.5 * 2 ** (tries - 1), 8.0) * random.uniform(0.75, 1.0)
            await asyncio.sleep(wait)

    @property
    def refused(self) -> Mapping[str, str]:
        """Fields that the server refused -> what holds in their place."""
        return self._body.learnt

    async def _alive(self, client: openai.AsyncOpenAI) -> bool:
        import openai

        try:
            await get(client.with_options(max_retries=2), "/models", 10.0)
        except openai.APIStatusError as error:
            return error.status_code < 500
        except openai.APIConnectionError:
            return False
        except openai.APIError:
            return True  # it answers, though not what was asked
        return True


def _told(error: openai.APIError) -> str:
    response = getattr(error, "response", None)
    return "" if response is None else str(response.text)


def _passes(error: openai.APIError) -> bool:
    """Whether it may be otherwise when it is tried again."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return error.status_code in (408, 409) or error.status_code >= 500
    return isinstance(error, openai.APIConnectionError)


def _refused(error: openai.APIError) -> bool:
    """Whether the server read the request and will not answer it, now or later."""
    import openai

    passing = (408, 409, 429)
    if not isinstance(error, openai.APIStatusError):
        return False
    return error.status_code < 500 and error.status_code not in passing


@dataclass(frozen=True, slots=True)
class _Outcome:
    generation: Generation
    refused: bool = False


@dataclass(slots=True)
class _Verdicts:
    """Passes answers on, and failures only once it is sure that they are the request's own.

    A dead server fails every request; written down as answers, those would not be asked
    again. So failures wait here for a success, and `limit` of them in a row end the run.
    """

    place: str
    emit: Emit[Generation]
    limit: int
    alive: bool = False
    """Whether any request has succeeded."""
    held: list[_Outcome] = field(default_factory=list)

    def add(self, outcome: _Outcome) -> None:
        """Takes one outcome; raises EngineError when it is the last straw."""
        if outcome.generation.finish != "error":
            self.alive = True
            self._release()
        elif not (outcome.refused and self.alive):
            self.held.append(outcome)
            if len(self.held) >= self.limit:
                raise EngineError(self._gone())
            return
        self.emit(outcome.generation)

    def finish(self, server_answers: bool) -> None:
        """Decides on what is still held when no request is left."""
        requests_fault = self.alive or all(each.refused for each in self.held)
        if not (requests_fault and server_answers):
            raise EngineError(self._gone())
        self._release()

    def _release(self) -> None:
        for each in self.held:
            self.emit(each.generation)
        self.held.clear()

    def _gone(self) -> str:
        verb = "refused" if all(each.refused for each in self.held) else "failed"
        return (
            f"{self.place} {verb} {len(self.held)} requests in a row, the last with "
            f"{self.held[-1].generation.error}; they can be asked again"
        )
