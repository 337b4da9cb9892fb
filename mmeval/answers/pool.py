"""Warm worker processes that can be killed: where sympy runs.

A plain subprocess per worker with JSON lines on its pipes: no fork of a threaded parent,
no pickle, no signal handler, so it works from any thread and from asyncio. A worker that
overruns its time is killed and replaced; the pair is tried once more alone, so that a
busy machine does not decide; then it is `undecided` with the reason `time`.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmeval.answers.compare import Result
from mmeval.answers.policies import DEFAULT, Policies

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one comparison may cost in a worker."""

    seconds: float = 2.0
    """Wall time; the counted limits of the tree come first."""
    start_seconds: float = 60.0
    """Wall time for a worker to import sympy."""
    memory_bytes: int = 2 << 30
    """Address space of a worker."""
    pairs_per_worker: int = 500
    """After so many a worker is replaced: sympy's caches grow."""


OVERRUN = Result(outcome="undecided", rule="sympy", reason="time")
DIED = Result(outcome="undecided", rule="sympy, worker died", reason="size")


class Worker:
    """One process; used by one thread at a time."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.served = 0
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mmeval.answers.worker", str(limits.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
            encoding="utf-8",
        )
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self.ready = False
        self.died = False

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.put(line)
        self.lines.put("")  # the end: the process is gone

    def ask(self, pair: Pair, policies: Policies) -> Result | None:
        """The result; None when the time is over or the process died. Then it is dead."""
        if not self.ready and self._next(self.limits.start_seconds) is None:
            return None
        self.ready = True
        request = {"a": pair[0], "b": pair[1], "policies": asdict(policies)}
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except OSError:
            self.died = True
            self.kill()
            return None
        row = self._next(self.limits.seconds)
        self.served += 1
        return None if row is None else Result(**row)

    def _next(self, seconds: float) -> dict[str, Any] | None:
        try:
            line = self.lines.get(timeout=seconds)
            self.died = not line  # by itself: out of memory, or it could not start
        except queue.Empty:
            line = ""
        if not line:
            self.kill()
            return None
        row: dict[str, Any] = json.loads(line)
        return row

    @property
    def spent(self) -> bool:
        """Whether it is dead or has served its share."""
        return self.process.poll() is not None or self.served >= self.limits.pairs_per_worker

    def kill(self) -> None:
        """Ends the process at once and reaps it."""
        self.process.kill()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):  # the pipe broke with the process
                self.process.stdin.close()
        self.process.wait()


class Pool:
    """Workers started when first needed; every method may be called from any thread."""

    def __init__(self, workers: int = 1, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.size = workers
        self.idle: list[Worker] = []
        self.lock = threading.Lock()
        self.slots = threading.BoundedSemaphore(workers)
        self.alone = threading.Lock()

    def warm(self) -> None:
        """Starts the workers and waits until they are ready."""
        self.compare_many([("x", "y")] * self.size)

    def compare(self, a: str, b: str, policies: Policies = DEFAULT) -> Result:
        """The result with sympy at hand; `undecided` with `time` when it takes too long."""
        with self.slots:
            result = self._once((a, b), policies)
        if result is None or result.rule == DIED.rule:
            result = self._alone((a, b), policies)
        return result or OVERRUN

    def compare_many(self, pairs: Sequence[Pair], policies: Policies = DEFAULT) -> list[Result]:
        """The results in order, the workers side by side."""
        if not pairs:
            return []
        with ThreadPoolExecutor(self.size) as threads:
            return list(threads.map(lambda pair: self.compare(pair[0], pair[1], policies), pairs))

    def _alone(self, pair: Pair, policies: Policies) -> Result | None:
        """Once more while no other worker of this pool runs."""
        with self.alone:
            for _ in range(self.size):
                self.slots.acquire()
            try:
                return self._once(pair, policies)
            finally:
                for _ in range(self.size):
                    self.slots.release()

    def _once(self, pair: Pair, policies: Policies) -> Result | None:
        with self.lock:
            worker = self.idle.pop() if self.idle else None
        if worker is None or worker.spent:
            if worker is not None:
                worker.kill()
            worker = Worker(self.limits)
        try:
            result = worker.ask(pair, policies)
            return DIED if result is None and worker.died else result
        finally:
            if worker.spent:
                worker.kill()
            else:
                with self.lock:
                    self.idle.append(worker)

    def close(self) -> None:
        """Ends the idle workers."""
        with self.lock:
            idle, self.idle = self.idle, []
        for worker in idle:
            worker.kill()


_shared: Pool | None = None
_shared_lock = threading.Lock()


def shared_pool() -> Pool:
    """The process's own pool: as many workers as cores, four at most."""
    global _shared  # noqa: PLW0603 - one pool a process, made when first needed
    with _shared_lock:
        if _shared is None:
            _shared = Pool(min(4, os.cpu_count() or 1))
            atexit.register(_shared.close)
        return _shared
