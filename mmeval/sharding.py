"""Shards of a run, one process and one folder each, joined into one run."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.errors import DataError
from mmeval.identity import problems_sha256, require_same
from mmeval.records import to_row
from mmeval.rejudging import judge_run
from mmeval.rundir import Appender, RunDir
from mmeval.watching import Watch


def merge(folder: Path, watch: Watch) -> RunDir:
    """The run that the shards in a folder make up, written beside them and judged.

    Raises DataError when a shard is missing or unfinished (which), RunMismatch when two
    shards are not of one run.
    """
    shards = _shards(folder)
    manifests = [shard.manifest() for shard in shards]
    for shard, manifest in zip(shards, manifests, strict=True):
        require_same(manifests[0]["identity"], manifest["identity"], str(shard.path))
    merged = RunDir(folder)
    with merged.locked():
        _write(merged, shards, manifests)
        judge_run(merged)
    watch.say(f"joined {len(shards)} shards in {folder}")
    return merged


def _shards(folder: Path) -> list[RunDir]:
    """All shards of the run, in order, every one finished."""
    found = sorted(folder.glob("shard-*-of-*/manifest.json"))
    if not found:
        raise DataError(f"{folder} holds no shard: expected folders shard-1-of-N with a manifest")
    count = int(found[0].parent.name.rpartition("-")[2])
    shards = [RunDir(folder / f"shard-{i}-of-{count}") for i in range(1, count + 1)]
    missing = [s.path.name for s in shards if not s.exists()]
    open_ones = [s.path.name for s in shards if s.exists() and s.manifest()["status"] != "finished"]
    if missing or open_ones:
        wrong = [f"{name} is missing" for name in missing]
        wrong += [f"{name} is not finished" for name in open_ones]
        raise DataError(
            f"{folder}: {', '.join(wrong)}; run each with --shard I/{count}, then merge again"
        )
    return shards


def _write(merged: RunDir, shards: list[RunDir], manifests: list[dict[str, Any]]) -> None:
    """The joined problems, generations and manifest; problems in their published order."""
    parts = [list(shard.problems()) for shard in shards]
    problems = [
        part[row] for row in range(len(parts[0])) for part in parts if row < len(part)
    ]  # shard i holds every count-th problem, from the i-th on
    jsonl.write_rows(merged.problems_file, map(to_row, problems))
    merged.generations_file.unlink(missing_ok=True)  # of an earlier merge: the shards have it all
    with contextlib.closing(Appender(merged.generations_file)) as file:
        for shard in shards:
            for generation in shard.generations():
                file.append(generation)
    manifest = dict(manifests[0])
    manifest["config"] = {k: v for k, v in manifest["config"].items() if k != "shard"}
    manifest["shard"] = None
    manifest["merged_from"] = [shard.path.name for shard in shards]
    manifest["sessions"] = [each for m in manifests for each in m["sessions"]]
    manifest["data"] = manifests[0]["data"] | {
        "problems": len(problems),
        "asked_sha256": problems_sha256(problems),
    }
    merged.write_manifest(manifest)
