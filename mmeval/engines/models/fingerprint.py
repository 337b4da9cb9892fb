"""Hashes of a model folder: weights, tokenizer, config; and its end-of-text ids."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

from mmeval.errors import ModelNotFound

TOKENIZER_FILES = (
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
_WHOLE = 1 << 30
_EDGE = 1 << 20
_BLOCK = 1 << 16
_BLOCKS = 64


WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


def named_weights(folder: Path) -> list[str]:
    """The files that the folder's index, or its config.json, names as its weights, sorted: what
    transformers loads where there is no model.safetensors.

    Raises ModelNotFound for one that is no *.safetensors inside the folder.
    """
    config = folder / "config.json"
    explicit = read_json(config).get("transformers_weights") if config.is_file() else None
    names = [] if explicit is None else [explicit]
    indexes = [INDEX]
    if isinstance(explicit, str) and explicit.endswith(".safetensors.index.json"):
        names, indexes = [], [INDEX, _inside(folder, explicit)]
    for index in dict.fromkeys(indexes):
        if not (folder / index).is_file():
            continue
        shards = read_json(folder / index).get("weight_map", {})
        if not isinstance(shards, dict):
            raise ModelNotFound(f"{folder / index}: its weight_map is no JSON object")
        names += shards.values()
    for name in names:
        if not isinstance(name, str) or not name.endswith(".safetensors"):
            raise ModelNotFound(
                f"{folder}: its weights are in {name!r:.100}, and mmeval loads *.safetensors "
                "alone: any other file may run code when it is loaded; convert it with "
                "transformers (from_pretrained, then save_pretrained) and give the new folder"
            )
    return sorted({_inside(folder, name) for name in names})


def _inside(folder: Path, name: str) -> str:
    """A path below the folder, `sub/name`. Raises ModelNotFound for one that leads out of it."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or set(name) & {"\\", ":", "\0"}:
        raise ModelNotFound(
            f"{folder}: it names {name!r:.100}, which is not inside it; weights are loaded from "
            "the model's own folder alone: copy that file there and name it by its own name"
        )
    return path.as_posix()


def fingerprint(folder: Path) -> str:
    """A sha256 over the folder's *.safetensors files, and those in folders of it that its index
    names; 64 hex digits.

    Up to 1 GiB in all, every byte counts, so a single changed weight is seen. Above
    that, of each file: its name, its size, its header (names, shapes and types of the
    tensors), its first and last MiB and 64 evenly spaced blocks of 64 KiB. A training
    step changes nearly every weight and is seen; an edit of a few single weights of a
    large model may not be. A 140 GB model takes seconds.
    """
    files = sorted(folder.glob("*.safetensors"))
    files += [path for name in named_weights(folder) if (path := folder / name) not in files]
    whole = sum(path.stat().st_size for path in files) <= _WHOLE
    digest = hashlib.sha256(b"mmeval weights 1, " + (b"whole" if whole else b"sampled"))
    for path in files:
        size = path.stat().st_size
        digest.update(f"\n{path.relative_to(folder).as_posix()} {size}\n".encode())
        with path.open("rb") as file:
            # A safetensors file begins with the length of its JSON header, 8 bytes little-endian.
            header = 8 + int.from_bytes(file.read(8), "little")
            for start, length in [(0, size)] if whole else _sampled(size, header):
                file.seek(start)
                _feed(digest, file, length)
    return digest.hexdigest()


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


def file_sha256(path: Path) -> str:
    """Of a file's bytes, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tokenizer_sha256(folder: Path) -> str | None:
    """A sha256 over the names and bytes of the tokenizer's files; None without any."""
    matches = {path for pattern in TOKENIZER_FILES for path in folder.glob(pattern)}
    files = sorted(path for path in matches if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest() if files else None


_NO_NUMBER = ("_name_or_path", "transformers_version", "dtype", "torch_dtype")
"""Where it came from, who wrote it, and the type, which the engine records itself."""


def config_sha256(folder: Path) -> str:
    """A sha256 of config.json's meaning: the order of keys and who wrote it do not count.

    The same weights under another rope scaling or quantisation are another model.
    """
    config = read_json(folder / "config.json")
    kept = {key: value for key, value in config.items() if key not in _NO_NUMBER}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def eos_ids(folder: Path) -> tuple[int, ...]:
    """The ids that end a text: generation_config.json's, else config.json's, ascending."""
    for name in ("generation_config.json", "config.json"):
        path = folder / name
        value = read_json(path).get("eos_token_id") if path.is_file() else None
        if value is not None:
            listed = value if isinstance(value, list) else [value]
            if not all(type(each) is int and 0 <= each < 1 << 31 for each in listed):
                raise ModelNotFound(f"{path}: eos_token_id is {value!r:.60}, no token's number")
            return tuple(sorted(set(listed)))
    return ()


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of the model's files. Raises ModelNotFound for anything else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelNotFound(f"{path} is not JSON ({error}): the model's files are broken") from None
    if not isinstance(value, dict):
        raise ModelNotFound(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value
