"""Log-probabilities by transformers, without the logits of the whole text.

The model's body runs once over a text; its last layer, which makes one logit for every
word of the vocabulary, runs over as many places at a time as `LOGITS` bytes hold, and one
number of each place is kept. So memory does not grow with length x vocabulary: 1,024
places and 152,000 words would be 600 MB at float32, several times over.

On a CPU each text goes alone: padding costs more than batching gains (perf/perplexity.py).
On a GPU texts of like length go together, as many as `batch_tokens` holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mmeval.engines.encoding import Encoded, Encoder
from mmeval.engines.engine import EngineInfo, EngineOptions
from mmeval.engines.hf.batching import within_budget
from mmeval.engines.hf.loading import collect, device_name, load, positive, require_known
from mmeval.engines.models.find import Model
from mmeval.engines.scorer import Scorable, Scoring
from mmeval.errors import EngineError
from mmeval.records import Scalar, Scored

ENGINE_ARGS = ("attn_implementation", "batch_tokens", "device", "device_map")
BATCH_TOKENS = 16_384
"""Places of a batch on a GPU, padding included."""
WINDOW = 2_048
"""Texts that are sorted by length at a time: enough for even batches, few enough to hold."""
LOGITS = 24 * 2**20
"""Bytes of logits at a time on a CPU, 256 places with 49,000 words at bfloat16. The last
layer packs its weights anew for every call, so small calls cost: 64 places at a time took
1.8 x the CPU time of 230."""
PIECE = 2 * 2**20
"""Bytes of float32 logits whose softmax is taken at a time on a CPU: what its cache holds.
230 places at once took 4 x the CPU time."""
GPU_LOGITS = GPU_PIECE = 256 * 2**20
PROBE = (5, 17, 3, 29, 11, 2, 23, 7)
"""Token ids that every model has, to see whether the last layer is all there is."""


def open(model: Model, options: EngineOptions, scoring: Scoring) -> HfScorer:
    """The model, loaded and ready to score; raises as the engine's own `open`."""
    require_known(options, ENGINE_ARGS)
    batch_tokens = positive(options, "batch_tokens", BATCH_TOKENS)
    loaded, tokenizer = load(model, options)
    config = loaded.config.get_text_config()
    context = getattr(config, "max_position_embeddings", None)
    encoder = Encoder(tokenizer, scoring, model.eos_ids, context)
    alone = loaded.device.type == "cpu" and "batch_tokens" not in options.args
    return HfScorer(loaded, encoder, 1 if alone else batch_tokens, options)


class HfScorer:
    """A model loaded with transformers."""

    def __init__(
        self, loaded: Any, encoder: Encoder, batch_tokens: int, options: EngineOptions
    ) -> None:
        import torch
        import transformers

        self._model, self._encoder, self._batch_tokens = loaded, encoder, batch_tokens
        on_cpu = loaded.device.type == "cpu"
        self._logits, self._piece = (LOGITS, PIECE) if on_cpu else (GPU_LOGITS, GPU_PIECE)
        self._cap = getattr(loaded.config.get_text_config(), "final_logit_softcapping", None)
        self._in_chunks = self._head_is_last()
        self.max_length = encoder.max_length
        settings: dict[str, Scalar] = {
            "prefix": encoder.prefix,
            "batch_tokens": batch_tokens,
            "attn_implementation": loaded.config._attn_implementation,
            "logits": "in chunks" if self._in_chunks else "whole",
            "torch": str(torch.__version__),
        }
        self.info = EngineInfo(
            name="hf",
            version=transformers.__version__,
            dtype=str(loaded.dtype).removeprefix("torch."),
            mode="eager",
            device=device_name(loaded),
            context=encoder.max_length,
            bos="none" if encoder.prefix == "none" else "added once",
            settings=settings | {k: v for k, v in options.args.items() if k != "device"},
            bound=("prefix", "attn_implementation"),
        )

    def tokens(self, item: Scorable) -> int:
        """How many token ids the whole text has."""
        return self._encoder.tokens(item)

    def score(self, items: Iterable[Scorable]) -> Iterator[Scored]:
        """One record an item; see `Scorer`."""
        for encoded, refused in self._encoder.windows(items, WINDOW):
            yield from refused
            for batch in batches(encoded, self._batch_tokens):
                for text, logprobs in zip(batch, self._logprobs(batch), strict=True):
                    yield text.scored(logprobs)

    def _logprobs(self, batch: Sequence[Encoded]) -> list[list[float]]:
        """For each text the log-probabilities of its ids, from the second on."""
        import torch

        width = max(len(each.ids) for each in batch)
        ids = torch.zeros((len(batch), width), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, each in enumerate(batch):  # padding behind: no text sees it
            ids[row, : len(each.ids)] = torch.tensor(each.ids)
            mask[row, : len(each.ids)] = 1
        ids, mask = ids.to(self._model.device), mask.to(self._model.device)
        try:
            with torch.inference_mode():
                rows = self._places(ids, mask if len(batch) > 1 else None)
        except torch.OutOfMemoryError as error:
            raise EngineError(
                f"out of memory with {len(batch)} texts of up to {width} tokens: lower "
                f"--engine-arg batch_tokens={self._batch_tokens}"
            ) from error
        return [row[: len(each.ids) - 1] for row, each in zip(rows, batch, strict=True)]

    def _places(self, ids: Any, mask: Any) -> list[list[float]]:
        """Log-probabilities of the ids of every row, from the second on, padding included."""
        import torch

        states = self._states(ids, mask)[:, :-1]
        rows, places = states.shape[:2]
        states, targets = states.reshape(rows * places, -1), ids[:, 1:].reshape(-1)
        words = self._model.config.get_text_config().vocab_size
        size = _even(len(targets), self._logits // (words * states.element_size()))
        chunks = (slice(begin, begin + size) for begin in range(0, len(targets), size))
        # The logits have no name here, or those of one chunk would be kept beside the next.
        parts = [self._chosen(self._head(states[chunk]), targets[chunk]) for chunk in chunks]
        logprobs: list[list[float]] = torch.cat(parts).reshape(rows, places).tolist()
        return logprobs

    def _chosen(self, logits: Any, wanted: Any) -> Any:
        """The log-probability of the wanted id of each place, taken at float32, on the CPU."""
        import torch

        wanted = wanted.to(logits.device)
        size = max(1, self._piece // (4 * logits.shape[-1]))
        parts = []
        for begin in range(0, len(wanted), size):
            piece = logits[begin : begin + size].float()
            if piece.data_ptr() == logits[begin:].data_ptr():  # float32 already: not ours to change
                piece = piece.clone()
            chosen = piece.gather(-1, wanted[begin : begin + size, None]).squeeze(-1)
            top = piece.amax(-1, keepdim=True)
            total = piece.sub_(top).exp_().sum(-1).log_()
            parts.append(chosen - top.squeeze(-1) - total)
        return torch.cat(parts).cpu()

    def _states(self, ids: Any, mask: Any) -> Any:
        """What the last layer reads; the whole logits where it is not all there is."""
        if self._in_chunks:
            body = self._model.base_model
            return body(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        return self._model(input_ids=ids, attention_mask=mask, use_cache=False).logits

    def _head(self, states: Any) -> Any:
        if not self._in_chunks:
            return states
        logits = self._model.get_output_embeddings()(states)
        return logits if self._cap is None else self._cap * (logits / self._cap).tanh()

    def _head_is_last(self) -> bool:
        """Whether body and last layer alone give the model's own logits.

        Some architectures scale them afterwards; those keep the logits of a whole text.
        """
        import torch

        self._in_chunks = True
        ids = torch.tensor([PROBE], device=self._model.device)
        with torch.inference_mode():
            whole = self._model(input_ids=ids, use_cache=False).logits.float()
            try:
                ours = self._head(self._states(ids, None)).float()
            except (AttributeError, TypeError):  # no body or no last layer of its own
                return False
        if ours.shape != whole.shape:
            return False
        # NaN does not make a model another architecture: its texts will be errors.
        spread = whole.nan_to_num().abs().max().item()
        return bool((ours - whole).nan_to_num().abs().max().item() <= 0.02 * spread)

    def close(self) -> None:
        """Frees the model's memory."""
        self._model = None
        collect()


def _even(count: int, most: int) -> int:
    """Into how large parts `count` is cut so that none is over `most` and all are alike."""
    return -(-count // -(-count // max(1, most))) if count else 1


def batches(texts: Iterable[Encoded], budget: int) -> Iterator[list[Encoded]]:
    """Texts of like length together, longest first, so that a batch too large for the
    memory shows at once; each of at most `budget` places, padding included, or one text."""
    longest_first = sorted(texts, key=lambda text: (-len(text.ids), text.id))
    return within_budget(longest_first, lambda text: len(text.ids), budget)
