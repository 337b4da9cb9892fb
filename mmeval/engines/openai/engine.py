"""The `openai` engine: any server that speaks the OpenAI API, local or remote.

A text prompt goes to the completions endpoint as it is; chat messages go to the chat
endpoint, where the server applies its own template. Each sample is a request with its
own seed. The package `openai` retries what may be temporary (429, 408, 409, 5xx, timeouts,
resets), waits as Retry-After says, and backs off exponentially otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from mmeval.answers.thoughts import OpensThought
from mmeval.engines.endings import failed
from mmeval.engines.engine import EngineInfo, EngineOptions
from mmeval.engines.models.find import Model
from mmeval.engines.openai.answers import read_answer, reported_by
from mmeval.engines.openai.background import Emit, at_once, iterate
from mmeval.engines.openai.client import get, open_client, post
from mmeval.engines.openai.endpoint import Endpoint, find_endpoint, locked, reason
from mmeval.engines.openai.served import PROBE_SECONDS, Served, look_up
from mmeval.engines.thinking import opened
from mmeval.errors import ConfigError, EngineError
from mmeval.records import Generation, Prompt, Request, Sampling, Scalar

if TYPE_CHECKING:
    import openai

ARGS = ("base_url", "api_key_env", "concurrency", "max_retries", "timeout")
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
    unknown = sorted(set(options.args) - set(ARGS))
    if "api_key" in unknown:
        raise ConfigError(
            "a key is never an argument, where logs and manifests would keep it; put it into the "
            "environment as OPENAI_API_KEY, or name the variable: --engine-arg api_key_env=NAME"
        )
    if unknown:
        raise ConfigError(
            f"the openai engine has no argument {unknown[0]!r}; available: {', '.join(ARGS)}"
        )
    limits = Limits(
        concurrency=_number(options.args, "concurrency", 64, (1, 1000)),
        max_retries=_number(options.args, "max_retries", 5, (0, 100)),
        timeout=_number(options.args, "timeout", 600.0, (0.1, 86_400.0)),
    )
    endpoint = find_endpoint(options.args)
    served = look_up(endpoint, model.name, min(PROBE_SECONDS, limits.timeout))
    neutral = VLLM_NEUTRAL if served.vllm and not options.use_generation_config else {}
    engine = OpenAIEngine(model.name, endpoint, limits, served, neutral)
    engine.opens_thought = options.opens_thought
    return engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many requests a server gets at once, and how long each is tried."""

    concurrency: int
    """Requests in flight at once."""
    max_retries: int
    """Per request, after the first try; five take about 14 s when a server answers 500."""
    timeout: float
    """Seconds of one try, its whole answer included, after which it is tried again."""


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
        model: str,
        endpoint: Endpoint,
        limits: Limits,
        served: Served,
        neutral: Mapping[str, Scalar],
    ) -> None:
        self.opens_thought: OpensThought = "auto"
        self._model = model
        self._endpoint = endpoint
        self._limits = limits
        self._neutral = neutral
        self._chat_length = "max_tokens"
        self.reported: dict[str, list[str]] = {}
        """What the answers since `generate` was last called tell of who gave them."""
        extra = "".join(f", {key}={value}" for key, value in neutral.items())
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
                "not_sent": "the server's own defaults hold",
                "text_prompts": "sent as they are, no template",
            },
            bound=("owned_by", "sent"),
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
            lambda: open_client(
                self._endpoint, self._limits.timeout, self._limits.max_retries, most
            ),
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
        verdicts = _Verdicts(self._endpoint.place, emit, max(PATIENCE, concurrency))

        async def work() -> None:
            for request in waiting:  # shared: whoever is free takes the next one
                verdicts.add(await self._answer(client, request, sampling))

        await at_once(min(concurrency, len(requests)), work)
        if verdicts.held:
            verdicts.finish(await self._alive(client))

    async def _answer(
        self, client: openai.AsyncOpenAI, request: Request, sampling: Sampling
    ) -> _Outcome:
        """What became of one request, its retries included; raises EngineError on 401 and 403."""
        import openai

        path = "/completions" if request.prompt.text is not None else "/chat/completions"
        payload = self._payload(request, sampling)
        try:
            body = await post(client, path, payload)
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
            if "messages" in payload and "max_tokens" in payload and "max_completion_tokens" in why:
                self._chat_length = "max_completion_tokens"  # newer models of OpenAI insist on it
                return await self._answer(client, request, sampling)
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

    def _payload(self, request: Request, sampling: Sampling) -> dict[str, Any]:
        payload: dict[str, Any] = {"model": self._model}
        turns = request.prompt.messages
        if turns:
            payload["messages"] = [{"role": turn.role, "content": turn.content} for turn in turns]
        else:
            payload["prompt"] = request.prompt.text
        payload |= {
            self._chat_length if turns else "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": request.seed,
        }
        if sampling.stop:
            payload["stop"] = list(sampling.stop)
        return payload | dict(self._neutral)

    async def _alive(self, client: openai.AsyncOpenAI) -> bool:
        import openai

        try:
            await get(client, "/models", 10.0)
        except openai.APIStatusError as error:
            return error.status_code < 500
        except openai.APIConnectionError:
            return False
        except openai.APIError:
            return True  # it answers, though not what was asked
        return True


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
