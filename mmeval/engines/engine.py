"""Engines, which generate: their protocol, their options, and opening one by name."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, cast

from mmeval.answers.thoughts import OpensThought
from mmeval.engines.models.find import Model
from mmeval.errors import MissingPackage, UnknownName, unknown
from mmeval.records import Generation, Prompt, Request, Sampling, Scalar


def engine_identity(info: EngineInfo) -> dict[str, Any]:
    """The part of a run's identity that is the engine's: the settings that can change a text."""
    row = {"engine": info.name, "engine_version": info.version}
    bound = {f"engine.{key}": info.settings.get(key) for key in info.bound}
    served = {f"served.{key}": value for key, value in info.served.items() if value is not None}
    return {**row, "dtype": info.dtype, "mode": info.mode, **bound, **served}


def info_row(info: EngineInfo) -> dict[str, Any]:
    """What the engine says of itself, as JSON."""
    return asdict(info) | {"bound": list(info.bound)}


ENGINES: dict[str, tuple[str, str]] = {
    "vllm": ("mmeval.engines.vllm.engine", "vllm"),
    "hf": ("mmeval.engines.hf.engine", "transformers"),
    "openai": ("mmeval.engines.openai.engine", "openai"),
    "replay": ("mmeval.engines.replay", ""),
}
"""Name -> (module, the package it needs; its extra has the same name as the engine)."""


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
    opens_thought: OpensThought = "auto"
    """Whether the prompt opens the model's thought; `auto`: as its end tells."""
    chat_args: Mapping[str, Scalar] = field(default_factory=dict)
    """Variables for the chat template, the user's `--chat-arg KEY=VALUE`."""
    reasoning_effort: str | None = None
    thinking_budget: int | None = None
    """Tokens that a thought may have; None: as many as it takes."""
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
    served: Mapping[str, Scalar] = field(default_factory=dict)
    """What a server tells of the model behind its name; compared where both times told."""


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


class _Module(Protocol):
    def open(self, model: Model, options: EngineOptions) -> Generator: ...


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


def load_module(name: str) -> _Module:
    """The module of an engine, its heavy package imported.

    Raises MissingPackage with the install command.
    """
    return cast(_Module, importlib.import_module(installed_module(name)))


def installed_module(name: str) -> str:
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
