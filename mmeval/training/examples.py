"""Training rows -> token ids, kept flat: 400,000 rows of 250 tokens take 0.4 GB."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mmeval.engines.tokenising import opened_once, split_at_prompt
from mmeval.errors import ConfigError, DataError
from mmeval.training.row_text import Wording
from mmeval.training.settings import Settings
from mmeval.training_data.rows import TrainingRow

CHUNK = 1000
"""Rows that are tokenised at once."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the rows."""

    rows: int = 0
    """Rows that are trained on."""
    cut: int = 0
    """Of these, rows whose response was cut at the longest length; they end without an end
    of text, so that the model does not learn to stop there."""
    dropped: int = 0
    """Rows left out as too long, those included whose prompt alone is."""
    tokens: int = 0
    """Of the rows that are trained on, prompts included."""
    response_tokens: int = 0
    """Of these, the tokens whose loss is taken, end of text included."""


@dataclass(slots=True, kw_only=True)
class Examples:
    """Rows as token ids."""

    ids: array[int] = field(default_factory=lambda: array("i"))
    """All tokens of all rows, one after another."""
    ends: array[int] = field(default_factory=lambda: array("q"))
    """Where each row ends in `ids`."""
    prompts: array[int] = field(default_factory=lambda: array("i"))
    """How many tokens of each row are prompt."""
    counts: Counts = field(default_factory=Counts)

    def __len__(self) -> int:
        return len(self.ends)

    def add(self, prompt: Sequence[int], response: Sequence[int]) -> None:
        """Appends one row."""
        self.ids.extend(prompt)
        self.ids.extend(response)
        self.ends.append(len(self.ids))
        self.prompts.append(len(prompt))
        self.counts.rows += 1
        self.counts.tokens += len(prompt) + len(response)
        self.counts.response_tokens += len(response)

    def tokens(self, index: int) -> array[int]:
        """The ids of a row."""
        return self.ids[self._start(index) : self.ends[index]]

    def length(self, index: int) -> int:
        """Tokens of a row."""
        return self.ends[index] - self._start(index)

    def response_length(self, index: int) -> int:
        """Tokens of a row whose loss is taken."""
        return self.length(index) - self.prompts[index]

    def _start(self, index: int) -> int:
        return self.ends[index - 1] if index else 0


def tokenise(rows: Iterable[TrainingRow], tokenizer: Any, settings: Settings) -> Examples:
    """The rows as token ids, in their order.

    Prompt and response are tokenised as one text, as a tokenizer that puts a space before
    every text needs it; the prompt's own tokens stay as they are without the response, because
    they are what the model sees when it is asked. Raises ConfigError for a tokenizer
    without an end of text, DataError when no row is left, or at the first row that is too
    long where `overlong` is `refuse`.
    """
    if tokenizer.eos_token_id is None:
        raise ConfigError(
            "the base model's tokenizer has no end-of-text token (eos_token), so no answer "
            "could ever end; set one in its tokenizer_config.json"
        )
    wording, examples = Wording(settings), Examples()
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        for row, prompt, response in _pairs(chunk, tokenizer, wording):
            kept = _within(row, prompt, response, settings)
            if kept is None:
                examples.counts.dropped += 1
            else:
                examples.counts.cut += len(kept) < len(response)
                examples.add(prompt, kept)
    if not len(examples):
        raise DataError(
            f"no row is left to train on: {examples.counts.dropped:,} are longer than "
            f"max_length={settings.max_length} tokens"
        )
    return examples


def _pairs(
    chunk: Sequence[TrainingRow], tokenizer: Any, wording: Wording
) -> Iterator[tuple[TrainingRow, list[int], list[int]]]:
    prompts = [wording.prompt(row) for row in chunk]
    responses = [wording.response(row) for row in chunk]
    wholes = [p + r for p, r in zip(prompts, responses, strict=True)]
    prompt_ids = tokenizer(prompts, add_special_tokens=True)["input_ids"]
    whole_ids = tokenizer(wholes, add_special_tokens=True)["input_ids"]
    for i, row in enumerate(chunk):
        prompt = opened_once(tokenizer, prompts[i], prompt_ids[i])
        whole = opened_once(tokenizer, wholes[i], whole_ids[i])
        prompt, response = split_at_prompt(tokenizer, prompt, whole, responses[i])
        yield row, prompt, [*response, tokenizer.eos_token_id]


def _within(
    row: TrainingRow, prompt: list[int], response: list[int], settings: Settings
) -> list[int] | None:
    """The response as far as the row may be long; None for a row that is to be dropped."""
    length = len(prompt) + len(response)
    if length <= settings.max_length:
        return response
    if settings.overlong == "refuse":
        raise DataError(
            f"row {row.id} ({row.query[:40]!r}) has {length:,} tokens, more than "
            f"max_length={settings.max_length}; raise it, or set overlong to cut or drop"
        )
    response = response[: max(0, settings.max_length - len(prompt))]
    return None if settings.overlong == "drop" else response or None
