"""Where a run goes, and whether its folder is free or its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmeval.engines.models.find import Model
from mmeval.errors import DataError
from mmeval.run_folder import RUN_FILE, RunDir, below_runs, require_same
from mmeval.runs.config import RunConfig, config_row


def run_folder(config: RunConfig, model: Model, benchmark: str) -> Path:
    """Where a benchmark's run goes: `--out`, or a folder below `runs/` whose name is a
    function of the settings, so that the same command finds its own run again."""
    if config.out is not None:
        folder = Path(config.out)
        folder = folder / benchmark if len(config.benchmark) > 1 else folder
    else:
        folder = default_folder(config, model, benchmark)
    if config.part is not None:
        folder = folder / "shard-{}-of-{}".format(*config.part)
    return folder


def default_folder(config: RunConfig, model: Model, name: str) -> Path:
    """`runs/MODEL/NAME-DIGEST`, the digest being one of all that a run may not change."""
    settings = config_row(config)
    asked_later = ("samples", "repeats", "checker", "unfinished_thought")
    for key in ("benchmark", "shard", "data", *asked_later):
        settings.pop(key, None)
    return below_runs(model.name, name, [settings, name, model.weights_sha256])


def own_config(config: RunConfig, name: str, folder: Path) -> RunConfig:
    """The config of one benchmark's run alone, which its manifest keeps."""
    if config.out is None or len(config.benchmark) == 1:
        return replace(config, benchmark=(name,))
    parent = folder if config.shard is None else folder.parent
    return replace(config, benchmark=(name,), out=str(parent))


def require_own(run: RunDir, identity: Mapping[str, Any]) -> None:
    """Raises RunMismatch or DataError where the folder is not free and not this run's."""
    if run.exists():
        require_same(run.read_manifest().identity, identity, str(run.path))
    elif run.generations_file.is_file():
        raise DataError(
            f"{run.path} holds generations.jsonl without the manifest.json that says what was "
            "asked; put that back, or choose another --out"
        )
    elif (run.path / RUN_FILE).is_file():
        raise DataError(
            f"{run.path} holds a run of several benchmarks; resume it with --resume "
            f"{run.path}, or choose another --out"
        )
