"""What reaches a terminal, a closed pipe or a full disk, and the status that says so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mmeval.run_folder import RunDir
from tests.builders.made_runs import Made, make_run

POISON = "a\x1b]0;X\x07\x1b[2J\x9b31m\u202eb\u2066c\rd\x08e\x7f\ud83d@team"
NEVER = [b"\x1b", b"\x07", b"\x08", b"\x0d", b"\x7f", b"\xc2\x9b"]
NEVER += ["\u202e".encode(), "\u2066".encode()]
GATE = "gate --candidate b --max-drop 1 --baseline"
VERBS = (
    *("list", "models", "show gsm8k", "leaderboard a b", "leaderboard a --json", "compare a b"),
    *("analyse accuracy a", "audit a", "report a --out site", "judge a", "equal 1 2", "--help"),
    *("--version", f"{GATE} a", f"{GATE} b", f"{GATE} nowhere", "run --resume a", "figures --help"),
)


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, letters in (("a", "R" * 40), ("b", "W" * 40)):
        make_run(Path(name), Made(letters=letters, checkers=("mmeval/1",)))


def shell(call: str, redirected: str) -> subprocess.CompletedProcess[bytes]:
    line = f"{sys.executable} -m mmeval.cli {call} {redirected}"
    return subprocess.run(["bash", "-c", line], capture_output=True, check=False, timeout=120)


@pytest.mark.parametrize("call", VERBS)
def test_a_closed_or_full_stream_gives_no_traceback_and_no_verdict(call: str) -> None:
    usual = shell(call, "").returncode
    full = "2>err >/dev/full", 2 if call.startswith("gate") else 1
    for redirected, status in (
        *((">&- 2>err", usual), ("2>&-", usual), ("2>/dev/full", usual), ("<&- >&- 2>&-", usual)),
        full if usual != 2 else (full[0], 2),
    ):
        done = shell(call, redirected)
        told = done.stdout + done.stderr
        told += Path("err").read_bytes() if "err" in redirected else b""
        assert b"Traceback" not in told and b"Exception ignored" not in told, redirected
        assert done.returncode == status, (redirected, told)
        if status and usual != status:
            assert b"stdout" in told


def test_a_pipe_that_is_closed_ends_quietly_and_is_no_regression() -> None:
    script = f"{sys.executable} -m mmeval.cli {{}} 2>err | true; echo ${{{{PIPESTATUS[0]}}}}"
    for call, statuses in ((f"{GATE} a", {1, 2}), (f"{GATE} b", {0, 2, 3}), ("list", {0, 1})):
        done = subprocess.run(
            ["bash", "-c", script.format(call)], capture_output=True, text=True, check=True
        )
        assert int(done.stdout) in statuses and "Traceback" not in Path("err").read_text()


@pytest.mark.parametrize(
    "more",
    ["--junit /proc/nowhere/x", "--junit a", "--markdown a/manifest.json/x", "--checker nope"],
)
def test_what_hinders_the_gate_is_no_regression(more: str) -> None:
    assert shell(f"{GATE} a", "").returncode == 1, "it has regressed"
    done = shell(f"{GATE} a {more}", "")
    assert done.returncode == 2 and done.stderr.startswith(b"mmeval: ")


def poisoned(name: str) -> None:
    """Every text of a run's folder that a verb may show."""
    made = Made(
        letters="RW" * 20,
        benchmark=POISON,
        model=POISON,
        checkers=("mmeval/1",),
        texts=[POISON] * 40,
    )
    run: RunDir = make_run(Path(name), made)
    manifest = run.manifest()
    manifest["engine"] |= dict.fromkeys(("version", "dtype", "mode", "device"), POISON)
    manifest["prompt"] = {"name": POISON}
    manifest["identity"] |= {"split": POISON, "data": POISON}
    manifest["command"] = POISON
    run.write_manifest(manifest)
    summary = run.summary()
    summary |= {"model": POISON, "benchmark": POISON, "split": POISON, "clustered": POISON}
    run.write_summary(summary)


@pytest.mark.parametrize(
    "call",
    [
        *("leaderboard bad", "leaderboard bad --json", "leaderboard bad --format csv"),
        *("leaderboard bad --format markdown", "leaderboard bad --format model-card"),
        *(
            "judge bad",
            "audit bad",
            "audit bad --json",
            "compare bad worse",
            "analyse accuracy bad",
        ),
        "gate --baseline bad --candidate worse --max-drop 1 --junit j.xml --markdown m.md",
        "gate --baseline bad --candidate worse --max-drop 1 --json",
        *("report bad --out site", "run --resume bad", "leaderboard bad --format csv --out o.csv"),
        *("judge r.jsonl --text t --gold g", "run --config c.yaml", "study c.yaml --plan"),
    ],
)
def test_no_escape_code_reaches_a_stream_or_a_table(call: str) -> None:
    poisoned("bad")
    poisoned("worse")
    Path("c.yaml").write_text(json.dumps({POISON: POISON}))
    Path("r.jsonl").write_text(json.dumps({"t": POISON, "g": POISON}) + "\n")
    done = shell(call, "")
    files = [Path(name) for name in ("j.xml", "m.md", "o.csv")]
    told = [done.stdout, done.stderr, *(each.read_bytes() for each in files if each.exists())]
    for text in told:
        assert not [each for each in NEVER if each in text], text
        assert b"Traceback" not in text
    if call.endswith("--json") and done.returncode != 2:
        json.loads(done.stdout)
    if Path("m.md").exists():
        assert "@team" not in Path("m.md").read_text()
