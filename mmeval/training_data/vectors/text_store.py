"""Texts in, places of their vectors out; each text is embedded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from mmeval.engines.embedder import Embedder
from mmeval.errors import EngineError
from mmeval.training_data.vectors.vector_cache import VectorCache, text_key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


WINDOW = 4096
"""Texts that are embedded at a time: enough to sort them by length, few enough to hold."""
PROBE = "Ann has 3 pens and buys 4 more. How many pens has she now?"
"""What a server is asked beside the first texts of a session, and whose vector the cache keeps: an
address and a name do not tell which model answers."""
ALIKE = 0.99
"""The least cosine of two vectors that one model gives one text; rounding leaves 0.9999."""


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
        self.cache = cache
        self._advance = advance
        self._waiting: dict[bytes, str] = {}
        self._probed = False

    def add(self, text: str) -> bytes:
        """Queues a text that the cache does not have, and returns the key of its vector."""
        key = text_key(text)
        if self.cache.row(key) is None and key not in self._waiting:
            self._waiting[key] = text
            if len(self._waiting) == WINDOW:
                self.flush()
        return key

    def flush(self) -> None:
        """Embeds the queued texts.

        Raises EngineError when the embedder gives a number that is not finite.
        """
        import numpy as np

        if not self._waiting:
            return
        # Half a surrogate pair has no UTF-8, and tokenizers refuse it.
        texts = [t.encode("utf-8", "replace").decode() for t in self._waiting.values()]
        if served := not self._probed and self._embedder.info.settings.get("by") == "openai":
            texts.append(PROBE)
        made = self._embedder.embed(texts)
        wrong = np.flatnonzero(~np.isfinite(made.vectors).all(axis=1))
        if len(wrong):
            raise EngineError(
                f"{self._embedder.info.name} gives a vector that is not finite for a text that "
                f"begins {texts[int(wrong[0])][:60]!r}"
            )
        if served:
            self._require_same_model(made.vectors[-1])
        count = len(self._waiting)
        self.cache.append(list(self._waiting), made.vectors[:count], made.cut[:count])
        self._advance(count)
        self._waiting.clear()
        if served and self.cache.row(text_key(PROBE)) is None:
            self.cache.append([text_key(PROBE)], made.vectors[-1:], made.cut[-1:])

    def _require_same_model(self, probe: NDArray[np.float32]) -> None:
        """Raises EngineError where the server's model is not the one that filled the cache."""
        import numpy as np

        self._probed = True
        row = self.cache.row(text_key(PROBE))
        if row is None or len(probe) != self.cache.size:  # `append` refuses another size
            return
        before = self.cache.vectors(np.array([row])).read(0, 1)[0]
        cosine = float(before @ probe / np.linalg.norm(before) / np.linalg.norm(probe))
        if not cosine >= ALIKE:
            raise EngineError(
                f"{self._embedder.info.name} gives another vector for the same text than when "
                f"{self.cache.folder} was filled (cosine {cosine:.2f}): another model answers "
                "under that name now; remove that folder, or give --cache another"
            )

    def rows(self, keys: Iterable[bytes]) -> NDArray[np.int64]:
        """Where the vectors of these keys are in the cache; flushes first."""
        import numpy as np

        asked = list(keys)  # those of a generator may be added while it is read
        self.flush()
        places = (self.cache.row(key) for key in asked)
        return np.fromiter((-1 if row is None else row for row in places), dtype=np.int64)
