"""Loading a model with transformers: what generating and scoring have in common."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from typing import Any

from mmeval.engines.engine import EngineOptions
from mmeval.engines.models.find import Model
from mmeval.errors import ConfigError, EngineError
from mmeval.text import first_line


def require_known(options: EngineOptions, known: Sequence[str]) -> None:
    """Raises ConfigError for an unknown engine argument."""
    unknown = sorted(set(options.args) - set(known))
    if unknown:
        raise ConfigError(
            f"the engine hf has no argument {', '.join(unknown)}; it has {', '.join(known)}"
        )


def positive(options: EngineOptions, name: str, default: int) -> int:
    """An engine argument that counts something. Raises ConfigError below 1."""
    value = options.args.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigError(f"hf: {name} must be a whole number from 1, got {value!r}")
    return value


def pretrained(kind: Any, model: Model, trust_remote_code: bool = False, **options: Any) -> Any:
    """What a class of transformers makes of a model's folder: of its safetensors alone.

    Its own code runs only where `trust_remote_code` says so, and nothing is asked on stdin.
    Raises ConfigError for a model that needs its code, EngineError for one that is broken.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    safe = {"trust_remote_code": trust_remote_code, "local_files_only": True}
    if "Tokenizer" not in kind.__name__:
        safe["use_safetensors"] = True
    try:
        return kind.from_pretrained(model.path, **safe, **options)
    except Exception as error:  # a model's files reach any code of three libraries
        if "trust_remote_code" in str(error):
            raise ConfigError(
                f"{model.name} comes with code of its own, which runs only with "
                "--trust-remote-code, where a command has that option: read it first"
            ) from error
        raise EngineError(
            f"transformers could not load {model.name}: {first_line(error)}"
        ) from error


def load(model: Model, options: EngineOptions) -> tuple[Any, Any]:
    """(the model on its device, its tokenizer). Raises as `open` does."""
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    placement = {
        key: options.args[key]
        for key in ("device_map", "attn_implementation")
        if options.args.get(key) is not None
    }
    trusted = options.trust_remote_code
    tokenizer = pretrained(transformers.AutoTokenizer, model, trusted)
    loaded, report = pretrained(
        transformers.AutoModelForCausalLM,
        model,
        trusted,
        dtype=options.dtype,
        output_loading_info=True,
        **placement,
    )
    if missing := sorted(report["missing_keys"]):  # transformers makes them up, with a warning
        raise EngineError(
            f"the weights of {model.name} lack {len(missing)} tensors that its config.json asks "
            f"for, the first is {missing[0]}"
        )
    if "device_map" not in placement:
        device = options.args.get("device") or ("cuda" if torch.cuda.is_available() else "cpu")
        loaded = _moved(loaded, str(device), model)
    return loaded.eval(), tokenizer


def _moved(loaded: Any, device: str, model: Model) -> Any:
    try:
        return loaded.to(device)
    except Exception as error:
        raise EngineError(
            f"transformers could not load {model.name}: {first_line(error)}"
        ) from error


def device_name(loaded: Any) -> str:
    """What the model is on: `cpu`, or the GPU's own name."""
    import torch

    device: torch.device = loaded.device
    return str(torch.cuda.get_device_name(device)) if device.type == "cuda" else device.type


def collect() -> None:
    """Frees the memory, of a GPU too, of models that nothing refers to any more."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
