"""Warm worker processes that can be killed: where sympy runs.

A pair has one budget, in processor time of its worker, which on an idle machine is wall time: a
busy machine makes it later, not different. When half of it is over no further pair is started
until this one is done, so that it runs alone; at the end its worker is killed and replaced,
and it is `undecided` with the reason `time`.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from mmeval.answers.comparison.match import Result
from mmeval.answers.comparison.policies import DEFAULT, Policies
from mmeval.answers.line_process import LineProcess

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one comparison may cost in a worker."""

    seconds: float = 2.0
    """Processor time of a pair in all; wall time where the system does not report it, and in
    any case no more than twice as much wall time. The counted limits of the tree come first.
    The start of a worker is not in it."""
    start_seconds: float = 60.0
    """Wall time for a worker to import sympy."""
    memory_bytes: int = 2 << 30
    """Address space of a worker."""
    pairs_per_worker: int = 500
    """After so many a worker is replaced: sympy's caches grow."""


_BUSY = 2.0
"""Times its budget: the wall time of a pair on a machine too busy to give it processor time."""
_TICK = 0.02
"""Seconds: the shortest wait for more processor time, which is reported in steps of 0.01."""
OVERRUN = Result(outcome="undecided", rule="sympy", reason="time")
DIED = Result(outcome="undecided", rule="sympy, worker died", reason="size")


class Worker(LineProcess):
    """One process that compares, killed when it has used up a budget."""

    def __init__(self, limits: Limits) -> None:
        super().__init__("mmeval.answers.comparison.worker", str(limits.memory_bytes))
        self.limits = limits
        self.served = 0
        self.ready = False
        self.used_before: float | None = None
        """Its processor time before its pair; None where the system does not report it."""
        self.sent_at = 0.0

    def ask(self, pair: Pair, policies: Policies) -> bool:
        """Hands it a pair once it has started; False when it did not, or is dead."""
        if not self.ready and self.receive(self.limits.start_seconds) is None:
            self.kill()
            return False
        self.ready = True
        self.used_before, self.sent_at = processor_seconds(self.process.pid), time.monotonic()
        if not self.send({"a": pair[0], "b": pair[1], "policies": asdict(policies)}):
            return False
        self.served += 1
        return True

    def answer(self, seconds: float) -> Result | None:
        """The result; None if there is none after that much wall time, or it `died`."""
        row = self.receive(seconds)
        return None if row is None else Result(**row)

    def last_answer(self) -> Result | None:
        """The result; None when its budget is over, or it `died`."""
        while not self.died and (left := self._left()) > 0:
            result = self.answer(max(left, _TICK))
            if result is not None:
                return result
        return None

    def _left(self) -> float:
        """Seconds of its budget, all of which it can use up in as much wall time."""
        wall = time.monotonic() - self.sent_at
        used = wall
        now = processor_seconds(self.process.pid)
        if self.used_before is not None and now is not None:
            used = now - self.used_before
        return min(self.limits.seconds - used, _BUSY * self.limits.seconds - wall)

    @property
    def spent(self) -> bool:
        """Whether it is dead or has served its share."""
        return self.process.poll() is not None or self.served >= self.limits.pairs_per_worker


def processor_seconds(pid: int) -> float | None:
    """Processor time of a process so far; None without /proc, or without that process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # its name before them may hold anything
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Gate:
    """Lets a number of pairs run side by side, and no further one in while one must run alone."""

    def __init__(self, size: int) -> None:
        self.size = self.free = size
        self.slow = 0
        self.changed = threading.Condition()

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Waits for a place, and holds it."""
        with self.changed:
            self.changed.wait_for(lambda: self.free > 0 and not self.slow)
            self.free -= 1
        try:
            yield
        finally:
            with self.changed:
                self.free += 1
                self.changed.notify_all()

    @contextlib.contextmanager
    def shut(self, wait: bool = False) -> Iterator[None]:
        """Keeps others out meanwhile; with `wait` (for a caller without a place) waits until all
        are out."""
        with self.changed:
            self.slow += 1
            if wait:
                self.changed.wait_for(lambda: self.free == self.size)
                self.free -= 1
        try:
            yield
        finally:
            with self.changed:
                self.slow -= 1
                self.free += wait
                self.changed.notify_all()


class Pool:
    """Workers started when first needed; every method may be called from any thread."""

    def __init__(self, workers: int = 1, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.size = workers
        self.idle: list[Worker] = []
        self.lock = threading.Lock()
        self.gate = Gate(workers)

    def warm(self) -> None:
        """Starts the workers and waits until they are ready."""
        self.compare_many([("x", "y")] * self.size)

    def compare(self, a: str, b: str, policies: Policies = DEFAULT) -> Result:
        """The result with the help of sympy; `undecided` with `time` if it takes too long."""
        with self.gate.entered():
            result = self._tried((a, b), policies)
        if result == DIED:  # perhaps others took the memory: once more, alone
            with self.gate.shut(wait=True):
                result = self._tried((a, b), policies)
        return result

    def compare_many(self, pairs: Sequence[Pair], policies: Policies = DEFAULT) -> list[Result]:
        """The results in order, the workers side by side."""
        if not pairs:
            return []
        with ThreadPoolExecutor(self.size) as threads:
            return list(threads.map(lambda pair: self.compare(pair[0], pair[1], policies), pairs))

    def _tried(self, pair: Pair, policies: Policies) -> Result:
        worker = self._worker()
        try:
            result = None
            if worker.ask(pair, policies):
                result = worker.answer(self.limits.seconds / 2)
                if result is None:
                    with self.gate.shut():
                        result = worker.last_answer()
            if result is None:
                worker.kill()
                result = DIED if worker.died else OVERRUN
            return result
        finally:
            self._give_back(worker)

    def _worker(self) -> Worker:
        with self.lock:
            worker = self.idle.pop() if self.idle else None
        if worker is not None and not worker.spent:
            return worker
        if worker is not None:
            worker.kill()
        return Worker(self.limits)

    def _give_back(self, worker: Worker) -> None:
        if worker.spent:
            worker.kill()
            return
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


def _forget() -> None:
    """In a child that was forked: its parent's workers and locks, perhaps held by a thread that
    the child has not, are not its own."""
    global _shared, _shared_lock
    _shared, _shared_lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget)


def shared_pool() -> Pool:
    """The process's own pool: as many workers as cores, four at most."""
    global _shared  # noqa: PLW0603 - one pool a process, made when first needed
    with _shared_lock:
        if _shared is None:
            _shared = Pool(min(4, os.cpu_count() or 1))
            atexit.register(_shared.close)
        return _shared
