"""Texts -> vectors: which embedder, what it reads, and the cache in front of it.

An embedder is a sentence-transformers model by folder, hub id or embedded alias, or one
behind an OpenAI-compatible server (`openai:text-embedding-ada-002`, the paper's).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, cast

from mmeval.errors import MissingPackage
from mmeval.records import Scalar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SERVED = "openai:"
EMBEDDERS = {"hf": "mmeval.engines.hf.embedder", "openai": "mmeval.engines.openai.embedder"}
"""Engine -> its module that embeds, with `open(model, options, say) -> Embedder`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderInfo:
    """Which model embeds, and how."""

    name: str
    """As the user gave it."""
    label: str
    """What reports show."""
    fingerprint: str
    """64 hex digits: of the weights, the tokenizer and the pooling; for a server, of its
    address and the model's name, which is all that is known."""
    context: int | None
    """Tokens it reads of a text, special ones included; None if unknown."""
    settings: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The vectors of some texts."""

    vectors: NDArray[np.float32]
    """One row a text, in their order, as the model gives them."""
    cut: NDArray[np.bool_]
    """Whether the text was longer than the embedder reads, and its end was left out."""


class Embedder(Protocol):
    """Anything that embeds."""

    @property
    def info(self) -> EmbedderInfo:
        """Its name, fingerprint and settings."""
        ...

    def embed(self, texts: Sequence[str]) -> Embedded:
        """The vectors of the texts, whatever batches it makes of them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderOptions:
    """The user's options for an embedder."""

    revision: str | None = None
    """Of a hub model."""
    device: str | None = None
    """`cpu`, `cuda`, ...; None: a GPU where there is one."""
    args: Mapping[str, Scalar] = field(default_factory=dict)
    """For a server: base_url, api_key_env."""


class _Module(Protocol):
    def open(
        self, model: str, options: EmbedderOptions, say: Callable[[str], None]
    ) -> Embedder: ...


def open_embedder(
    name: str, options: EmbedderOptions, say: Callable[[str], None] = lambda line: None
) -> Embedder:
    """The embedder of that name; see the module.

    Raises UnknownName, ModelNotFound, ConfigError or MissingPackage with what to do.
    """
    if find_spec("numpy") is None:
        raise MissingPackage(
            "storing and comparing embeddings needs numpy; pip install 'mmeval[hf]' for a model "
            "here, 'mmeval[openai,analysis]' for one behind a server"
        )
    served = name.startswith(SERVED)
    module = cast(_Module, importlib.import_module(EMBEDDERS["openai" if served else "hf"]))
    return module.open(name.removeprefix(SERVED), options, say)
