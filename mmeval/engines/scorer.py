"""Scorers, which give log-probabilities of given texts: their protocol, and opening one."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, cast

from mmeval.engines.engine import ENGINES, EngineInfo, EngineOptions, installed_module
from mmeval.engines.models.find import Model
from mmeval.errors import MissingPackage, UnknownName, unknown
from mmeval.records import Prompt, Scored

SCORERS: dict[str, str] = {
    "hf": "mmeval.engines.hf.scorer",
    "vllm": "mmeval.engines.vllm.scorer",
}
"""Engine -> its module that scores texts; `auto` takes the first that is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorable:
    """A response and the prompt before it; the boundary is where one ends."""

    id: str
    prompt: Prompt
    """A text, which may be empty, or the turns of a chat."""
    response: str
    """Without the white space that stands between prompt and response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How prompt and response become one row of token ids."""

    join: str = ""
    """What stands between them, counted with the response's tokens; nothing does in training."""
    count_eos: bool = False
    """Whether the end-of-text token follows the response and counts."""
    prefix: str = "auto"
    """The token before the text: `auto` (what the tokenizer puts there by itself, BOS or
    nothing), `bos`, `eos` or `none`."""
    max_length: int | None = None
    """The most tokens of a text; None: the model's context."""
    truncate: bool = False
    """Whether the end of a longer response is cut off; else such a text is refused."""


class Scorer(Protocol):
    """Anything that gives log-probabilities of given texts."""

    info: EngineInfo
    max_length: int | None
    """The most tokens that prefix, prompt and response may have together."""

    def tokens(self, item: Scorable) -> int:
        """How many token ids the whole text has, before anything is cut."""
        ...

    def score(self, items: Iterable[Scorable]) -> Iterator[Scored]:
        """Yields one record an item, in any order; reads the items as it needs them.

        An item that cannot be scored has an `error`. Raises EngineError when the engine
        as a whole is gone, PromptTooLong for a text over `max_length` that is not to be
        cut.
        """
        ...

    def close(self) -> None:
        """Frees the engine; safe to call twice."""
        ...


class _ScorerModule(Protocol):
    def open(self, model: Model, options: EngineOptions, scoring: Scoring) -> Scorer: ...


def choose_scorer(name: str) -> str:
    """The scorer `auto` stands for: hf where transformers is installed, else vllm.

    Not vllm first: it keeps the logits of the whole vocabulary, and takes a minute to start.
    Raises UnknownName for an engine that scores nothing, MissingPackage without any.
    """
    if name != "auto":
        if name not in SCORERS:
            raise UnknownName(unknown("scoring engine", name, ["auto", *SCORERS]))
        return name
    for candidate in SCORERS:
        if importlib.util.find_spec(ENGINES[candidate][1]) is not None:
            return candidate
    raise MissingPackage(
        "no engine is installed that scores texts: neither transformers nor vllm can be "
        "imported; pip install 'mmeval[hf]'"
    )


def open_scorer(name: str, model: Model, options: EngineOptions, scoring: Scoring) -> Scorer:
    """A scorer, ready; close it when done. Raises MissingPackage with the install command."""
    installed_module(name)
    module = cast(_ScorerModule, importlib.import_module(SCORERS[name]))
    return module.open(model, options, scoring)
