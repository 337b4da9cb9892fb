"""A Python module in its own process that answers each line of JSON with one, and can be killed.

A plain subprocess with pipes: no fork of a threaded parent, no pickle, no signal handler, so it
works from any thread and from asyncio. It ends when its input does, so it cannot outlive the
process that started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class LineProcess:
    """One process, used by one thread at a time; started when this is made."""

    def __init__(self, module: str, *arguments: str) -> None:
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
            encoding="utf-8",
        )
        self.died = False
        """Whether it ended by itself: out of memory, or it could not start."""
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self._lines.put(line)
        self._lines.put("")  # the end: the process is gone

    def send(self, row: Mapping[str, Any]) -> bool:
        """Hands it a row; False when it was killed or has `died`."""
        assert self.process.stdin is not None
        if self.process.stdin.closed:
            return False
        try:
            self.process.stdin.write(json.dumps(row) + "\n")
            self.process.stdin.flush()
        except OSError:
            self.died = True
            self.kill()
            return False
        return True

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """Its next row; None if there is none after that much wall time, or it `died`."""
        try:
            line = self._lines.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None
        if not line:
            self.died = True
            self.kill()
            return None
        row: dict[str, Any] = json.loads(line)
        return row

    def kill(self) -> None:
        """Ends the process at once and reaps it."""
        self.process.kill()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):  # the pipe broke with the process
                self.process.stdin.close()
        self.process.wait()
