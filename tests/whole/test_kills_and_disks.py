"""Killed at a chosen row, and left without room: what comes after is what would have been."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from mmeval.run_folder import RunDir
from tests.builders.child_processes import child, ended
from tests.builders.damaged_folders import said
from tests.builders.whole_folders import replay_words, replayed_run

ROWS = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return replayed_run(tmp_path_factory.mktemp("whole"), ROWS).path


def words(whole: Path, out: Path) -> list[str]:
    return replay_words(whole.parent / "responses.jsonl", out, ROWS)


def stopped_after(pid: int, file: Path, sign: signal.Signals) -> None:
    """Sends a signal once the file is there, or when the process has ended before."""
    until = time.monotonic() + 60
    while not file.exists() and time.monotonic() < until:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
    os.kill(pid, sign)


@pytest.mark.parametrize("file", ["lock", "problems.jsonl", "generations.jsonl", "verdicts"])
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_goes_on_to_the_same_end(
    file: str, sign: signal.Signals, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    pid = child(words(whole, out))
    stopped_after(pid, out / file, sign)
    assert ended(pid) in (0, 130, -sign)
    assert ended(child(words(whole, out))) == 0
    assert said(RunDir(out)) == said(RunDir(whole))


@pytest.mark.parametrize("share", [0, 0.01, 0.2, 0.5, 0.9, 0.99])
def test_a_full_disk_loses_nothing(share: float, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    largest = max(path.stat().st_size for path in whole.rglob("*") if path.is_file())
    statuses = [ended(child(words(whole, out), int(share * largest))) for _ in range(2)]
    assert set(statuses) <= {1, 2}, statuses
    assert ended(child(words(whole, out))) == 0
    assert said(RunDir(out)) == said(RunDir(whole))


def test_a_judge_that_is_killed_leaves_the_old_verdicts_or_the_new(
    whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    wanted = said(RunDir(whole))
    for wait in (0.0, 0.005, 0.02, 0.05):
        pid = child(["judge", str(out)])
        time.sleep(wait)
        os.kill(pid, signal.SIGKILL)
        ended(pid)
        assert said(RunDir(out)) == wanted
