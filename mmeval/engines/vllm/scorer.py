"""Log-probabilities by vLLM's `prompt_logprobs`.

Prefix caching is off: the log-probabilities of a cached prefix are not computed, and come
back missing or stale (vllm#3251, #8268). vLLM keeps the logits of `max_num_batched_tokens`
places at a time, so that number is small here. It generates one token after each text,
for which the context must have room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from mmeval.engines.encoding import Encoded, Encoder
from mmeval.engines.engine import EngineInfo, EngineOptions
from mmeval.engines.models.find import Model
from mmeval.engines.scorer import Scorable, Scoring
from mmeval.engines.vllm.engine import start
from mmeval.errors import ConfigError, EngineError
from mmeval.records import Scored
from mmeval.text import first_line

WINDOW = 512
"""Texts handed to vLLM at a time; their records are held until the last is done."""
BATCHED_TOKENS = 2_048
"""Places of one step: 400 MB of float32 logits with 49,000 words."""
CHUNKED = {"max_num_batched_tokens": BATCHED_TOKENS, "enable_prefix_caching": False}


def open(model: Model, options: EngineOptions, scoring: Scoring) -> VllmScorer:
    """vLLM, started with the model; raises as the engine's own `open`."""
    if options.args.get("enable_prefix_caching"):
        raise ConfigError("prefix caching must be off for log-probabilities: leave it out")
    args = {**CHUNKED, **options.args}
    llm, _, version = start(model, replace(options, args=args))
    context = int(llm.llm_engine.vllm_config.model_config.max_model_len) - 1
    encoder = Encoder(llm.get_tokenizer(), scoring, model.eos_ids, context)
    return VllmScorer(llm, encoder, version, options)


class VllmScorer:
    """A started vLLM with one model."""

    def __init__(self, llm: Any, encoder: Encoder, version: str, options: EngineOptions) -> None:
        self._llm, self._encoder = llm, encoder
        config = llm.llm_engine.vllm_config
        self.max_length = encoder.max_length
        self.info = EngineInfo(
            name="vllm",
            version=version,
            dtype=str(config.model_config.dtype).removeprefix("torch."),
            mode="eager" if config.model_config.enforce_eager else "compiled",
            device=str(config.device_config.device_type),
            context=encoder.max_length,
            bos="none" if encoder.prefix == "none" else "added once",
            settings={
                "prefix": encoder.prefix,
                "max_num_batched_tokens": config.scheduler_config.max_num_batched_tokens,
                "tensor_parallel_size": config.parallel_config.tensor_parallel_size,
                "prefix_caching": bool(config.cache_config.enable_prefix_caching),
                **options.args,
            },
            bound=("prefix", "tensor_parallel_size"),
        )

    def tokens(self, item: Scorable) -> int:
        """How many token ids the whole text has."""
        return self._encoder.tokens(item)

    def score(self, items: Iterable[Scorable]) -> Iterator[Scored]:
        """One record an item; see `Scorer`."""
        for encoded, refused in self._encoder.windows(items, WINDOW):
            yield from refused
            yield from self._window(encoded)

    def _window(self, texts: list[Encoded]) -> Iterator[Scored]:
        from vllm import SamplingParams

        how = SamplingParams(temperature=0.0, max_tokens=1, prompt_logprobs=0, detokenize=False)
        prompts = [{"prompt_token_ids": list(each.ids)} for each in texts]
        if not prompts:
            return
        try:
            outputs = self._llm.generate(prompts, how, use_tqdm=False)
        except (RuntimeError, ValueError) as error:  # EngineDeadError is a RuntimeError
            raise EngineError(f"vLLM died while scoring: {first_line(error)}") from error
        for text, output in zip(texts, outputs, strict=True):
            yield text.scored(_chosen(text, output.prompt_logprobs))

    def close(self) -> None:
        """Ends vLLM's own processes and frees the device's memory."""
        if self._llm is not None:
            self._llm.llm_engine.engine_core.shutdown()
            self._llm = None


def _chosen(text: Encoded, prompt_logprobs: Any) -> list[float]:
    """The log-probability of each id but the first; NaN where vLLM gives none."""
    places = list(prompt_logprobs or [])[1:]
    places += [None] * (len(text.ids) - 1 - len(places))
    wanted = zip(text.ids[1:], places, strict=True)
    return [float("nan") if not at else float(at[token].logprob) for token, at in wanted]
