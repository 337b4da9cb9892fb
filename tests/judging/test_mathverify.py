"""Math-Verify in a process of its own: asked, killed when it hangs, replaced when it dies."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mmeval.errors import MissingPackage
from mmeval.judging.mathverify import MathVerify
from mmeval.records import Generation

FAKE = """
import logging, os, time

def parse(text, *args, **kwargs):
    print("noise on stdout")
    if "HANG" in text: time.sleep(300)
    if "DIE" in text: os._exit(3)
    if "RAISE" in text: raise RuntimeError("no")
    if "SLOW" in text: logging.getLogger("math_verify.parser").warning("Timeout during parsing: x")
    said = text.strip("$").split()[-1:]
    return [] if said in ([], ["nothing"]) else [object(), said[0]]

def verify(gold, found):
    return gold[-1] == found[-1]
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the package, so that its process is tested where it is not installed."""
    (tmp_path / "math_verify").mkdir()
    (tmp_path / "math_verify" / "__init__.py").write_text(FAKE)
    before = filter(None, [os.environ.get("PYTHONPATH")])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *before]))
    monkeypatch.syspath_prepend(str(tmp_path))


def outcomes(column: MathVerify, *texts: str, gold: str = "7") -> list[tuple[str, str | None]]:
    pairs = [(Generation(problem_id="p", text=each, finish="stop"), gold) for each in texts]
    return [(each.outcome, each.extracted) for each in column.verdicts(pairs)]


@pytest.mark.usefixtures("fake")
def test_math_verify_is_asked_in_a_process_that_lives_on() -> None:
    with MathVerify() as column:
        assert column.name.startswith("math-verify/")
        assert outcomes(column, "so 7", "so 8", "nothing", "SLOW nothing", "RAISE 7") == [
            ("right", "7"),
            ("wrong", "8"),
            ("no_answer", None),
            ("undecided", None),
            ("failed", None),
        ]
        assert outcomes(column, "so 7", gold="nothing") == [("failed", None)]
        failed = Generation(problem_id="p", finish="error", error="lost")
        [verdict] = column.verdicts([(failed, "7")])
        assert (verdict.outcome, verdict.note) == ("failed", "lost")


@pytest.mark.usefixtures("fake")
def test_math_verify_that_hangs_or_dies_is_replaced() -> None:
    begin = time.monotonic()
    with MathVerify(seconds=0.5) as column:
        assert outcomes(column, "HANG 7", "so 7", "DIE 7", "so 8") == [
            ("undecided", None),
            ("right", "7"),
            ("failed", None),
            ("wrong", "8"),
        ]
    assert time.monotonic() - begin < 60


def test_a_math_verify_that_is_broken_or_missing_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match=r"pip install 'mmeval\[math-verify\]'$"):
        MathVerify()
    monkeypatch.undo()
    (tmp_path / "math_verify.py").write_text("raise ImportError('half installed')")
    before = filter(None, [os.environ.get("PYTHONPATH")])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *before]))
    monkeypatch.syspath_prepend(str(tmp_path))
    with MathVerify() as column, pytest.raises(MissingPackage, match="cannot be started"):
        outcomes(column, "7")


def test_the_real_math_verify_reads_a_text_and_gives_up_on_a_tower() -> None:
    pytest.importorskip("math_verify", reason="Math-Verify is not installed")
    with MathVerify() as column:
        assert outcomes(column, r"so it is $\frac{1}{2}$.", gold="0.5")[0][0] == "right"
        assert outcomes(column, r"so it is $\frac{1}{3}$.", gold="0.5")[0][0] == "wrong"
        assert outcomes(column, "none at all", gold="0.5")[0][0] == "no_answer"
        assert outcomes(column, r"$\boxed{9^{9^{9^9}}}$", gold="1")[0][0] in ("undecided", "wrong")
        assert outcomes(column, "so 7")[0][0] == "right", "alive after that"
