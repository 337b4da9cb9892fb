"""Does the steps of a study, each in a process of its own, as many at once as there are lanes.

A step begins when those that it needs are done. One that was stopped half way is called
again, and every verb goes on where it was.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from mmeval import jsonl
from mmeval.errors import DataError, MmevalError, RunFailed, RunInterrupted
from mmeval.progress import Watch
from mmeval.study.folder import StudyDir, is_done
from mmeval.study.lanes import Lane
from mmeval.study.read import Step, Study
from mmeval.study.steps import fingerprints

RESULT_CODES = {"gate": (0, 1, 3), "claims": (0, 1), "figures": (0, 1)}
"""Verb -> exit codes that are results, not failures; of every other verb, 0."""
REFUSED = 2
"""The exit code for what the user must fix; also of a folder that another command made."""
HEARTBEAT = 60.0
"""Seconds between the progress lines of a long step."""


def run_study(
    study: Study,
    steps: Sequence[Step],
    only: Sequence[str],
    watch: Watch,
    lanes: Sequence[Lane] = (Lane(),),
) -> dict[str, float]:
    """Does what is not done yet, and returns the seconds of each step of the study that is.

    `only` are ids of steps or names of sections; empty is all. Each lane does one step at a
    time. Raises DataError where a step needs one that is neither done nor among them,
    RunFailed with the end of the log when a step fails, RunInterrupted on Ctrl-C, RunLocked
    when another process works on the study.
    """
    folder = StudyDir(Path(study.out))
    prints = fingerprints(steps)
    chosen = [s for s in steps if not only or s.id in only or s.id.partition("/")[0] in only]
    with folder.locked():
        done = {step.id for step in steps if is_done(folder, step, prints[step.id])}
        available = done | {step.id for step in chosen}
        for number, step in enumerate(chosen, 1):
            if step.id in done:
                watch.say(f"[{number}/{len(chosen)}] {step.id}: done before")
            elif missing := [needed for needed in step.needs if needed not in available]:
                raise DataError(
                    f"{step.id} needs {missing[0]}, which is not done; do that step first"
                )
        try:
            # Left by Ctrl-C too, which reached the steps as well: it waits until they have ended.
            with ThreadPoolExecutor(len(lanes)) as pool:
                _Schedule(folder, prints, chosen, watch, done).do(pool, lanes)
        except KeyboardInterrupt:
            raise RunInterrupted("interrupted; the same command resumes it") from None
    records = {step.id: folder.record(step) for step in steps}
    return {key: float(record["seconds"]) for key, record in records.items() if record}


@dataclass(slots=True)
class _Schedule:
    """Which steps are done, which run in which lane, and which wait."""

    folder: StudyDir
    prints: Mapping[str, str]
    chosen: Sequence[Step]
    watch: Watch
    done: set[str]
    """Ids."""
    running: dict[Future[float], tuple[Step, Lane]] = field(default_factory=dict)

    def do(self, pool: ThreadPoolExecutor, lanes: Sequence[Lane]) -> None:
        """All of them. After a failure nothing begins; those that run are waited for."""
        waiting = {step.id: n for n, step in enumerate(self.chosen) if step.id not in self.done}
        failed: MmevalError | None = None
        while waiting or self.running:
            busy = [lane for _, lane in self.running.values()]
            free = [lane for lane in lanes if lane not in busy]
            while free and failed is None and (number := self._ready(waiting)) is not None:
                step = self.chosen[number]
                del waiting[step.id]
                self.watch.say(f"[{number + 1}/{len(self.chosen)}] {step.id}")
                lane = free.pop(0)
                job = pool.submit(_do, self.folder, step, self.prints[step.id], self.watch, lane)
                self.running[job] = step, lane
            if not self.running:
                break
            for job in wait(self.running, return_when=FIRST_COMPLETED).done:
                failed = self._ended(job) or failed
        if failed is not None:
            raise failed

    def _ready(self, waiting: Mapping[str, int]) -> int | None:
        """The first in the order of the file that waits for no other."""
        return next(
            (n for n in waiting.values() if self.done.issuperset(self.chosen[n].needs)), None
        )

    def _ended(self, job: Future[float]) -> MmevalError | None:
        step, _ = self.running.pop(job)
        try:
            seconds = job.result()
        except MmevalError as error:
            others = ", ".join(each.id for each, _ in self.running.values())
            if others:  # said at once, because they may take long
                self.watch.say(f"    {error}")
                self.watch.say(f"    nothing else begins; waiting for {others}")
            return error
        self.done.add(step.id)
        self.watch.say(f"    {step.id}: done in {spoken(seconds)}")
        return None


def _do(folder: StudyDir, step: Step, fingerprint: str, watch: Watch, lane: Lane) -> float:
    """One step in a process of its own; returns its seconds.

    A command that was changed may refuse what the one before made: then that is moved aside
    and the step done anew. It is tried first, because some commands resume it.
    """
    makes = Path(step.makes)
    makes.parent.mkdir(parents=True, exist_ok=True)
    log = folder.log_file(step)
    log.parent.mkdir(parents=True, exist_ok=True)
    lane.enter()
    begin = time.monotonic()
    owner = folder.owner(step)
    changed = owner not in (None, fingerprint)
    if not changed:
        folder.set_owner(step, fingerprint)
    code = _run(folder, step, begin, watch, lane)
    if code == REFUSED and changed and makes.exists():
        kept = folder.set_aside(step)
        code = _run(folder, step, begin, watch, lane)
        if code == REFUSED and not makes.exists():  # it was refused for something else
            kept.replace(makes)
        else:
            folder.set_owner(step, fingerprint)
            watch.say(f"    {step.id}: what another command made there is in {kept} now")
    if not _succeeded(step, code):
        raise RunFailed(
            f"{step.id} failed with exit status {code}: {last_line(log) or 'it printed nothing'} "
            f"(all of it: {log}); fix that and run the same command to resume"
        )
    folder.set_owner(step, fingerprint)
    seconds = time.monotonic() - begin
    record = {
        "fingerprint": fingerprint,
        "command": step.command,
        "exit_status": code,
        "seconds": round(seconds, 1),
    }
    jsonl.write_text(folder.record_file(step), json.dumps(record, indent=1) + "\n")
    return seconds


def _succeeded(step: Step, code: int) -> bool:
    return code in RESULT_CODES.get(step.argv[0], (0,))


def _run(folder: StudyDir, step: Step, begin: float, watch: Watch, lane: Lane) -> int:
    """The exit code of its command; what it prints is kept where that is what it makes."""
    try:
        return _watched(folder, step, begin, watch, lane)
    except _Failed as failed:
        return failed.code


def _watched(folder: StudyDir, step: Step, begin: float, watch: Watch, lane: Lane) -> int:
    """The exit code of its command. Raises _Failed where it did not succeed."""
    makes, log = Path(step.makes), folder.log_file(step)
    with ExitStack() as stack:
        log_file = stack.enter_context(open(log, "ab", opener=jsonl.plain))
        out = stack.enter_context(jsonl.replacing_bytes(makes)) if step.captured else log_file
        process = subprocess.Popen(
            [sys.executable, "-m", "mmeval.cli", *step.argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log_file,
            env={**os.environ, **lane.environment},
        )
        while True:
            try:
                code = process.wait(HEARTBEAT)
                break
            except subprocess.TimeoutExpired:
                watch.waiting(step.id, time.monotonic() - begin, last_line(log))
        if not _succeeded(step, code):
            raise _Failed(code)
    return code


class _Failed(Exception):
    """A step ended with a status that is no result: what it printed is not what it makes."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def spoken(seconds: float) -> str:
    """A time for people."""
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


def last_line(log: Path) -> str:
    """The last line that holds anything, of the last 4 KB of a log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode("utf-8", "replace").replace("\r", "\n").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
