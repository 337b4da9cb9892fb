"""Run folders that were cut, edited or killed, and all verbs that read one."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmeval.run_folder import RunDir
from tests.builders.edits import Edit, cuts_and_flips, key_edits, row_edits
from tests.builders.verb_calls import called
from tests.builders.whole_folders import replayed_run


def readers(run: Path, other: Path, scratch: Path) -> dict[str, list[object]]:
    """Verb -> its words: all that read a run folder."""
    gate = ["gate", "--candidate", run, "--baseline", other, "--max-drop", "50"]
    return {
        "judge": ["judge", run],
        "judge --json": ["judge", run, "--json"],
        "leaderboard": ["leaderboard", run],
        "leaderboard csv": ["leaderboard", run, "--format", "csv"],
        "leaderboard lm-eval": ["leaderboard", run, "--format", "lm-eval", "--out", scratch / "lm"],
        "leaderboard model-card": ["leaderboard", run, "--format", "model-card"],
        "compare": ["compare", other, run],
        "gate": [*gate, "--on-cannot-tell", "pass"],
        "analyse": ["analyse", "accuracy", run],
        "audit": ["audit", run],
        "report": ["report", run, "--out", scratch / "site"],
        "merge": ["run", "--merge", run.parent],
        "resume": ["run", "--resume", run],
    }


class Folders:
    """Two runs, and a fresh copy of the first for every call."""

    def __init__(self, scratch: Path) -> None:
        self.merged, second = scratch / "a" / "run", scratch / "b"
        first = replayed_run(scratch / "a", model="a", more=("--shard", "1/1"))
        self.run = first.path / "shard-1-of-1"  # a shard of one, so that merging reads it too
        self.whole = scratch / "whole"
        shutil.copytree(self.run, self.whole)
        self.verbs = readers(self.run, replayed_run(second, model="b").path, scratch)
        for verb, words in self.verbs.items():
            done = called(*words)
            assert done.status == 0, (verb, done)

    def fresh(self) -> None:
        """The first run as it was, and nothing beside it."""
        shutil.rmtree(self.merged)
        shutil.copytree(self.whole, self.run)

    def edited(self, file: str, edit: Edit) -> None:
        """The first run with one file edited."""
        self.fresh()
        text = edit.text
        content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        (self.run / file).write_bytes(content)


def all_edits(whole: Path, seed: int) -> list[tuple[str, Edit]]:
    """(file, edit): every key of manifest and summary, of a row of each JSONL, cuts and flips."""
    found: list[tuple[str, Edit]] = []
    for name in ("manifest.json", "summary.json"):
        found += [(name, edit) for edit in key_edits((whole / name).read_text())]
    rows = [p for p in sorted(whole.rglob("*.jsonl")) if p.name != "set-aside.jsonl"]
    for path in rows:
        name = str(path.relative_to(whole))
        found += [(name, edit) for edit in row_edits(path.read_text())]
    rng = random.Random(seed)
    for path in [*rows, whole / "manifest.json", whole / "summary.json"]:
        name = str(path.relative_to(whole))
        found += [(name, edit) for edit in cuts_and_flips(path.read_bytes(), 100, rng)]
    rng.shuffle(found)
    return found


Damage = Callable[[list[bytes], random.Random], bytes]


def _sample(line: bytes, rng: random.Random) -> bytes:
    row = json.loads(line) | {"sample": 7}
    row.pop("crc32", None)
    return json.dumps(row).encode() + b"\n"


def _flip(lines: list[bytes], rng: random.Random) -> bytes:
    content = b"".join(lines)
    place = rng.randrange(len(content))
    return (
        content[:place] + bytes([content[place] ^ (1 << rng.randrange(8))]) + content[place + 1 :]
    )


def _zeroed(lines: list[bytes], rng: random.Random) -> bytes:
    content = b"".join(lines)
    start = rng.randrange(len(content))
    length = min(rng.randint(1, 300), len(content) - start)
    return content[:start] + bytes(length) + content[start + length :]


DAMAGES: dict[str, Damage] = {
    "cut at a random byte": lambda lines, rng: b"".join(lines)[
        : rng.randrange(sum(map(len, lines)))
    ],
    "a row gone": lambda lines, rng: b"".join(rng.sample(lines, len(lines) - 1)),
    "a row doubled": lambda lines, rng: b"".join([*lines, rng.choice(lines)]),
    "a row doubled with another text": lambda lines, rng: b"".join(
        [*lines, rng.choice(lines).replace(b"So it is", b"So it was")]
    ),
    "sample 7 of 1": lambda lines, rng: b"".join([*lines, _sample(rng.choice(lines), rng)]),
    "an unknown problem": lambda lines, rng: b"".join(
        [*lines, rng.choice(lines).replace(b"wordproblems/", b"wordproblems/x")]
    ),
    "one bit flipped": _flip,
    "a range zeroed": _zeroed,
    "garbage at the end": lambda lines, rng: b"".join([*lines, rng.randbytes(80), b"\n"]),
    "null at the end": lambda lines, rng: b"".join([*lines, b"null\n"]),
}


def to_rows(run: RunDir) -> list[str]:
    """The answers of a run, each as one text."""
    return [repr(generation) for generation in run.generations()]


def said(run: RunDir) -> dict[str, Any]:
    """What a run comes to: answers, verdicts and numbers, whatever their order on disk."""
    verdicts = {path.name: sorted(path.read_text().splitlines()) for path in
                sorted((run.path / "verdicts").glob("*.jsonl"))}  # fmt: skip
    summary = run.summary()
    numbers = {key: summary[key] for key in ("checkers", "health", "problems", "samples")}
    return {"rows": sorted(to_rows(run)), "verdicts": verdicts, "numbers": numbers}


def halves_in(folder: Path, deep: bool = True) -> list[str]:
    """Files that a killed writer left beside the ones it was to replace."""
    found = folder.rglob(".*") if deep else folder.glob(".*")
    return [str(path.relative_to(folder)) for path in found if path.is_file()]
