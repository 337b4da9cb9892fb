"""Names and texts that run, paint or destroy something; `perf/trials.py` runs these."""

from __future__ import annotations

import copy
import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.builders.damaged_folders import Folders
from tests.builders.edits import paths
from tests.builders.trial_counts import Bounds, Trial
from tests.builders.verb_calls import called
from tests.builders.whole_folders import write_responses

EVIL = "from pathlib import Path\nPath(MARK).touch()\n"
ROW_KEYS = ("checkers", "checker", "benchmark", "prompt", "template", "clusters", "id", "source")
"""Keys of a row of a benchmark file that might be taken for names of code."""
CONFIG_KEYS = ("benchmark", "prompt", "checker", "model", "engine", "responses", "data", "stop")


def _put(row: Any, path: tuple[str | int, ...], value: Any) -> Any:
    changed = copy.deepcopy(row)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def _at(row: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        row = row[key]
    return row


def names(scratch: Path, bounds: Bounds) -> Iterator[Trial]:
    """A `.py` that nothing but data names, in each place of each file, by each verb: not run."""
    folders = Folders(scratch)
    evil, mark = scratch / "evil.py", scratch / "pwned"
    evil.write_text(EVIL.replace("MARK", repr(str(mark))))
    trial = Trial("a .py that only data name, by place and verb: run", bounds)
    manifest = json.loads((folders.whole / "manifest.json").read_text())
    summary = json.loads((folders.whole / "summary.json").read_text())
    first = next(iter(summary["checkers"]))
    places: list[tuple[str, str, Any]] = [
        ("manifest.json", ".".join(map(str, path)), _put(manifest, path, str(evil)))
        for path in paths(manifest)
        if isinstance(_at(manifest, path), str)
    ]
    for key in CONFIG_KEYS:
        for value in (str(evil), [str(evil)]):
            changed = _put(manifest, ("config", key), value)
            places.append(("manifest.json", f"config.{key}", changed))
    places.append(("manifest.json", "checkers", _put(manifest, ("checkers",), [str(evil)])))
    for checkers in (
        {str(evil): summary["checkers"][first], **summary["checkers"]},
        {str(evil): summary["checkers"][first]},
    ):
        places.append(("summary.json", "checkers, a key", summary | {"checkers": checkers}))
    places.reverse()  # those that were believed once, first
    verbs = folders.verbs | {
        "maj_at_k": ["analyse", "maj_at_k", folders.run],
        "run --config": ["run", "--config", folders.run / "manifest.json"],
    }
    for key, words in _other_names(scratch, evil):
        done = called(*words)
        trial.add(done.raised and f"{key}: {done.raised}")
        if mark.exists():
            mark.unlink()
            trial.faults.append(f"{words[0]} ran what {key} names")
    for file, place, row in trial.some(places):
        for verb, words in verbs.items():
            folders.fresh()
            (folders.run / file).write_text(json.dumps(row))
            stored = folders.run / "verdicts" / f"{first.replace('/', '@')}.jsonl"
            for name in {str(evil).replace("/", "@"), evil.name}:
                text = stored.read_text().replace(first, str(evil))
                (folders.run / "verdicts" / f"{name}.jsonl").write_text(text)
            done = called(*words)
            trial.add(done.raised and f"{verb}, {file}: {place}: {done.raised}")
            if mark.exists():
                mark.unlink()
                trial.faults.append(f"{verb} ran what {file} names at {place}")
    yield trial
    if trial.taken < len(places):
        trial.name += f" ({trial.taken} of {len(places)} places of a run folder)"


def _other_names(scratch: Path, evil: Path) -> Iterator[tuple[str, list[object]]]:
    """Rows of a benchmark, configs and studies that name the file."""
    responses = write_responses(scratch / "responses.jsonl", 4)
    out, rows = scratch / "named", scratch / "rows.jsonl"
    for key in ROW_KEYS:
        for value in (str(evil), [str(evil)]):
            rows.write_text(json.dumps({"question": "1+1?", "gold": "2", key: value}) + "\n")
            words = ["run", "--engine", "replay", "--responses", responses, "--text", "said"]
            yield f"{key} of a row", [*words, "--model", "m", "--benchmark", rows, "--out", out]
            yield f"{key} of a row", ["show", rows]
    conf = scratch / "conf.yaml"
    for key in CONFIG_KEYS:
        for value in (str(evil), [str(evil)]):
            settings: dict[str, Any] = {"model": "m", "benchmark": "wordproblems", key: value}
            conf.write_text(json.dumps({"engine": "replay", "text": "said"} | settings))
            yield f"{key} of a config", ["run", "--config", conf, "--out", out]
    study = scratch / "study.yaml"
    for option in ("--benchmark", "--prompt", "--checker"):
        step = f"run --model m --engine replay {option} {evil}"
        study.write_text(json.dumps({"steps": {"one": step}}))
        yield f"{option} of a study", ["study", study, "--plan"]
        yield f"{option} of a study", ["study", study, "--out", scratch / "studied"]


PAINT = (
    "\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\link", "\x9b31m", "\x9d0;t\x9c",
    "\x1bP1$r\x1b\\", "\x1b[6n", "\r\x1b[Koverwritten", "\x08\x08\x08", "\x07", "\x00", "\x7f",
)  # fmt: skip
"""Sequences that clear, title, link, ask or overwrite; of one byte and of C1 too."""
RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def escapes(scratch: Path, bounds: Bounds) -> Iterator[Trial]:
    """Control sequences in each text of a folder, and out of every verb: none comes raw."""
    folders = Folders(scratch)
    trial = Trial("control sequences in each text of a folder, raw in a verb's output", bounds)
    texts: dict[str, None] = {}
    for path in sorted(folders.whole.rglob("*.json*")):
        for line in (
            path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
        ):
            row = json.loads(line)
            found = (_at(row, each) for each in paths(row))
            texts |= dict.fromkeys(each for each in found if isinstance(each, str) and each)
    fixed = ("finished", "replay", str(folders.run))
    listed = [(text, paint) for paint in PAINT for text in texts if text not in fixed]
    step = 7  # of as many texts as there are, each with some of the sequences
    listed = [listed[n * step % len(listed)] for n in range(len(listed))]
    for text, paint in trial.some(listed):
        for verb, words in folders.verbs.items():
            folders.fresh()
            for path in folders.run.rglob("*.json*"):
                old, new = json.dumps(text), json.dumps(f"{paint}{text}")
                path.write_text(path.read_text().replace(old, new))
            done = called(*words)
            raw = RAW.search((done.out + done.err).replace("\r\n", "\n"))
            told = f"{verb} prints {raw[0]!r} of {text[:30]!r} with {paint!r}" if raw else ""
            trial.add((done.raised and f"{verb}, {text[:30]!r}: {done.raised}") or told)
    yield trial
    trial.name += f" ({trial.taken:,} of {len(listed):,} places)"


class _Reader:
    """Reads a pipe until it is closed, so that its writer never waits."""

    def __init__(self, pipe: Path) -> None:
        self._handle = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        self._done = Event()
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._done.is_set():
            try:
                os.read(self._handle, 1 << 16)
            except BlockingIOError:
                self._done.wait(0.01)

    def close(self) -> None:
        self._done.set()
        self._thread.join()
        os.close(self._handle)


def devices(scratch: Path, bounds: Bounds) -> Iterator[Trial]:
    """Every option that names a file to be written, on a device node, a fifo and a link of our
    own: they stay what they are."""
    trial = Trial("--out and its like on a device, a fifo, a link: replaced", bounds)
    folders = Folders(scratch)
    kinds = ["fifo", "link"]
    try:
        os.mknod(scratch / "probe", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        with (scratch / "probe").open("w") as probe:
            probe.write("x")
        kinds.insert(0, "device")
    except OSError as error:
        print(f"no device nodes here ({error.strerror}): fifos and links alone")
    for option, words in _outs(scratch, folders):
        plain = called(*words, scratch / "plain.jsonl")
        assert plain.status == 0, (option, plain)
        for kind in kinds:
            place = scratch / f"{kind}.jsonl"
            target = scratch / "target.jsonl"
            for each in (place, target):
                each.unlink(missing_ok=True)
            held: _Reader | None = None
            if kind == "device":
                os.mknod(place, stat.S_IFCHR | 0o666, os.makedev(1, 3))
            elif kind == "fifo":
                os.mkfifo(place)
                held = _Reader(place)
            else:
                target.write_text("before\n")
                place.symlink_to(target)
            before = stat.S_IFMT(place.lstat().st_mode)
            done = called(*words, place)
            if held is not None:
                held.close()
            gone = not (place.exists() or place.is_symlink())
            changed = gone or stat.S_IFMT(place.lstat().st_mode) != before
            trial.add(f"{option} on a {kind}: replaced" if changed else done.raised)
    yield trial


def _outs(scratch: Path, folders: Folders) -> Iterator[tuple[str, list[object]]]:
    """(option, the words before the place it names)."""
    responses = write_responses(scratch / "responses.jsonl", 4)
    pairs, train, rows = (scratch / f"{name}.jsonl" for name in ("pairs", "train", "train_rows"))
    pairs.write_text('{"pred": "1", "gold": "1"}\n')
    train.write_text(
        json.dumps({"question": "Tom has 3 pens and buys 4. How many?", "answer": "#### 7"}) + "\n"
    )
    rows.write_text(json.dumps({"query": "How many?", "response": "The answer is: 7"}) + "\n")
    gate: list[object] = list(folders.verbs["gate"])
    yield "leaderboard --out", ["leaderboard", folders.run, "--format", "csv", "--out"]
    fields = ["--text", "said", "--gold", "question"]
    yield "judge --out", ["judge", responses, *fields, "--out"]
    yield "equal --out", ["equal", "--pairs", pairs, "--out"]
    yield "audit --export", ["audit", folders.run, "--export"]
    yield "gate --junit", [*gate, "--junit"]
    yield "gate --markdown", [*gate, "--markdown"]
    fobar = ["augment", "fobar", "--questions", train, "--no-answers", "--allow-overlap"]
    yield "augment fobar --out", [*fobar, "--out"]
    yield "augment mix --out", ["augment", "mix", rows, "--allow-overlap", "--out"]
    yield (
        "augment templates --out",
        ["augment", "templates", "wordproblems", "--arm", "fobar", "--copies", "1", "--out"],
    )
