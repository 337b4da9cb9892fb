"""Shards of a run, one process and one folder each, joined into one run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmeval import jsonl
from mmeval.errors import DataError, RunMismatch
from mmeval.judging.judge_run import judge_run
from mmeval.progress import Watch
from mmeval.records import to_row
from mmeval.run_folder import (
    OF_ONE_SHARD,
    Manifest,
    RunDir,
    answer_row,
    problems_sha256,
    require_same,
)
from mmeval.runs.ask import joined_reports
from mmeval.runs.config import resume_command


def merge(folder: Path, watch: Watch, checkers: Sequence[str] = ()) -> list[RunDir]:
    """The runs that the shards in a folder make up, each written beside them and judged:
    one, or one for each benchmark's folder below it; by `checkers`, else by its own.

    Raises DataError when a shard is missing or unfinished (which), RunMismatch when two
    shards are not of one run, or when the folder holds answers that no shard has.
    """
    folders = [folder] if _found(folder) else sorted(filter(_found, folder.glob("*/")))
    if not folders:
        raise DataError(
            f"{folder} holds no shard: expected folders shard-1-of-N with a manifest.json, in it "
            "or in a folder of it"
        )
    return [_merge_one(each, watch, checkers) for each in folders]


def _found(folder: Path) -> list[Path]:
    return sorted(each.parent for each in folder.glob("shard-*-of-*/manifest.json"))


def _merge_one(folder: Path, watch: Watch, checkers: Sequence[str]) -> RunDir:
    shards = _shards(folder)
    manifests = [shard.read_manifest() for shard in shards]
    for shard, manifest in zip(shards, manifests, strict=True):
        identity = {k: v for k, v in manifest.identity.items() if k not in OF_ONE_SHARD}
        require_same(manifests[0].identity, identity, str(shard.path))
        shard.require_whole(manifest)
    _require_equal_samples(shards, manifests)
    merged = RunDir(folder)
    with merged.locked():
        if merged.exists():
            require_same(merged.read_manifest().identity, manifests[0].identity, str(folder))
        _require_nothing_more(merged, shards)
        _write(merged, shards, manifests)
        judge_run(merged, checkers)
    watch.say(f"joined {len(shards)} shards in {folder}")
    return merged


def _shards(folder: Path) -> list[RunDir]:
    """All shards of the run, in order, every one finished."""
    folders = _found(folder)
    counts = sorted({int(each.name.rpartition("-")[2]) for each in folders})
    if len(counts) > 1:
        raise DataError(
            f"{folder} holds shards of {' and of '.join(map(str, counts))} parts: remove those of "
            "one division"
        )
    count = counts[0]
    shards = [RunDir(folder / f"shard-{i}-of-{count}") for i in range(1, count + 1)]
    missing = [s.path.name for s in shards if not s.exists()]
    open_ones = [s.path.name for s in shards if s.exists() and not s.read_manifest().finished]
    if missing or open_ones:
        wrong = [f"{name} is missing" for name in missing]
        wrong += [f"{name} is not finished" for name in open_ones]
        raise DataError(
            f"{folder}: {', '.join(wrong)}; run each with --shard I/{count}, then merge again"
        )
    return shards


def _require_equal_samples(shards: Sequence[RunDir], manifests: Sequence[Manifest]) -> None:
    if manifests[0].identity["engine"] == "replay":  # a file has as many as it has
        return
    most = max(manifest.samples for manifest in manifests)
    for shard, manifest in zip(shards, manifests, strict=True):
        if manifest.samples < most:
            raise DataError(
                f"{shard.path} has {manifest.samples} samples a problem, another shard {most}; "
                f"resume it: {resume_command(shard.path, manifest.config, f'--samples {most}')}"
            )


def _require_nothing_more(merged: RunDir, shards: Sequence[RunDir]) -> None:
    """Writing the joined answers replaces those of an earlier merge, and may lose none."""
    more = merged.done()
    for shard in shards:
        for generation in shard.generations():
            more.discard(generation.key)
    if more.count:
        raise RunMismatch(
            f"{merged.path} holds {more.count:,} answers that no shard has: it was resumed "
            "after an earlier merge; keep it, or move its generations.jsonl away first"
        )


def _write(merged: RunDir, shards: Sequence[RunDir], manifests: Sequence[Manifest]) -> None:
    """The joined problems, generations and manifest; problems in their published order."""
    parts = [list(shard.problems()) for shard in shards]
    problems = [
        part[row] for row in range(len(parts[0])) for part in parts if row < len(part)
    ]  # shard i holds every count-th problem, from the i-th on
    first = shards[0].manifest()  # whole, with what this version does not know
    first.pop("generations", None)
    manifest = first | {
        "config": {k: v for k, v in manifests[0].config.items() if k != "shard"},
        "shard": None,
        "merged_from": [shard.path.name for shard in shards],
        "samples": max(each.samples for each in manifests),
        "short_of_room": sum(each.short_of_room for each in manifests),
        "sessions": [to_row(session) for each in manifests for session in each.sessions],
        "served": joined_reports(*(shard.manifest().get("served", {}) for shard in shards)),
        "data": first["data"]
        | {"problems": len(problems), "asked_sha256": problems_sha256(problems)},
    }
    jsonl.write_rows(merged.problems_file, map(to_row, problems))
    answers = (generation for shard in shards for generation in shard.generations())
    jsonl.write_rows(merged.generations_file, map(answer_row, answers))
    merged.write_manifest(manifest)
    ids = {problem.id for problem in problems}
    merged.finish(merged.examined(ids, manifest["samples"]).answers)
