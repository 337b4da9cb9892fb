"""training.json: what a model folder that `mmeval train` made says about itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mmeval.errors import ModelNotFound
from mmeval.records import SCHEMA

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
    found = row if isinstance(row, dict) else {}
    schema, label = found.get("schema"), found.get("label")
    if not isinstance(schema, int) or schema > SCHEMA or not isinstance(label, str):
        raise ModelNotFound(
            f"{path} has schema {schema!r} and label {label!r}; this mmeval reads schemas up to "
            f"{SCHEMA}: use a newer one, or remove the file if `mmeval train` did not write it"
        )
    return found
