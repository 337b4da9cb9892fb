"""A model's name -> its files and a fingerprint.

A name is a folder, an embedded alias, or a hub id, tried in this order. Only
safetensors weights are taken: a `.bin` checkpoint is a pickle, and loading one runs
whatever code it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval.engines.models import embedded
from mmeval.engines.models.embedded import Use
from mmeval.engines.models.fingerprint import (
    TOKENIZER_FILES,
    config_sha256,
    eos_ids,
    fingerprint,
    named_weights,
    tokenizer_sha256,
)
from mmeval.errors import ConfigError, ModelNotFound, UnknownName, unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that was found: what to load, and what identifies it."""

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


SCHEMA = 1
"""The version of a training.json. Readers accept every value up to it."""
_HUB_FILES = ("*.safetensors", "*.safetensors.index.json", "*.json", "*.py", *TOKENIZER_FILES)
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
    elif name in embedded.EMBEDDED:
        if revision is not None:
            raise ConfigError(f"the embedded model {name} has no revision {revision}: leave it out")
        if (its := embedded.EMBEDDED[name].use) != use:
            fit = [each for each, model in embedded.EMBEDDED.items() if model.use == use]
            raise ConfigError(f"{name} is a {its}, and a {use} is needed: {' or '.join(fit)}")
        folder = embedded.fetch(name, say)
        label = embedded.EMBEDDED[name].label
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
        raise UnknownName(
            f"{unknown('embedded model', name, embedded.EMBEDDED)}; or give a folder with "
            "config.json in it, or a hub id such as organisation/name"
        )
    model = _model(name, folder, revision, label)
    if label is not None and embedded.EMBEDDED[name].made not in (None, _hashes(model)):
        raise ModelNotFound(
            f"{folder} is not the model {name}: its weights or its config.json are others than "
            "those that mmeval puts there; remove that folder, and the model is made again"
        )
    return model


def _hashes(model: Model) -> tuple[str | None, str | None]:
    return model.weights_sha256, model.config_sha256


def _from_hub(name: str, revision: str | None) -> Path:
    """The folder of a hub snapshot, named after its commit."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub import errors as hub

    what = f"{name} at revision {revision}" if revision else name
    try:
        return Path(
            snapshot_download(
                name, revision=revision, allow_patterns=[*_HUB_FILES], ignore_patterns=[*_HUB_SKIP]
            )
        )
    except hub.GatedRepoError:
        raise ModelNotFound(
            f"{what}: the hub serves it only to users who accepted its terms; accept them on "
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
            f"there is no folder {name} here, {what} is incomplete in the local hub cache, and "
            f"{why}; fetch it where there is a network, or give the folder that holds it"
        ) from error


def _kind(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__


def _model(name: str, folder: Path, revision: str | None, label: str | None) -> Model:
    if not (folder / "config.json").is_file():
        adapter = (folder / "adapter_config.json").is_file()
        raise ModelNotFound(
            f"{folder} holds only an adapter: merge it into its base model and save that"
            if adapter
            else f"{folder} has no config.json, so it is not a model folder; it holds "
            f"{', '.join(sorted(p.name for p in folder.iterdir())[:8]) or 'nothing'}"
        )
    if (folder / "adapter_config.json").exists():  # transformers would load what that one names
        raise ModelNotFound(
            f"{folder} holds an adapter beside a model, and which weights are meant is not known: "
            "merge it into its base model and save that, or move adapter_config.json away"
        )
    if not any(folder.glob("*.safetensors")):
        pickles = any(folder.glob("*.bin")) or any(folder.glob("*.pt*"))
        weights = "only PyTorch .bin or .pt files" if pickles else "none"
        raise ModelNotFound(
            f"{name}: mmeval loads *.safetensors, and there are {weights} in {folder}; a .bin file "
            "is a pickle, which runs any code it holds when it is loaded: if you trust it, convert "
            "it with transformers (from_pretrained, then save_pretrained) and give the new folder"
        )
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


def _missing_shards(folder: Path) -> list[str]:
    return [name for name in named_weights(folder) if not (folder / name).is_file()]


TRAINING_FILE = "training.json"
"""Beside the weights."""
TRAINING_FACTS = ("recipe", "arm", "rows", "response_tokens", "base", "data", "seed")
"""What a run's manifest keeps of it."""


def training_row(folder: Path) -> dict[str, Any] | None:
    """What is in a folder's training.json; None where there is none.

    Raises ModelNotFound for one that is broken, not ours, or of a newer schema.
    """
    path = folder / TRAINING_FILE
    if not path.is_file():
        return None
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelNotFound(f"{path} is not JSON ({error}): it was edited or cut") from None
    row = row if isinstance(row, dict) else {}
    schema, label = row.get("schema"), row.get("label")
    if not isinstance(schema, int) or schema > SCHEMA or not isinstance(label, str):
        raise ModelNotFound(
            f"{path} has schema {schema!r} and label {label!r}; this mmeval reads schemas up to "
            f"{SCHEMA}: use a newer one, or remove the file if `mmeval train` did not write it"
        )
    return row


def model_identity(model: Model) -> dict[str, Any]:
    """Which model is asked: the weights' own hash, or the name where the weights are elsewhere."""
    named = {"model": model.name} if model.weights_sha256 is None else {}
    return named | {
        "weights_sha256": model.weights_sha256,
        "tokenizer_sha256": model.tokenizer_sha256,
        "config_sha256": model.config_sha256,
    }
