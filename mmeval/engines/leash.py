"""Ends an engine's own processes when this one is killed.

vLLM's engine process does not notice that its parent is gone: after `kill -9` it would
hold the model and the whole cache for ever, and the run that is to be resumed would find
no memory. So a small process of our own waits for the end of this one, and kills them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_WAIT_THEN_KILL = """
import os, sys
sys.stdin.buffer.read()
for each in sys.argv[1:]:
    pid, _, started = each.partition(":")
    try:
        with open(f"/proc/{pid}/stat") as file:
            if file.read().rpartition(")")[2].split()[19] == started:
                os.kill(int(pid), 9)
    except OSError:
        pass
"""
"""Field 22 of /proc/PID/stat is when a process started: the number of one that ended may
have gone to another."""


def children() -> dict[int, str]:
    """This process's children, each with its start time; empty where there is no /proc.

    Python's resource tracker is left out: it ends by itself, after it has removed what the
    killed ones leave in shared memory.
    """
    starts: dict[int, str] = {}
    for pid in _pids():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            tracker = b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:  # it ended while we looked
            continue
        if not tracker:
            starts[pid] = stat.rpartition(")")[2].split()[19]
    return starts


def _pids() -> set[int]:
    while True:
        listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
        try:
            return {int(pid) for file in listed for pid in file.read_text().split()}
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread ended while we looked, and its children are another's now


class Leash:
    """Holds processes to this one's life, until `release`."""

    def __init__(self, held: Iterable[tuple[int, str]]) -> None:
        self._watcher: subprocess.Popen[bytes] | None = None
        named = [f"{pid}:{started}" for pid, started in held]
        if named:
            self._watcher = subprocess.Popen(
                [sys.executable, "-S", "-c", _WAIT_THEN_KILL, *named],
                stdin=subprocess.PIPE,  # its end is how the watcher learns of ours
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is not for it
            )

    def release(self) -> None:
        """The processes may outlive this one again; safe to call twice."""
        if self._watcher is not None and self._watcher.stdin is not None:
            self._watcher.kill()
            self._watcher.wait()
            self._watcher.stdin.close()
            self._watcher = None
