"""A model's name -> its files and a fingerprint.

A name is a folder, an embedded alias, or a hub id, tried in this order. Only
safetensors weights are taken: a `.bin` checkpoint is a pickle, and loading one runs
whatever code it holds.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval import embedded_models
from mmeval.embedded_models import Use
from mmeval.errors import ConfigError, ModelNotFound, UnknownName, unknown
from mmeval.trained import TRAINING_FACTS, training_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that was found: what to load and what makes it itself."""

    name: str
    """As the user gave it: a path, a hub id, an alias, or a label for replayed outputs."""
    path: Path | None = None
    """The folder with the weights; None for a remote server and for replayed outputs."""
    revision: str | None = None
    """The commit of a hub model; None otherwise."""
    weights_sha256: str | None = None
    """A fingerprint of the weights: see `fingerprint`. None where there are none here."""
    tokenizer_sha256: str | None = None
    """Of the tokenizer's files, its chat template and special tokens included."""
    config_sha256: str | None = None
    """Of config.json without the keys that change no number (see `config_sha256`)."""
    eos_ids: tuple[int, ...] = ()
    """The token ids that end a text by the model's own generation_config.json, else by
    its config.json, ascending; an engine adds its tokenizer's."""
    label: str | None = None
    """What tables show instead of the name; None: the name."""
    training: Mapping[str, Any] | None = None
    """What `mmeval train` says about a model it made: recipe, arm, rows, response_tokens,
    base, data, seed; None for every other model."""


_TOKENIZER_FILES = (
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "spiece.model",
    "tekken.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
    "*.tiktoken",
)
_HUB_FILES = ("*.safetensors", "*.safetensors.index.json", "*.json", "*.py", *_TOKENIZER_FILES)
_HUB_SKIP = ("*/*", "consolidated*")
"""Folders of a hub repository, and `consolidated`: the same weights again, in the
layout of the model's makers."""
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def find_model(
    name: str,
    revision: str | None = None,
    say: Callable[[str], None] = lambda line: None,
    use: Use = "language model",
) -> Model:
    """The model of that name, its files on this disk.

    `revision` is a branch, tag or commit of a hub model. `say` gets a line before each
    long step. Raises ModelNotFound with what was tried and what to do, UnknownName for
    a name that is neither path nor hub id nor alias, ConfigError for an embedded model
    that is not for that use.
    """
    folder = Path(name).expanduser()
    label = None
    if folder.is_dir():
        if revision is not None:
            raise ConfigError(f"{name} is a folder on this disk, which has no revision {revision}")
    elif name in embedded_models.EMBEDDED:
        if revision is not None:
            raise ConfigError(f"the embedded model {name} has no revision {revision}: leave it out")
        if (its := embedded_models.EMBEDDED[name].use) != use:
            fit = [each for each, model in embedded_models.EMBEDDED.items() if model.use == use]
            raise ConfigError(f"{name} is a {its}, and a {use} is needed: {' or '.join(fit)}")
        folder = embedded_models.fetch(name, say)
        label = embedded_models.EMBEDDED[name].label
    elif folder.exists():
        raise ModelNotFound(
            f"{name} is a file; a model is a folder with config.json and *.safetensors in it"
        )
    elif _HUB_ID.fullmatch(name):
        say(f"looking for {name} on the Hugging Face hub")
        folder = _from_hub(name, revision)
        revision = folder.name
    elif "/" in name or "\\" in name or name.startswith((".", "~")):
        raise ModelNotFound(
            f"there is no folder {name}; a model is a folder with config.json in it"
        )
    else:
        raise UnknownName(_not_an_alias(name))
    return _model(name, folder, revision, label)


def _not_an_alias(name: str) -> str:
    return (
        unknown("embedded model", name, embedded_models.EMBEDDED)
        + "; or give a folder with config.json in it, or a hub id such as organisation/name"
    )


def _from_hub(name: str, revision: str | None) -> Path:
    """The folder of a hub snapshot, named after its commit."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub import errors as hub

    what = f"{name} at revision {revision}" if revision else name
    try:
        found = snapshot_download(
            name, revision=revision, allow_patterns=[*_HUB_FILES], ignore_patterns=[*_HUB_SKIP]
        )
    except hub.GatedRepoError:
        raise ModelNotFound(
            f"{what}: the hub gives it only to those who accepted its terms; accept them on "
            "the model's page and set HF_TOKEN in the environment"
        ) from None
    except hub.RevisionNotFoundError:
        raise ModelNotFound(f"{name} has no revision {revision} on the Hugging Face hub") from None
    except hub.RepositoryNotFoundError:
        raise ModelNotFound(
            f"there is neither a folder {name} here nor a model {name} on the Hugging Face hub "
            "that you may see; check the spelling, or set HF_TOKEN for a private one"
        ) from None
    except (hub.HFValidationError, OSError) as error:  # the hub's network errors are OSErrors too
        offline = constants.HF_HUB_OFFLINE
        why = "HF_HUB_OFFLINE is set" if offline else f"the hub did not answer ({_kind(error)})"
        raise ModelNotFound(
            f"there is no folder {name} here, {what} is not whole in the local hub cache, and "
            f"{why}; fetch it where there is a network, or give the folder that holds it"
        ) from error
    return Path(found)


def _kind(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__


def _model(name: str, folder: Path, revision: str | None, label: str | None) -> Model:
    if not (folder / "config.json").is_file():
        adapter = (folder / "adapter_config.json").is_file()
        raise ModelNotFound(
            f"{folder} holds an adapter alone: merge it into its base model and save that"
            if adapter
            else f"{folder} has no config.json, so it is no model folder; it holds "
            f"{', '.join(sorted(p.name for p in folder.iterdir())[:8]) or 'nothing'}"
        )
    if not list(folder.glob("*.safetensors")):
        raise ModelNotFound(_no_weights(name, folder))
    if missing := _missing_shards(folder):
        raise ModelNotFound(
            f"{name}: {len(missing)} files of the weights are missing in {folder}, the first is "
            f"{missing[0]}; download or copy the model again"
        )
    trained = training_row(folder) or {}
    return Model(
        name=name,
        path=folder.resolve(),
        revision=revision,
        weights_sha256=fingerprint(folder),
        tokenizer_sha256=tokenizer_sha256(folder),
        config_sha256=config_sha256(folder),
        eos_ids=eos_ids(folder),
        label=label or trained.get("label"),
        training={key: trained.get(key) for key in TRAINING_FACTS} if trained else None,
    )


def _no_weights(name: str, folder: Path) -> str:
    pickles = any(folder.glob("*.bin")) or any(folder.glob("*.pt*"))
    found = "only PyTorch .bin or .pt files" if pickles else "none"
    return (
        f"{name}: mmeval loads *.safetensors, and there are {found} in {folder}; a .bin file is a "
        "pickle, which runs any code it holds when it is loaded: if you trust it, convert it "
        "with transformers (from_pretrained, then save_pretrained) and give the new folder"
    )


def _missing_shards(folder: Path) -> list[str]:
    index = folder / "model.safetensors.index.json"
    shards = _json(index).get("weight_map", {}).values() if index.is_file() else []
    return sorted({shard for shard in shards if not (folder / shard).is_file()})


_WHOLE = 1 << 30
_EDGE = 1 << 20
_BLOCK = 1 << 16
_BLOCKS = 64


def fingerprint(folder: Path) -> str:
    """A sha256 over the folder's *.safetensors files, 64 hex digits.

    Up to 1 GiB in all, every byte counts, so a single changed weight is seen. Above
    that, of each file: its name, its size, its header (names, shapes and types of the
    tensors), its first and last MiB and 64 evenly spaced blocks of 64 KiB. A training
    step changes nearly every weight and is seen; an edit of a few single weights of a
    large model may not be. A 140 GB model takes seconds.
    """
    files = sorted(folder.glob("*.safetensors"))
    whole = sum(path.stat().st_size for path in files) <= _WHOLE
    digest = hashlib.sha256(b"mmeval weights 1, " + (b"whole" if whole else b"sampled"))
    for path in files:
        size = path.stat().st_size
        digest.update(f"\n{path.name} {size}\n".encode())
        with path.open("rb") as file:
            for start, length in [(0, size)] if whole else _sampled(size, _header_bytes(file)):
                file.seek(start)
                _feed(digest, file, length)
    return digest.hexdigest()


def _header_bytes(file: Any) -> int:
    # A safetensors file begins with the length of its JSON header, 8 bytes little-endian.
    return 8 + int.from_bytes(file.read(8), "little")


def _sampled(size: int, header: int) -> list[tuple[int, int]]:
    """The (start, length) of what is hashed of a large file, inside it."""
    first, last = min(size, max(header, _EDGE)), max(0, size - _EDGE)
    step = (last - first) // _BLOCKS
    blocks = [
        (first + i * step + (step - _BLOCK) // 2, _BLOCK) for i in range(_BLOCKS) if step >= _BLOCK
    ]
    if not blocks:
        return [(0, size)]
    return [(0, first), *blocks, (last, size - last)]


def _feed(digest: Any, file: Any, length: int) -> None:
    while length > 0 and (piece := file.read(min(length, 1 << 22))):
        digest.update(piece)
        length -= len(piece)


def tokenizer_sha256(folder: Path) -> str | None:
    """A sha256 over the names and bytes of the tokenizer's files; None without any."""
    files = {path for pattern in _TOKENIZER_FILES for path in folder.glob(pattern)}
    return _hash_files(sorted(path for path in files if path.is_file()))


def _hash_files(files: Iterable[Path]) -> str | None:
    digest, empty = hashlib.sha256(), True
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
        empty = False
    return None if empty else digest.hexdigest()


_NO_NUMBER = ("_name_or_path", "transformers_version", "dtype", "torch_dtype")
"""Where it came from, who wrote it, and the type, which the engine records itself."""


def config_sha256(folder: Path) -> str:
    """A sha256 of config.json's meaning: the order of keys and who wrote it do not count.

    The same weights under another rope scaling or quantisation are another model.
    """
    config = _json(folder / "config.json")
    kept = {key: value for key, value in config.items() if key not in _NO_NUMBER}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def eos_ids(folder: Path) -> tuple[int, ...]:
    """The ids that end a text: generation_config.json's, else config.json's, ascending."""
    for name in ("generation_config.json", "config.json"):
        path = folder / name
        value = _json(path).get("eos_token_id") if path.is_file() else None
        if value is not None:
            listed = value if isinstance(value, list) else [value]
            return tuple(sorted({int(each) for each in listed}))
    return ()


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelNotFound(f"{path} is not JSON ({error}): the model's files are broken") from None
    if not isinstance(value, dict):
        raise ModelNotFound(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value
