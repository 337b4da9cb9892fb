"""Does the steps of a study one after the other, each in a process of its own.

A step that is done leaves `steps/ID.json` with its command's fingerprint in the study's
folder, and is not done again while that agrees; one that was stopped half way is called
again, and every verb goes on where it was. What a step says is in `steps/ID.log`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mmeval import jsonl
from mmeval.errors import DataError, RunFailed, RunInterrupted, RunLocked
from mmeval.study import Step, Study
from mmeval.study_steps import fingerprints

TOLD = {"gate": (0, 1, 3), "claims": (0, 1), "figures": (0, 1)}
"""Exit codes by which a verb says something about the results, not that it failed."""
REFUSED = 2
"""The exit code of a command that its user must change, or whose folder is another's."""
HEARTBEAT = 60.0
"""Seconds between signs of life of a long step."""


class Watcher(Protocol):
    """Whoever wants to know how a study goes."""

    def begins(self, step: Step, number: int, total: int) -> None:
        """A step is started; `number` counts from 1."""

    def goes_on(self, step: Step, seconds: float, last_line: str) -> None:
        """It still runs; what it printed last."""

    def ends(self, step: Step, seconds: float) -> None:
        """It is done."""

    def skips(self, step: Step, number: int, total: int) -> None:
        """It was done before."""

    def replaces(self, step: Step, kept: Path) -> None:
        """What another command made in its place lies at `kept` now."""


@dataclass(frozen=True, slots=True)
class StudyDir:
    """The folder of a study."""

    path: Path

    def record_file(self, step: Step) -> Path:
        """Says that a step is done, and by which command."""
        return self.path / "steps" / f"{step.id.replace('/', '--')}.json"

    def owner_file(self, step: Step) -> Path:
        """Holds the fingerprint of the command that made what lies in the step's place."""
        return self.record_file(step).with_suffix(".owner")

    def owner(self, step: Step) -> str | None:
        """That fingerprint; None where nobody noted it."""
        file, record = self.owner_file(step), self.record(step)
        if file.is_file():
            return file.read_text(encoding="utf-8").strip()
        return None if record is None else record.get("fingerprint")

    def own(self, step: Step, fingerprint: str) -> None:
        """Notes whose it is."""
        jsonl.write_text(self.owner_file(step), fingerprint + "\n")

    def set_aside(self, step: Step) -> Path:
        """Moves what a step made before out of the study, where no `--runs` finds it."""
        room = Path(f"{self.path}.replaced")
        room.mkdir(parents=True, exist_ok=True)
        name = step.id.replace("/", "--")
        number = next(n for n in range(1, 10**6) if not (room / f"{name}-{n}").exists())
        return Path(step.makes).replace(room / f"{name}-{number}")

    def log_file(self, step: Step) -> Path:
        """What a step printed."""
        return self.record_file(step).with_suffix(".log")

    def record(self, step: Step) -> dict[str, Any] | None:
        """What is known of a step that was done; None where it was not."""
        file = self.record_file(step)
        if not file.is_file():
            return None
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DataError(f"{file}: not JSON ({error}); remove it to do the step again") from None
        return found if isinstance(found, dict) else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps a second process of the same study away. Raises RunLocked."""
        from filelock import FileLock, Timeout

        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.path / ".lock", timeout=0):
                yield
        except Timeout:
            raise RunLocked(f"{self.path}: another process does this study; wait for it") from None


@contextmanager
def _ctrl_c_told() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise RunInterrupted("interrupted; the same command goes on where it was") from None


def is_done(folder: StudyDir, step: Step, fingerprint: str) -> bool:
    """Whether the step was done by the same command, and what it made is still there."""
    record = folder.record(step)
    return bool(record and record.get("fingerprint") == fingerprint and Path(step.makes).exists())


def run_study(
    study: Study, steps: Sequence[Step], only: Sequence[str], watcher: Watcher
) -> dict[str, float]:
    """Does what is not done yet, and returns the seconds of each step of the study.

    `only` are ids of steps or names of sections; empty is all. Raises RunFailed with the
    end of the log when a step fails, RunInterrupted on Ctrl-C, RunLocked when another
    process works on the study.
    """
    folder = StudyDir(Path(study.out))
    prints = fingerprints(steps)
    chosen = [s for s in steps if not only or s.id in only or s.id.partition("/")[0] in only]
    with folder.locked(), _ctrl_c_told():
        for number, step in enumerate(chosen, 1):
            if is_done(folder, step, prints[step.id]):
                watcher.skips(step, number, len(chosen))
                continue
            _require_needed(folder, step, steps, prints)
            watcher.begins(step, number, len(chosen))
            seconds = _do(folder, step, prints[step.id], watcher)
            watcher.ends(step, seconds)
    records = {step.id: folder.record(step) for step in steps}
    return {key: float(record["seconds"]) for key, record in records.items() if record}


def _require_needed(
    folder: StudyDir, step: Step, steps: Sequence[Step], prints: Mapping[str, str]
) -> None:
    by_id = {each.id: each for each in steps}
    for needed in step.needs:
        if not is_done(folder, by_id[needed], prints[needed]):
            raise DataError(f"{step.id} needs {needed}, which is not done; do that step first")


def _do(folder: StudyDir, step: Step, fingerprint: str, watcher: Watcher) -> float:
    """One step in a process of its own; returns its seconds.

    A command that was changed may find what the one before made and refuse it: that is moved
    aside then, and the step done anew. It is tried first, because some go on with it.
    """
    makes = Path(step.makes)
    makes.parent.mkdir(parents=True, exist_ok=True)
    log = folder.log_file(step)
    log.parent.mkdir(parents=True, exist_ok=True)
    clock = _Clock()
    owner = folder.owner(step)
    changed = owner not in (None, fingerprint)
    if not changed:
        folder.own(step, fingerprint)
    code = _run(folder, step, clock, watcher)
    if code == REFUSED and changed and makes.exists():
        kept = folder.set_aside(step)
        code = _run(folder, step, clock, watcher)
        if code == REFUSED and not makes.exists():  # it was refused for something else
            kept.replace(makes)
        else:
            folder.own(step, fingerprint)
            watcher.replaces(step, kept)
    if code not in TOLD.get(step.argv[0], (0,)):
        raise RunFailed(
            f"{step.id} failed with exit status {code}: {last_line(log) or 'it printed nothing'} "
            f"(all of it: {log}); mend that, and the same command goes on"
        )
    folder.own(step, fingerprint)
    record = {
        "fingerprint": fingerprint,
        "command": step.command,
        "exit_status": code,
        "seconds": round(clock.seconds(), 1),
    }
    jsonl.write_text(folder.record_file(step), json.dumps(record, indent=1) + "\n")
    return clock.seconds()


def _run(folder: StudyDir, step: Step, clock: _Clock, watcher: Watcher) -> int:
    """The exit code of its command; what it prints is kept where that is what it makes."""
    makes, log = Path(step.makes), folder.log_file(step)
    half = makes.with_name(f".{makes.name}.half")
    with log.open("ab") as log_file, half.open("wb") if step.captured else log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "mmeval.cli", *step.argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log_file,
        )
        code = _wait(process, lambda: watcher.goes_on(step, clock.seconds(), last_line(log)))
    if code not in TOLD.get(step.argv[0], (0,)):
        half.unlink(missing_ok=True)
    elif step.captured:
        half.replace(makes)
    return code


class _Clock:
    """Seconds since it was made: for people and the record, never for a result."""

    def __init__(self) -> None:
        self._begin = os.times().elapsed

    def seconds(self) -> float:
        return os.times().elapsed - self._begin


def _wait(process: subprocess.Popen[bytes], sign_of_life: Callable[[], None]) -> int:
    while True:
        try:
            return process.wait(HEARTBEAT)
        except subprocess.TimeoutExpired:
            sign_of_life()
        except KeyboardInterrupt:
            # Ctrl-C reached the step too, which ends by itself with all it has written.
            process.wait()
            raise


def last_line(log: Path) -> str:
    """The last line that holds anything, of the last 4 KB of a log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode("utf-8", "replace").replace("\r", "\n").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
