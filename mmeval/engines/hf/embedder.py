"""Sentence embedders on this machine: a sentence-transformers folder.

What most of them are (a transformer, the mean of its token vectors or its first one,
perhaps made unit length) is run by transformers alone, and gives what the package
sentence-transformers gives to float32's rounding (tested). Every other model needs that
package. Always float32: distances of near points are what is asked for here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from mmeval.engines.embedder import Embedded, EmbedderInfo, EmbedderOptions, usable
from mmeval.engines.hf.batching import within_budget
from mmeval.engines.hf.loading import pretrained
from mmeval.engines.models.find import Model, find_model
from mmeval.engines.models.fingerprint import INDEX, WEIGHTS, file_sha256, read_json
from mmeval.errors import ConfigError, EngineError, MissingPackage, ModelNotFound
from mmeval.text import first_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH_TOKENS = 2048
"""Padded tokens of a batch on a CPU, where larger ones gain nothing."""
GPU_BATCH_TOKENS = 1 << 17
_PACKAGE = "sentence-transformers"
_DESCRIBED = ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooling:
    """What is made of the token vectors of a text."""

    mode: Literal["mean", "first"]
    unit: bool
    """Whether the vector is made length 1."""
    context: int | None
    """Tokens read, by the folder's own word; None: what the tokenizer and model say."""


def open(
    name: str, options: EmbedderOptions, say: Callable[[str], None] = lambda line: None
) -> PooledTransformer | PackagedModel:
    """The model of that name, loaded. Raises as `find_model`; MissingPackage where the
    model is more than a pooled transformer and its package is not installed."""
    if options.args:
        raise ConfigError(
            f"--engine-arg is for servers: openai:MODEL; {name} takes none of "
            f"{', '.join(options.args)}"
        )
    model = find_model(name, options.revision, say, use="sentence embedder")
    assert model.path is not None
    _require_safe(model.path)
    _with_subfolders(model, model.path)
    pooling = plain_pooling(model.path)
    if find_spec("torch") is None or find_spec("transformers") is None:
        raise MissingPackage(
            "embedding with a model needs torch and transformers; pip install 'mmeval[hf]'"
        )
    if pooling is not None:
        return PooledTransformer(model, pooling, options.device)
    if find_spec("sentence_transformers") is None:
        raise MissingPackage(
            f"{name} is more than a transformer with mean pooling, which the package "
            f"{_PACKAGE} runs; pip install 'mmeval[embed]'"
        )
    return PackagedModel(model, options.device)


def plain_pooling(folder: Path) -> Pooling | None:
    """How a folder pools, where that is all it does; None: it does more, or it is not known.

    Raises ModelNotFound for a folder whose description is broken.
    """
    modules = _json(folder / "modules.json")
    if not isinstance(modules, list):
        return None
    names = [str(each.get("type", "")).rpartition(".")[2] for each in modules]
    if names not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return None
    pooling = _object(folder / str(modules[1].get("path")) / "config.json")
    named = [key for key, value in pooling.items() if key.startswith("pooling_mode_") and value]
    if "pooling_mode" in pooling:  # the newer form
        named.append(f"pooling_mode_{pooling['pooling_mode']}_tokens")
    modes: dict[str, Literal["mean", "first"]] = {
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_cls_token": "first",
        "pooling_mode_cls_tokens": "first",
    }
    reads = _object(folder / "sentence_bert_config.json")
    prompt = _object(folder / "config_sentence_transformers.json").get("default_prompt_name")
    context = reads.get("max_seq_length")
    if len(named) != 1 or named[0] not in modes or reads.get("do_lower_case") or prompt:
        return None
    return Pooling(
        mode=modes[named[0]],
        unit=names[-1] == "Normalize",
        context=context if type(context) is int and context > 0 else None,
    )


def _object(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is none."""
    return read_json(path) if path.is_file() else {}


def _json(path: Path) -> Any:
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelNotFound(f"{path} is not JSON ({error}): the model's files are broken") from None


def _with_subfolders(model: Model, folder: Path) -> None:
    """Fetches what a sentence-transformers repository has in folders, which a language
    model's may be large and are left out for."""
    modules = _json(folder / "modules.json")
    if model.revision is None or not isinstance(modules, list):
        return
    wanted = [str(each["path"]) for each in modules if each.get("path")]
    if all((folder / each).is_dir() for each in wanted if "Normalize" not in each):
        return
    from huggingface_hub import snapshot_download

    files = [f"{each}/{kind}" for each in wanted for kind in ("*.json", "*.safetensors")]
    try:
        snapshot_download(model.name, revision=model.revision, allow_patterns=files)
    except OSError as error:
        raise ModelNotFound(
            f"{model.name}: the folders {', '.join(wanted)} could not be fetched from the hub "
            f"({type(error).__name__}); try again with a network"
        ) from error


def _require_safe(folder: Path) -> None:
    """Raises ModelNotFound where modules.json leads out of the folder, to a class of another
    package, or to weights that are no safetensors."""
    modules = _json(folder / "modules.json")
    for each in modules if isinstance(modules, list) else []:
        path, kind = (each.get(key, "") if isinstance(each, dict) else None for key in _OF_A_MODULE)
        if not isinstance(path, str) or not isinstance(kind, str):
            raise ModelNotFound(f"{folder / 'modules.json'}: {each!r:.80} is no module")
        if not kind.startswith(f"{_PACKAGE.replace('-', '_')}."):
            raise ModelNotFound(
                f"{folder}: its module {kind!r:.80} is code of its own, which is not run"
            )
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ModelNotFound(f"{folder}: its module {path!r:.80} is not inside it")
        _require_no_pickle(folder, folder / path)


def _require_no_pickle(folder: Path, part: Path) -> None:
    for file in sorted(part.glob("*.bin") if part == folder else part.rglob("*.bin")):
        if not any((file.parent / name).is_file() for name in (WEIGHTS, INDEX)):
            raise ModelNotFound(
                f"{folder}: mmeval loads *.safetensors, and {file.relative_to(folder)} is a "
                "pickle, which runs any code it holds when it is loaded"
            )


_OF_A_MODULE = ("path", "type")


def fingerprint(model: Model, folder: Path) -> str:
    """Of all that decides a vector: weights, tokenizer, config, modules and their weights."""
    digest = hashlib.sha256(b"mmeval sentence embedder 1, float32")
    for part in (model.weights_sha256, model.tokenizer_sha256, model.config_sha256):
        digest.update(f"\n{part}".encode())
    files = [folder / name for name in _DESCRIBED]
    files += sorted([*folder.glob("*/config.json"), *folder.glob("*/*.safetensors")])
    files += sorted([*folder.glob("*/*/**/config.json"), *folder.glob("*/*/**/*.safetensors")])
    for path in files:
        if path.is_file():
            digest.update(f"\n{path.relative_to(folder)} {file_sha256(path)}".encode())
    return digest.hexdigest()


class PooledTransformer:
    """A transformer whose token vectors are pooled; run by transformers."""

    def __init__(self, model: Model, pooling: Pooling, device: str | None) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        assert model.path is not None
        self._pooling = pooling
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._tokenizer = pretrained(AutoTokenizer, model)
        self._model = pretrained(AutoModel, model, dtype=torch.float32)
        self._model.eval().to(self._device)
        most = int(getattr(self._model.config, "max_position_embeddings", 1 << 30))
        self._context = min(pooling.context or self._tokenizer.model_max_length, most)
        self.info = EmbedderInfo(
            name=model.name,
            label=model.label or model.name,
            fingerprint=fingerprint(model, model.path),
            context=self._context,
            settings={
                "by": "transformers",
                "pooling": pooling.mode,
                "unit": pooling.unit,
                "dtype": "float32",
                "device": self._device,
                "revision": model.revision,
                "weights_sha256": model.weights_sha256,
            },
        )

    def embed(self, texts: Sequence[str]) -> Embedded:
        """The vectors, in batches of texts of about the same length."""
        import numpy as np
        import torch

        ids = self._tokenizer(
            list(texts), truncation=True, max_length=self._context, padding=False
        )["input_ids"]
        cut = np.array([len(each) >= self._context for each in ids])
        cut[cut] = [self._longer(texts[i]) for i in np.flatnonzero(cut)]
        vectors = np.empty((len(texts), self._model.config.hidden_size), dtype=np.float32)
        budget = BATCH_TOKENS if self._device == "cpu" else GPU_BATCH_TOKENS
        longest_first = sorted(range(len(ids)), key=lambda i: (-len(ids[i]), i))
        with torch.inference_mode():
            for batch in within_budget(longest_first, lambda i: len(ids[i]), budget):
                vectors[batch] = self._pooled([ids[i] for i in batch])
        return usable(Embedded(vectors=vectors, cut=cut), texts, self.info.name)

    def _longer(self, text: str) -> bool:
        whole = self._tokenizer(text, truncation=False, padding=False, verbose=False)
        return len(whole["input_ids"]) > self._context

    def _pooled(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        import torch

        batch = self._tokenizer.pad(
            {"input_ids": [list(each) for each in ids]}, return_tensors="pt"
        ).to(self._device)
        hidden = self._model(**batch).last_hidden_state
        if self._pooling.mode == "first":
            pooled = hidden[:, 0]
        else:
            mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        if self._pooling.unit:
            pooled = torch.nn.functional.normalize(pooled, dim=1)
        made: NDArray[np.float32] = pooled.cpu().numpy()
        return made


class PackagedModel:
    """Any other model, run by the package sentence-transformers."""

    def __init__(self, model: Model, device: str | None) -> None:
        from sentence_transformers import SentenceTransformer

        assert model.path is not None
        try:
            self._model = SentenceTransformer(
                str(model.path),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            ).float()
        except Exception as error:  # a model's files reach any code of four libraries
            raise EngineError(
                f"{_PACKAGE} could not load {model.name}: {first_line(error)}"
            ) from error
        self._context = int(self._model.max_seq_length or 1 << 30)
        self.info = EmbedderInfo(
            name=model.name,
            label=model.label or model.name,
            fingerprint=fingerprint(model, model.path),
            context=self._model.max_seq_length,
            settings={
                "by": _PACKAGE,
                "dtype": "float32",
                "device": str(self._model.device),
                "revision": model.revision,
                "weights_sha256": model.weights_sha256,
            },
        )

    def embed(self, texts: Sequence[str]) -> Embedded:
        """The vectors, in the package's own batches, which it sorts by length."""
        import numpy as np

        made = self._model.encode(list(texts), show_progress_bar=False, convert_to_numpy=True)
        tokens = self._model.tokenizer(list(texts), truncation=False, verbose=False)
        lengths = [len(each) for each in tokens["input_ids"]]
        embedded = Embedded(
            vectors=np.asarray(made, dtype=np.float32), cut=np.array(lengths) > self._context
        )
        return usable(embedded, texts, self.info.name)
