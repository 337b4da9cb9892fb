"""The `hf` engine: transformers' `generate`, in batches with left padding.

Slower than vLLM and runs anywhere. At float32 its greedy answers repeat bit for bit
because the make-up of every batch is a function of the list of requests (`units`), and
a run resumes by whole batches. At bfloat16 they repeat as well, on the same machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mmeval.engines import tokenising
from mmeval.engines.engine import EngineInfo, EngineOptions
from mmeval.engines.hf.batching import batch_seed, batches
from mmeval.engines.hf.loading import collect, device_name, load, positive, require_known
from mmeval.engines.hf.streaming import Streams
from mmeval.engines.models.find import Model
from mmeval.engines.thinking import with_thought
from mmeval.errors import EngineError
from mmeval.records import Generation, Prompt, Request, Sampling, Scalar

BATCH_SIZE = 32
"""Measured on a CPU of 2 cores: 141 tokens/s at 32 with SmolLM2-135M at bfloat16. By
arithmetic a Llama of 7B at bfloat16 takes 14 GB and, for 32 x 800 tokens, 13 GB more. One
number on every machine, because it is part of a run's identity."""

ENGINE_ARGS = ("attn_implementation", "batch_size", "device", "device_map")

SHAPING = (
    "top_k",
    "min_p",
    "typical_p",
    "epsilon_cutoff",
    "eta_cutoff",
    "repetition_penalty",
    "no_repeat_ngram_size",
    "bad_words_ids",
    "suppress_tokens",
    "begin_suppress_tokens",
    "sequence_bias",
    "renormalize_logits",
)
"""The fields of a generation_config.json that `use_generation_config` lets through.
Temperature, top_p and the length are the run's own in any case."""


_ONLY_SAMPLING = ("top_k", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff")
"""Those of them that greedy decoding ignores, with a warning."""


def open(model: Model, options: EngineOptions) -> HfEngine:
    """The model, loaded and ready.

    Raises ConfigError for an unknown engine argument or a model that needs its own code,
    EngineError when transformers cannot load it.
    """
    require_known(options, ENGINE_ARGS)
    batch_size = positive(options, "batch_size", BATCH_SIZE)
    loaded, tokenizer = load(model, options)
    return HfEngine(loaded, tokenizer, model, options, batch_size)


class HfEngine:
    """A model loaded with transformers."""

    def __init__(
        self, loaded: Any, tokenizer: Any, model: Model, options: EngineOptions, batch_size: int
    ) -> None:
        import transformers

        self._model, self._tokenizer = loaded, tokenizer
        self._batch_size = batch_size
        self._opens = options.opens_thought
        self._chat_args, self.notes = tokenising.template_variables(self._tokenizer, options)
        # What vLLM ends a text with: the model's ids and the tokenizer's.
        self._eos = sorted({*model.eos_ids, tokenizer.eos_token_id} - {None})
        pads = [tokenizer.pad_token_id, *self._eos, 0]
        self._pad = next(each for each in pads if each is not None)
        self._shaping = _shaping(loaded.generation_config) if options.use_generation_config else {}
        # `generate` fills every field that its caller leaves unset from the model's own
        # configuration: an empty one keeps do_sample, repetition_penalty and the rest out.
        loaded.generation_config = transformers.GenerationConfig()
        settings = self._settings(options)
        config = loaded.config.get_text_config()
        self._context: int | None = getattr(config, "max_position_embeddings", None)
        self.info = EngineInfo(
            name="hf",
            version=transformers.__version__,
            dtype=str(loaded.dtype).removeprefix("torch."),
            mode="eager",
            device=device_name(loaded),
            context=self._context,
            bos=tokenising.bos_state(
                tokenizer, self.token_ids(Prompt(problem_id="-", text="1 + 1 ="))
            ),
            settings=settings,
            bound=tuple(sorted(set(settings) - {"torch", "device_map"})),
        )

    def _settings(self, options: EngineOptions) -> dict[str, Scalar]:
        import torch

        settings: dict[str, Scalar] = {
            "batch_size": self._batch_size,
            "eos_ids": ",".join(map(str, self._eos)),
            "attn_implementation": self._model.config._attn_implementation,
            "torch": str(torch.__version__),
        }
        settings |= {f"generation_config.{key}": str(v) for key, v in self._shaping.items()}
        return settings | {key: value for key, value in options.args.items() if key != "device"}

    def units(self, requests: Sequence[Request]) -> list[Sequence[Request]]:
        """The batches; see `batches`."""
        return batches(requests, self._batch_size)

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[Generation]:
        """One generation per request, as soon as its batch is finished; see `Generator`."""
        for unit in self.units(requests):
            yield from self._batch(unit, sampling)

    def _batch(self, unit: Sequence[Request], sampling: Sampling) -> Iterator[Generation]:
        prompts, requests = [], []
        for request in unit:
            ids = self.token_ids(request.prompt)
            if not ids or len(ids) >= (self._context or len(ids) + 1):
                yield _refused(request, len(ids), self._context)
            else:
                prompts.append(ids)
                requests.append(request)
        if not requests:
            return
        streams = self._answer(prompts, requests, sampling)
        for request, ids, row in zip(requests, prompts, streams.rows, strict=True):
            generation = Generation(
                problem_id=request.prompt.problem_id,
                sample=request.sample,
                text=row.text,
                finish=row.finish or "length",
                stop_string=row.stop_string,
                prompt_tokens=len(ids),
                tokens=row.tokens,
            )
            yield with_thought(self._tokenizer, self._opens, ids, generation)

    def _answer(
        self, prompts: list[list[int]], requests: list[Request], sampling: Sampling
    ) -> Streams:
        import torch

        most = sampling.max_tokens
        limits = [min(most, (self._context or len(p) + most) - len(p)) for p in prompts]
        streams = Streams(self._tokenizer, prompts, limits, self._eos, sampling.stop)
        width = max(map(len, prompts))
        ids = torch.tensor([[self._pad] * (width - len(p)) + p for p in prompts])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
        device = self._model.device
        gpus = [device] if device.type == "cuda" else []
        try:
            # Sampling draws from torch's global generators: seed them by the batch, and
            # give the caller's state back.
            with torch.inference_mode(), torch.random.fork_rng(gpus):
                torch.manual_seed(batch_seed(requests))
                self._model.generate(
                    input_ids=ids.to(device),
                    attention_mask=mask.to(device),
                    generation_config=self._config(sampling, max(limits)),
                    stopping_criteria=[streams],
                )
        except torch.OutOfMemoryError as error:
            raise EngineError(
                f"out of memory with {len(prompts)} prompts of up to {width} tokens and "
                f"{max(limits)} new ones: lower --engine-arg batch_size={self._batch_size}; "
                "a run folder keeps its batch size, so begin a new one"
            ) from error
        return streams

    def _config(self, sampling: Sampling, max_new_tokens: int) -> Any:
        import transformers

        how: dict[str, Any] = {"do_sample": False}
        if not sampling.greedy:
            # Unset, top_k would be 50 in transformers.
            how = {
                "do_sample": True,
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "top_k": 0,
            }
        own = {key: getattr(sampling, key) for key in ("top_k", "min_p", "repetition_penalty")}
        own = {key: value for key, value in own.items() if value is not None}
        shaping = {
            key: value
            for key, value in (self._shaping | own).items()
            if not (sampling.greedy and key in _ONLY_SAMPLING)
        }
        return transformers.GenerationConfig(
            **(how | shaping),
            max_new_tokens=max_new_tokens,
            eos_token_id=self._eos or None,
            pad_token_id=self._pad,
        )

    def token_ids(self, prompt: Prompt) -> list[int]:
        """The ids the model sees for a prompt, BOS included."""
        return tokenising.token_ids(self._tokenizer, prompt, self._chat_args)

    def close(self) -> None:
        """Frees the model's memory."""
        self._model = None
        collect()


def _shaping(config: Any) -> dict[str, Any]:
    given = {key: getattr(config, key, None) for key in SHAPING}
    return {key: value for key, value in given.items() if value is not None}


def _refused(request: Request, length: int, context: int | None) -> Generation:
    what = f"the prompt has {length} tokens and the model's context {context}"
    return Generation(
        problem_id=request.prompt.problem_id,
        sample=request.sample,
        finish="error",
        prompt_tokens=length,
        error=f"{what}: no room for an answer" if length else "the prompt has no tokens",
    )
