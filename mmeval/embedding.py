"""Texts -> vectors: which embedder, what it reads, and the cache in front of it.

An embedder is a sentence-transformers model by folder, hub id or embedded alias, or one
behind an OpenAI-compatible server (`openai:text-embedding-ada-002`, the paper's).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from mmeval.errors import EngineError, MissingPackage
from mmeval.records import Scalar
from mmeval.vector_cache import VectorCache, text_key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW = 4096
"""Texts that are embedded at a time: enough to sort them by length, few enough to hold."""
SERVED = "openai:"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderInfo:
    """Who embeds, and how."""

    name: str
    """As the user gave it."""
    label: str
    """What reports show."""
    fingerprint: str
    """64 hex digits: of the weights, the tokenizer and the pooling; for a server, of its
    address and the model's name, which is all there is to know."""
    context: int | None
    """Tokens it reads of a text, special ones included; None where nobody tells."""
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
        """Who it is."""
        ...

    def embed(self, texts: Sequence[str]) -> Embedded:
        """The vectors of the texts, whatever batches it makes of them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderOptions:
    """What the user may say about an embedder."""

    revision: str | None = None
    """Of a hub model."""
    device: str | None = None
    """`cpu`, `cuda`, ...; None: a GPU where there is one."""
    args: Mapping[str, Scalar] = field(default_factory=dict)
    """For a server: base_url, api_key_env."""


def open_embedder(
    name: str, options: EmbedderOptions, say: Callable[[str], None] = lambda line: None
) -> Embedder:
    """The embedder of that name; see the module.

    Raises UnknownName, ModelNotFound, ConfigError or MissingPackage with what to do.
    """
    if find_spec("numpy") is None:
        raise MissingPackage(
            "embeddings are kept and compared with numpy; pip install 'mmeval[hf]' for a model "
            "here, 'mmeval[openai,analysis]' for one behind a server"
        )
    if name.startswith(SERVED):
        from mmeval.served_embeddings import open_served

        return open_served(name.removeprefix(SERVED), options)
    from mmeval.sentence_models import open_local

    return open_local(name, options, say)


class TextStore:
    """Takes texts one by one and has their vectors at the end, each text embedded once.

    Holds no text but those of one window.
    """

    def __init__(
        self,
        embedder: Embedder,
        cache: VectorCache,
        advance: Callable[[int], None] = lambda texts: None,
    ) -> None:
        self._embedder = embedder
        self._cache = cache
        self._advance = advance
        self._waiting: dict[bytes, str] = {}
        self.embedded = 0
        """Texts that were not in the cache."""

    def add(self, text: str) -> bytes:
        """Sees to it that the text gets its vector; returns what finds it again."""
        key = text_key(text)
        if self._cache.row(key) is None and key not in self._waiting:
            self._waiting[key] = text
            if len(self._waiting) == WINDOW:
                self.flush()
        return key

    def flush(self) -> None:
        """Embeds what waits.

        Raises EngineError when the embedder gives a number that is not finite.
        """
        import numpy as np

        if not self._waiting:
            return
        # Half a surrogate pair has no UTF-8, and tokenizers refuse it.
        texts = [t.encode("utf-8", "replace").decode() for t in self._waiting.values()]
        made = self._embedder.embed(texts)
        wrong = np.flatnonzero(~np.isfinite(made.vectors).all(axis=1))
        if len(wrong):
            raise EngineError(
                f"{self._embedder.info.name} gives a vector that is not finite for a text that "
                f"begins {texts[int(wrong[0])][:60]!r}"
            )
        self._cache.append(list(self._waiting), made.vectors, made.cut)
        self.embedded += len(texts)
        self._advance(len(texts))
        self._waiting.clear()

    def rows(self, keys: Iterable[bytes]) -> NDArray[np.int64]:
        """Where the vectors of these keys are in the cache; flushes first."""
        import numpy as np

        self.flush()
        found = (self._cache.row(key) for key in keys)
        return np.fromiter((-1 if row is None else row for row in found), dtype=np.int64)
