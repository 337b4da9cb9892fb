"""Model folders of a few bytes, for several tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

CONFIG = {"model_type": "llama", "hidden_size": 4, "eos_token_id": 7}


def folder_with(path: Path, weights: dict[str, Any] | None = None, **config: Any) -> Path:
    """A model folder: config.json, one safetensors file and a tokenizer."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps(CONFIG | config))
    (path / "tokenizer.json").write_text("{}")
    save_file(weights or {"w": np.arange(64, dtype=np.float32)}, path / "model.safetensors")
    return path
