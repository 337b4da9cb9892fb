"""Verbs in processes of their own that are killed, or have no room on the disk."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time

from mmeval import cli


def child(words: list[str], limit: int | None = None) -> int:
    """The pid of a process that does `mmeval WORDS`: a fork, which need not import anything."""
    pid = os.fork()
    if pid:
        return pid
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)
        sys.stdout = sys.stderr = os.fdopen(os.dup(null), "w")  # a test's own are files
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        sys.argv = ["mmeval", *words]
        cli.main()
    except SystemExit as ended:
        os._exit(ended.code if isinstance(ended.code, int) else 0)
    except BaseException:  # noqa: BLE001 - a traceback is what 99 stands for
        os._exit(99)
    os._exit(98)


def ended(pid: int) -> int:
    """The status of a child; negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed(words: list[str], seconds: float) -> bool:
    """Whether a process was there to be killed after so many seconds."""
    pid = child(words)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return ended(pid) == -signal.SIGKILL


def took(words: list[str]) -> float:
    """Seconds of a child that is left alone."""
    begin = time.monotonic()
    assert ended(child(words)) == 0, words
    return time.monotonic() - begin
