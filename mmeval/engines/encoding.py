"""Prompt and response -> one row of token ids with its boundary: the same for every scorer.

Prompt and response are tokenised as one text, as `mmeval train` does, and the response's
ids are those behind the prompt's. The ids of a prompt are the same whatever follows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mmeval.engines import tokenising
from mmeval.engines.scorer import Scorable, Scoring
from mmeval.errors import ConfigError, PromptTooLong
from mmeval.records import Prompt, Scored

PREFIXES = ("auto", "bos", "eos", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A text as a model sees it."""

    id: str
    ids: tuple[int, ...]
    """Prefix, prompt, response, and the end-of-text token where it counts."""
    boundary: int
    """The place of the first response token in `ids`."""
    bytes: int
    words: int
    truncated: bool

    def scored(self, logprobs: list[float]) -> Scored:
        """The record for the log-probabilities of `ids`, from the second on.

        One that is not finite makes the item an error: half a sum would be a number that
        looks like any other.
        """
        broken = sum(not (-float("inf") < value <= 0.0) for value in logprobs)
        if broken:
            reason = (
                f"no finite log-probability for {broken:,} of {len(logprobs):,} tokens: the "
                "model's logits are NaN or infinite"
            )
            return Scored(id=self.id, truncated=self.truncated, error=reason)
        cut = max(0, self.boundary - 1)
        return Scored(
            id=self.id,
            prompt_logprobs=tuple(logprobs[:cut]),
            response_logprobs=tuple(logprobs[cut:]),
            bytes=self.bytes,
            words=self.words,
            truncated=self.truncated,
        )


class Encoder:
    """A tokenizer, and how texts are put together for it."""

    def __init__(
        self, tokenizer: Any, scoring: Scoring, eos_ids: tuple[int, ...], context: int | None
    ) -> None:
        self._tokenizer, self._scoring = tokenizer, scoring
        self._eos = tokenizer.eos_token_id
        if self._eos is None and eos_ids:
            self._eos = eos_ids[0]
        if scoring.count_eos and self._eos is None:
            raise ConfigError("--count-eos: neither tokenizer nor model names an end-of-text token")
        limits = [each for each in (scoring.max_length, context) if each is not None]
        self.max_length = min(limits, default=None)
        self._prefix = self._prefix_ids()
        ids = self._split_bos(tokenising.token_ids(tokenizer, Prompt(problem_id="-", text="1")))[0]
        self.prefix = f"{tokenizer.convert_ids_to_tokens(ids[0])} (id {ids[0]})" if ids else "none"
        """The prefix token for people: `none`, or `<s> (id 1)`."""

    def _prefix_ids(self) -> list[int] | None:
        """The ids to begin with; None leaves them to the tokenizer."""
        prefix = self._scoring.prefix
        if prefix not in PREFIXES:
            raise ConfigError(f"prefix must be one of {', '.join(PREFIXES)}, got {prefix!r}")
        if prefix == "auto":
            return None
        if prefix == "none":
            return []
        token = self._tokenizer.bos_token_id if prefix == "bos" else self._eos
        if token is None:
            raise ConfigError(f"--prefix {prefix}: this tokenizer has no such token; take none")
        return [token]

    def _split_bos(self, ids: list[int]) -> tuple[list[int], list[int]]:
        """(the prefix, the rest) of a prompt's ids as the tokenizer makes them."""
        bos = self._tokenizer.bos_token_id
        added = bos is not None and ids[:1] == [bos]
        before, rest = (ids[:1], ids[1:]) if added else ([], ids)
        return (before if self._prefix is None else self._prefix), rest

    def encode(self, item: Scorable) -> Encoded | Scored:
        """The ids of an item, or the record that says why it cannot be scored.

        Raises PromptTooLong for a text over `max_length` that is not to be cut.
        """
        if not _writable(item):
            return _refused(item, "half a surrogate pair in the text, which no tokenizer reads")
        before, response = self._parts(item)
        size = len(before) + len(response)
        if size < 2 or not response:
            return _refused(item, "a single token with nothing before it: take another --prefix")
        if self.max_length is None or size <= self.max_length:
            return self._encoded(item, before, response, cut=False)
        if not self._scoring.truncate:
            raise PromptTooLong(
                f"{item.id}: prompt and response have {size:,} tokens, {self.max_length:,} fit; "
                "pass --truncate to cut the ends of such responses off"
            )
        room = self.max_length - len(before)
        if room < 1:
            return _refused(item, f"the prompt has {len(before):,} tokens, {self.max_length:,} fit")
        return self._encoded(item, before, response[:room], cut=True)

    def windows(
        self, items: Iterable[Scorable], size: int
    ) -> Iterator[tuple[list[Encoded], list[Scored]]]:
        """Of each `size` items in turn: the ids of those that can be scored, and the records
        that say why the others cannot."""
        source = iter(items)
        while window := list(islice(source, size)):
            made = [self.encode(item) for item in window]
            yield (
                [each for each in made if isinstance(each, Encoded)],
                [each for each in made if isinstance(each, Scored)],
            )

    def _encoded(
        self, item: Scorable, before: list[int], response: list[int], cut: bool
    ) -> Encoded:
        text = item.response
        if cut:
            text = self._tokenizer.decode(response, skip_special_tokens=True)
            text = text.removeprefix(self._scoring.join)
        return Encoded(
            id=item.id,
            ids=(*before, *response),
            boundary=len(before),
            bytes=len(text.encode("utf-8", "surrogatepass")),
            words=len(text.split()),
            truncated=cut,
        )

    def tokens(self, item: Scorable) -> int:
        """How many ids the whole text has; 0 for one that no tokenizer reads."""
        if not _writable(item):
            return 0
        before, response = self._parts(item)
        return len(before) + len(response)

    def _parts(self, item: Scorable) -> tuple[list[int], list[int]]:
        """The ids before the boundary and those after it."""
        text = self._scoring.join + item.response
        opened, response = tokenising.continued(self._tokenizer, item.prompt, text)
        prefix, prompt = self._split_bos(opened)
        return [*prefix, *prompt], [*response, *([self._eos] if self._scoring.count_eos else [])]


def _writable(item: Scorable) -> bool:
    """Whether the text can be encoded as UTF-8: a lone `\\ud83d` cannot."""
    turns = (each.content for each in item.prompt.messages)
    try:
        "".join([item.prompt.text or "", *turns, item.response]).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refused(item: Scorable, reason: str) -> Scored:
    return Scored(id=item.id, error=reason)
