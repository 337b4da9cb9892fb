"""Checkpoints that are whole or not there.

transformers writes the files of a checkpoint one after another. A process that is killed, or
finds the disk full, between two of them leaves a folder that looks like a checkpoint. So
each gets a last file, `whole.json`, with the sizes of all others, once they are on the
disk; only then older ones are removed. A folder without it, or with a file of another
size, is not a checkpoint.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from mmeval import jsonl

FOLDER = "checkpoints"
WHOLE = "whole.json"
_PREFIX = "checkpoint-"


def seal(checkpoint: Path) -> None:
    """Marks a checkpoint as whole, when all of its files are on the disk."""
    files = sorted(path for path in checkpoint.rglob("*") if path.is_file() and path.name != WHOLE)
    for path in files:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    sizes = {str(path.relative_to(checkpoint)): path.stat().st_size for path in files}
    jsonl.write_text(checkpoint / WHOLE, json.dumps(sizes, indent=1) + "\n")


def is_whole(checkpoint: Path) -> bool:
    """Whether a folder is a checkpoint that was sealed and has all of its files since."""
    try:
        sizes = json.loads((checkpoint / WHOLE).read_text(encoding="utf-8"))
        return bool(sizes) and all(
            (checkpoint / name).stat().st_size == size for name, size in sizes.items()
        )
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def step_of(checkpoint: Path) -> int:
    """The step after which a checkpoint was written."""
    return int(checkpoint.name.removeprefix(_PREFIX))


def _checkpoints(out: Path) -> list[Path]:
    paths = (out / FOLDER).glob(f"{_PREFIX}*")
    return sorted((p for p in paths if p.name.removeprefix(_PREFIX).isdecimal()), key=step_of)


def newest(out: Path) -> Path | None:
    """The last whole checkpoint of a training; None where there is none."""
    return next((path for path in reversed(_checkpoints(out)) if is_whole(path)), None)


def remove_torn(out: Path) -> None:
    """Removes checkpoints that are not whole, which a killed process or a full disk left."""
    for path in _checkpoints(out):
        if not is_whole(path):
            shutil.rmtree(path, ignore_errors=True)


def remove_older(out: Path, keep: Path | None) -> None:
    """Removes all checkpoints but one; all of them where `keep` is None."""
    for path in _checkpoints(out):
        if path != keep:
            shutil.rmtree(path, ignore_errors=True)
