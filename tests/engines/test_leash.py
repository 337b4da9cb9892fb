"""Nothing that an engine started outlives a run that was killed with -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mmeval.engines.leash import Leash, children

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc here")

PARENT = """
import subprocess, sys
from mmeval.engines.leash import Leash, children
before = children()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
leash = Leash(children().items() - before.items())
print(child.pid, flush=True)
if sys.argv[1] == "release":
    leash.release()
    leash.release()
    print("released", flush=True)
sys.stdin.read()
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid: int) -> bool:
    until = time.monotonic() + 20
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


@pytest.mark.parametrize("held", [True, False])
def test_a_child_dies_with_a_killed_parent_unless_it_was_released(held: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, "hold" if held else "release"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        if not held:
            assert parent.stdout.readline() == "released\n"
        assert alive(child)
        parent.kill()
        parent.wait()
        if held:
            assert gone(child)
        else:
            time.sleep(0.5)
            assert alive(child)
            os.kill(child, signal.SIGKILL)


def test_a_thread_that_ends_while_its_children_are_listed_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the thread does in which an engine's package is imported while the run begins."""
    read_text, ended = Path.read_text, list[Path]()

    def ends(path: Path, *args: Any, **kwargs: Any) -> str:
        if path.name == "children" and not ended:
            ended.append(path)
            raise FileNotFoundError(path)
        return read_text(path, *args, **kwargs)

    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        monkeypatch.setattr(Path, "read_text", ends)
        assert child.pid in children()
    assert ended


def test_only_the_process_that_was_meant_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        assert child.pid in children()
        leash = Leash([(child.pid, "1")])  # the number of one that ended, and began otherwise
        assert leash._watcher is not None and leash._watcher.stdin is not None
        leash._watcher.stdin.close()
        leash._watcher.wait()
        assert alive(child.pid)
        child.kill()
    assert children() == {} or child.pid not in children()
