"""Tokens -> the text of each row of a batch, token by token, and when a row is done.

vLLM's rules, so that one model says the same through both engines: the text continues
the prompt (a leading space is kept), a character is written when all of its bytes are
there, special tokens are not shown, the end-of-text token ends a row without a stop
string, and a stop string ends it as soon as it is complete, the one completed earliest
winning and the order of the list breaking ties. Both engines show special tokens where one
of them ends a thought. Source:
https://github.com/vllm-project/vllm/blob/v0.11.0/vllm/v1/engine/detokenizer.py
(transformers' own stop strings compare tokens of the vocabulary one by one, and miss a
character whose bytes are spread over several of them.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mmeval.engines.thinking import shows_special


@dataclass(slots=True)
class Row:
    """One answer as it grows."""

    decode: Callable[[int], str]
    limit: int
    """The most tokens it may have."""
    text: str = ""
    tokens: int = 0
    finish: Literal["stop", "length"] | None = None
    """None while it grows."""
    stop_string: str | None = None

    def add(self, token: int, eos: Sequence[int], stop: Sequence[str]) -> None:
        """Takes the next token, unless the row is finished: then it is padding."""
        if self.finish is not None:
            return
        self.tokens += 1
        if token in eos:
            self.finish = "stop"
            return
        searched = len(self.text)
        self.text += self.decode(token)
        fired = find_stop(self.text, searched, stop)
        if fired is not None:
            self.stop_string, place = fired
            self.text = self.text[:place]
            self.finish = "stop"
        elif self.tokens >= self.limit:
            self.finish = "length"


def find_stop(text: str, searched: int, stop: Sequence[str]) -> tuple[str, int] | None:
    """(stop string, its place) of the one that ends first in `text`; None without one.

    `searched`: how many characters were searched before.
    """
    places = [(each, text.find(each, max(0, searched - len(each) + 1))) for each in stop]
    complete = [(each, place) for each, place in places if place >= 0]
    return min(complete, key=lambda pair: pair[1] + len(pair[0]), default=None)


class Streams:
    """The rows of a batch, as a stopping criterion of `generate`."""

    def __init__(
        self,
        tokenizer: Any,
        prompts: Sequence[Sequence[int]],
        limits: Sequence[int],
        eos: Sequence[int],
        stop: Sequence[str],
    ) -> None:
        self._eos, self._stop = eos, stop
        special = shows_special(tokenizer)
        pairs = zip(prompts, limits, strict=True)
        self.rows = [
            Row(decode=decoder(tokenizer, ids, special), limit=limit) for ids, limit in pairs
        ]

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Which rows are done, after reading the newest token of each."""
        import torch

        for row, token in zip(self.rows, input_ids[:, -1].tolist(), strict=True):
            row.add(token, self._eos, self._stop)
        done = [row.finish is not None for row in self.rows]
        return torch.tensor(done, device=input_ids.device)


def decoder(tokenizer: Any, prompt: Sequence[int], special: bool = False) -> Callable[[int], str]:
    """A function that takes the tokens after `prompt` one by one and returns new text, with
    special tokens where they are to be shown."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return _slow(tokenizer, prompt, special)
    return _fast(backend, prompt, special)


def _fast(backend: Any, prompt: Sequence[int], special: bool) -> Callable[[int], str]:
    from tokenizers.decoders import DecodeStream

    stream = DecodeStream(ids=list(prompt), skip_special_tokens=not special)

    def step(token: int) -> str:
        nonlocal stream
        try:
            return stream.step(backend, token) or ""
        except Exception as error:  # the library raises no class of its own
            # Bytes that are no UTF-8 make the text before them change (vLLM issue 17448).
            if not str(error).startswith("Invalid prefix encountered"):
                raise
            stream = DecodeStream(skip_special_tokens=not special)
            return stream.step(backend, token) or ""

    return step


def _slow(tokenizer: Any, prompt: Sequence[int], special: bool) -> Callable[[int], str]:
    ids, written = list(prompt), 0
    start = max(0, len(ids) - 8)  # enough of the prompt for its last character and space
    written = len(tokenizer.decode(ids[start:], skip_special_tokens=not special))

    def step(token: int) -> str:
        nonlocal written
        ids.append(token)
        text: str = tokenizer.decode(ids[start:], skip_special_tokens=not special)
        if text.endswith("\ufffd"):  # the bytes of a character are not all there yet
            return ""
        new, written = text[written:], len(text)
        return new

    return step
