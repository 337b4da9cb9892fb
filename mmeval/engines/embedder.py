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

from mmeval.errors import EngineError, MissingPackage
from mmeval.records import Scalar
from mmeval.text import normalised

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


def usable(made: Embedded, texts: Sequence[str], who: str) -> Embedded:
    """The vectors, where distances between them say anything.

    Raises EngineError for a vector that is not finite, is all zeros or has one number, and
    where texts that differ have one vector, all of them: each would give gains of nothing.
    """
    import numpy as np

    vectors = made.vectors
    broken = ~np.isfinite(vectors).all(axis=1)
    zero = ~vectors.any(axis=1)
    for places, what in ((broken, "a vector that is not finite"), (zero, "nothing but zeros")):
        if places.any():
            text = texts[int(np.flatnonzero(places)[0])]
            raise EngineError(
                f"{who} gives {what} for {int(places.sum()):,} of {len(texts):,} texts, the first "
                f"{' '.join(text.split())[:60]!r}; no distance can be measured with it"
            )
    if len(vectors) and vectors.shape[1] < 2:
        raise EngineError(f"{who} gives vectors of one number: it is no embedder of texts")
    distinct = {normalised(text).casefold() for text in texts}
    if len(distinct) > 1 and not made.cut.any() and (vectors == vectors[0]).all():
        raise EngineError(
            f"{who} gives one and the same vector for {len(distinct):,} texts that differ: it is "
            "no embedder of texts"
        )
    return made


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
