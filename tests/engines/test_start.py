"""An engine from its start to its end, and what stops it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmeval.engines.leash import children
from mmeval.engines.start import EngineStart, foreign, resumable
from mmeval.errors import DataError, EngineError, RunFailed, RunInterrupted


class Engine:
    """Has a process of its own, and prints as C does, past Python."""

    def __init__(self) -> None:
        os.write(1, b"starting\n")
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
        )

    def close(self) -> None:
        os.write(1, b"closing\n")
        self.process.communicate()


def test_what_it_prints_is_logged_and_its_process_is_on_a_leash(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before, log = children(), tmp_path / "engine.log"
    start = EngineStart("replay")
    with pytest.raises(ValueError, match="stopped early"), start.opened(Engine, log, print) as it:
        if before:  # this system tells who is whose child
            [watcher] = children().keys() - before.keys() - {it.process.pid}
            told = Path(f"/proc/{watcher}/cmdline").read_bytes().split(b"\0")
            assert any(each.startswith(b"%d:" % it.process.pid) for each in told)
        raise ValueError("stopped early")
    assert it.process.returncode is not None
    assert children().keys() <= before.keys()
    assert log.read_text() == "starting\nclosing\n"
    assert capfd.readouterr().out == ""


def test_an_engine_that_cannot_start_is_told_with_the_end_of_its_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def opening() -> Engine:
        os.write(1, b"no room on the device\n")
        raise IndexError("17")

    start, log = EngineStart("replay"), tmp_path / "engine.log"
    with (
        pytest.raises(EngineError, match=r"could not start: IndexError: 17; its log is .*\n  \|"),
        start.opened(opening, log, print),
    ):
        pass
    assert "no room on the device" in log.read_text() and capfd.readouterr().out == ""


def test_what_an_engine_raises_of_its_own_is_an_engine_error(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    with pytest.raises(EngineError, match="the engine x died: KeyError: 'a'"), foreign("x", log):
        raise KeyError("a")
    assert "Traceback" in log.read_text()
    with pytest.raises(DataError), foreign("x", log):
        raise DataError("a row")


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (KeyboardInterrupt(), RunInterrupted, "interrupted; interrupted, same command"),
        (OSError("disk full"), RunFailed, "disk full\nfailed, same command"),
        (EngineError("it died"), EngineError, "it died\nfailed, same command"),
        (DataError("mend it"), DataError, "mend it"),
        (ZeroDivisionError("a fault of ours"), ZeroDivisionError, "a fault of ours"),
    ],
)
def test_what_stops_a_run_says_how_to_go_on(
    error: BaseException, kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind) as found, resumable(lambda status: f"{status}, same command"):
        raise error
    assert type(found.value) is kind and str(found.value) == told
