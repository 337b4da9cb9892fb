"""Embeddings from a server that speaks the OpenAI API: POST /embeddings.

The key comes from the environment alone. The package `openai` retries what may be temporary.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mmeval.engines.embedder import Embedded, EmbedderInfo, EmbedderOptions, usable
from mmeval.engines.openai.background import Emit, at_once, iterate
from mmeval.engines.openai.client import open_client, post
from mmeval.engines.openai.endpoint import Endpoint, find_endpoint, locked, reason
from mmeval.errors import ConfigError, EngineError, MissingPackage

if TYPE_CHECKING:
    import numpy as np
    import openai
    from numpy.typing import NDArray

    _Placed = tuple[int, NDArray[np.float32]]

ARGS = ("base_url", "api_key_env", "max_bytes")
KNOWN_CONTEXT = {
    "text-embedding-ada-002": 8191,
    "text-embedding-3-small": 8191,
    "text-embedding-3-large": 8191,
}
"""Tokens of the models whose makers say so: platform.openai.com/docs/guides/embeddings."""
BATCH_TEXTS = 64
BATCH_BYTES = 200_000
"""A token is at least a byte, and OpenAI takes 300,000 tokens in one request."""
ANSWER_BYTES, VECTOR_BYTES = 1 << 20, 1 << 17
"""The most bytes of an answer: so many, and so many more for each text, which holds 5,000
numbers with all of their digits."""
CONCURRENCY = 4
TIMEOUT, RETRIES = 120.0, 5


def open(model: str, options: EmbedderOptions, say: Callable[[str], None]) -> ServedEmbedder:
    """The embedder behind the server of `base_url` or OPENAI_BASE_URL; asks it nothing yet.

    Raises ConfigError for an argument or address that makes no sense.
    """
    unknown = sorted(set(options.args) - set(ARGS))
    if unknown:
        raise ConfigError(
            f"a served embedder has no argument {unknown[0]!r}; available: {', '.join(ARGS)}; keys "
            "are read from the environment only"
        )
    if not model:
        raise ConfigError("openai: names no model; write openai:text-embedding-ada-002")
    if options.revision is not None:
        raise ConfigError("a served model has no revision here: its server decides")
    try:
        import openai  # noqa: F401 - whether it is there at all
    except ImportError as error:
        raise MissingPackage(
            "talking to a server needs the package 'openai'; pip install 'mmeval[openai]'"
        ) from error
    most = options.args.get("max_bytes")
    if most is not None and (not isinstance(most, int) or most < 1):
        raise ConfigError(f"--engine-arg max_bytes must be a whole number above 0, got {most!r}")
    return ServedEmbedder(model, find_endpoint(options.args), most or KNOWN_CONTEXT.get(model))


class ServedEmbedder:
    """One model of one server."""

    def __init__(self, model: str, endpoint: Endpoint, most_bytes: int | None) -> None:
        self._model = model
        self._endpoint = endpoint
        self._most_bytes = most_bytes
        who = f"mmeval served embedder 1\n{endpoint.url}\n{model}\n{most_bytes}"
        self.info = EmbedderInfo(
            name=f"openai:{model}",
            label=model,
            fingerprint=hashlib.sha256(who.encode()).hexdigest(),
            context=most_bytes,
            settings={"by": "openai", "base_url": endpoint.url, "max_bytes": most_bytes},
        )

    def embed(self, texts: Sequence[str]) -> Embedded:
        """The vectors, a few requests at a time.

        A text of more UTF-8 bytes than the model reads tokens is cut to that many bytes:
        its tokens cannot be counted here, and they are no more than its bytes. Raises
        EngineError with the server's own words when it refuses or answers nonsense.
        """
        import numpy as np

        shortened = [self._fitting(text) for text in texts]
        cut = np.array([a != b for a, b in zip(texts, shortened, strict=True)])
        waiting = iter(enumerate(_batches(shortened)))

        async def ask_all(client: openai.AsyncOpenAI, emit: Emit[_Placed]) -> None:
            async def work() -> None:
                for place, batch in waiting:  # shared: whoever is free takes the next one
                    emit((place, await self._ask(client, batch)))

            await at_once(CONCURRENCY, work)

        def client() -> openai.AsyncOpenAI:
            return open_client(
                self._endpoint, TIMEOUT, RETRIES, ANSWER_BYTES + VECTOR_BYTES * BATCH_TEXTS
            )

        placed = dict(iterate(client, ask_all))
        answers = [placed[place] for place in range(len(placed))]
        sizes = {each.shape[1] for each in answers}
        if len(sizes) != 1:
            raise EngineError(f"{self._endpoint.place} gives vectors of {sorted(sizes)} numbers")
        made = Embedded(vectors=np.concatenate(answers), cut=cut)
        return usable(made, texts, f"{self._endpoint.url}/embeddings")

    def _fitting(self, text: str) -> str:
        encoded = text.encode()
        if self._most_bytes is None or len(encoded) <= self._most_bytes:
            return text
        return encoded[: self._most_bytes].decode(errors="ignore")

    async def _ask(self, client: openai.AsyncOpenAI, texts: Sequence[str]) -> NDArray[np.float32]:
        import openai

        payload = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        try:
            body = await post(client, "/embeddings", payload)
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise EngineError(locked(self._endpoint, error)) from None
        except openai.APIError as error:
            raise EngineError(
                f"{self._endpoint.url}/embeddings did not answer with one vector per text "
                f"({reason(self._endpoint, error)}); a text that is too long for it is cut with "
                "--engine-arg max_bytes=N"
            ) from None
        return self._vectors(body, len(texts))

    def _vectors(self, body: str, expected: int) -> NDArray[np.float32]:
        """The vectors of an answer, in the order of the texts."""
        import numpy as np

        try:
            entries: list[Any] = sorted(json.loads(body)["data"], key=lambda each: each["index"])
            places = [each["index"] for each in entries]
            made = np.array([each["embedding"] for each in entries], dtype=np.float32)
            if places != list(range(expected)) or made.ndim != 2 or not made.shape[1]:
                raise ValueError(f"{len(places)} vectors for {expected} texts")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            why = self._endpoint.hide(" ".join(str(error).split())[:200])
            raise EngineError(
                f"{self._endpoint.url}/embeddings did not answer with one vector per text "
                f"({type(error).__name__}: {why})"
            ) from None
        return made


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode())
        if batch and (len(batch) == BATCH_TEXTS or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch
