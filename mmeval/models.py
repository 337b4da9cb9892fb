"""A model's name -> its files and a fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
