"""A process that answers a line by a line: it is asked, ends by itself, or is killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmeval.answers.line_process import LineProcess

ECHO = """
import json, sys
for line in sys.stdin:
    row = json.loads(line)
    if row == {"end": True}:
        break
    if row != {"silent": True}:
        print(json.dumps({"got": row, "arguments": sys.argv[1:]}), flush=True)
"""


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LineProcess:
    (tmp_path / "echo_worker.py").write_text(ECHO)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return LineProcess("echo_worker", "one", "two")


def test_a_row_is_answered_by_a_row(echo: LineProcess) -> None:
    assert echo.send({"a": "½"})
    assert echo.receive(30) == {"got": {"a": "½"}, "arguments": ["one", "two"]}
    echo.kill()
    assert echo.process.returncode is not None


def test_silence_is_no_death(echo: LineProcess) -> None:
    assert echo.send({"silent": True})
    assert echo.receive(0.05) is None
    assert not echo.died
    assert echo.send({"b": 1})
    assert echo.receive(30) is not None
    echo.kill()


def test_one_that_ends_by_itself_has_died(echo: LineProcess) -> None:
    assert echo.send({"end": True})
    assert echo.receive(30) is None
    assert echo.died
    assert not echo.send({"a": 1})
    with pytest.raises(ProcessLookupError):
        os.kill(echo.process.pid, 0)


def test_a_module_that_cannot_be_started_has_died() -> None:
    missing = LineProcess("mmeval.no_such_worker")
    assert missing.receive(30) is None
    assert missing.died
