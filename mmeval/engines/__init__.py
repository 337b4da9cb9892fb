"""Engines: one file each; each turns requests into generations as they finish.

An engine module has one public function, `open(model, options) -> Generator`, and
imports its heavy package inside it. `open_engine` finds the module by name; nothing
here imports torch, transformers or vllm. Log-probabilities of given texts come from a
second module of the engine, `open(model, options, scoring) -> Scorer`.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

from mmeval.errors import MissingPackage, UnknownName, unknown
from mmeval.models import Model
from mmeval.records import Generation, Prompt, Request, Sampling, Scalar, Scored

ENGINES: dict[str, tuple[str, str]] = {
    "vllm": ("mmeval.engines.vllm_engine", "vllm"),
    "hf": ("mmeval.engines.hf_engine", "transformers"),
    "openai": ("mmeval.engines.openai_engine", "openai"),
    "replay": ("mmeval.engines.replay", ""),
}
"""Name -> (module, the package it needs; its extra has the same name as the engine)."""
SCORERS: dict[str, str] = {
    "hf": "mmeval.engines.hf_scorer",
    "vllm": "mmeval.engines.vllm_scorer",
}
"""Engine -> its module that scores texts; `auto` takes the first that is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What an engine is opened with."""

    args: Mapping[str, Scalar] = field(default_factory=dict)
    """The user's `--engine-arg KEY=VALUE`, for the engine itself."""
    dtype: str = "auto"
    """`auto`, `bfloat16`, `float16` or `float32`."""
    mode: str | None = None
    """The execution mode a resumed run is bound to; None lets the engine choose."""
    expected_tokens: int = 0
    """About how many tokens the run will generate, which decides whether compiling pays."""
    seed: int = 0
    trust_remote_code: bool = False
    """Whether code that comes with the model may run; only by the user's own flag."""
    use_generation_config: bool = False
    """Whether the *sampling* fields of the model's generation_config apply. Its
    end-of-text ids always do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What an engine says of itself; the manifest keeps all of it."""

    name: str
    version: str
    """Of the package that generates, `0.32.0`; `unknown` for a server that hides it."""
    dtype: str
    mode: str
    """`eager`, `compiled`, `remote` or `replay`: a run never mixes two of them."""
    device: str
    context: int | None = None
    """The most tokens that prompt and answer may have together; None: not known."""
    template_by: str = "tokenizer"
    """Who applies a chat template: `tokenizer` (here), `server`, or `nobody`."""
    bos: str = "unknown"
    """`added once`, `none`, or `unknown` (a remote server)."""
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    """Other settings in force: engine arguments, end-of-text ids, batch size."""
    bound: tuple[str, ...] = ()
    """The settings that can change a text, and so belong to a run's identity."""


class Generator(Protocol):
    """The one seam between mmeval and whatever generates."""

    info: EngineInfo

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[Generation]:
        """Yields one generation per request, each as soon as it is finished, in any order.

        A request that cannot be answered yields `finish="error"` with the reason. Raises
        EngineError when the engine as a whole is gone; what was yielded stays true.
        """
        ...

    def units(self, requests: Sequence[Request]) -> list[Sequence[Request]]:
        """The requests in groups that must be generated together to be repeatable.

        One request each, unless the make-up of a batch changes the text (`hf`). A run
        resumes by whole units.
        """
        ...

    def token_ids(self, prompt: Prompt) -> list[int] | None:
        """The ids the model sees, BOS included; None where a server keeps them to itself."""
        ...

    def close(self) -> None:
        """Frees the engine; safe to call twice."""
        ...


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

    join: str = " "
    """What stands between them; it is tokenised with the response."""
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
    """What gives the log-probabilities of texts that are there already."""

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


class _Module(Protocol):
    def open(self, model: Model, options: EngineOptions) -> Generator: ...


class _ScorerModule(Protocol):
    def open(self, model: Model, options: EngineOptions, scoring: Scoring) -> Scorer: ...


def choose_engine(name: str) -> str:
    """The engine `auto` stands for: vllm where it is installed, else hf."""
    if name != "auto":
        if name not in ENGINES:
            raise UnknownName(unknown("engine", name, ["auto", *ENGINES]))
        return name
    for candidate in ("vllm", "hf"):
        if importlib.util.find_spec(ENGINES[candidate][1]) is not None:
            return candidate
    raise MissingPackage(
        "no engine is installed: neither vllm nor transformers can be imported; "
        "pip install 'mmeval[hf]' (any machine) or 'mmeval[vllm]' (GPU)"
    )


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


def load_module(name: str) -> _Module:
    """The module of an engine, its heavy package imported.

    Raises MissingPackage with the install command.
    """
    return cast(_Module, importlib.import_module(_installed(name)))


def _installed(name: str) -> str:
    """The module of an engine whose package is there. Raises MissingPackage."""
    module, package = ENGINES[name]
    if package and importlib.util.find_spec(package) is None:
        raise MissingPackage(
            f"the engine {name!r} needs the package {package!r}, which is not installed; "
            f"pip install 'mmeval[{name}]'"
        )
    return module


def open_engine(name: str, model: Model, options: EngineOptions) -> Generator:
    """An engine, started and ready; close it when done."""
    return load_module(name).open(model, options)


def open_scorer(name: str, model: Model, options: EngineOptions, scoring: Scoring) -> Scorer:
    """A scorer, ready; close it when done. Raises MissingPackage with the install command."""
    _installed(name)
    module = cast(_ScorerModule, importlib.import_module(SCORERS[name]))
    return module.open(model, options, scoring)
