"""`mmeval study` does its steps in order, keeps what is done, and says what failed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mmeval.study.lanes import this_machine
from tests.builders.source_tree import ROOT

STUDY = """
study: tiny
results:
  first: list --json
  second: show {first}
  third: leaderboard {result.first}
common:
  first: math500
"""


AS_IN_A_TERMINAL = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from mmeval.cli import main; main()"
)
"""A shell lets what it starts in the background ignore Ctrl-C."""


def study(folder: Path, *options: str, text: str = STUDY) -> subprocess.CompletedProcess[str]:
    """`mmeval study` in a folder of its own."""
    file = folder / "tiny.yaml"
    file.write_text(text)
    command = [sys.executable, "-m", "mmeval.cli", "study", str(file), *options]
    root = ROOT
    env = os.environ | {"PYTHONPATH": str(root), "COLUMNS": "80"}
    return subprocess.run(command, cwd=folder, env=env, text=True, capture_output=True, check=False)


GOOD = STUDY.replace("  third: leaderboard {result.first}\n", "")


def test_a_study_is_done_once_and_its_results_are_kept(tmp_path: Path) -> None:
    first = study(tmp_path, text=GOOD)
    assert first.returncode == 0, first.stderr
    made = tmp_path / "studies" / "tiny" / "results"
    assert json.loads((made / "first.json").read_text())
    assert "math500" in (made / "second.txt").read_text()
    assert "[1/2] results/first" in first.stderr
    assert "everything is in studies/tiny" in first.stdout
    again = study(tmp_path, text=GOOD)
    assert again.stderr.count("done before") == 2
    changed = study(tmp_path, text=GOOD.replace("first: math500", "first: gsm8k"))
    assert changed.stderr.count("done before") == 1
    assert "1,319" in (made / "second.txt").read_text()
    (made / "first.json").unlink()
    assert (
        study(tmp_path, text=GOOD.replace("first: math500", "first: gsm8k")).stderr.count(
            "done before"
        )
        == 1
    )


RUNS = """
study: tiny
runs:
  theirs: >-
    run --model me --engine replay --responses said.jsonl --text said --benchmark asked.jsonl
    --max-tokens 64
results:
  board.md: leaderboard {runs} --format markdown
"""


def test_what_an_edited_command_made_before_is_kept_beside_the_study(tmp_path: Path) -> None:
    (tmp_path / "asked.jsonl").write_text('{"question": "2 and 3?", "answer": "5"}\n')
    (tmp_path / "said.jsonl").write_text('{"question": "2 and 3?", "said": "5"}\n')
    assert study(tmp_path, text=RUNS).returncode == 0
    edited = study(tmp_path, text=RUNS.replace("64", "32"))
    assert edited.returncode == 0, edited.stderr
    kept = "studies/tiny.replaced/runs--theirs-1"
    assert f"what another command made there is in {kept} now" in edited.stderr
    for folder, tokens in ((kept, 64), ("studies/tiny/runs/theirs", 32)):
        [manifest] = (tmp_path / folder).rglob("manifest.json")
        assert f'"max_tokens": {tokens}' in manifest.read_text()
    again = study(tmp_path, text=RUNS.replace("64", "32"))
    assert again.stderr.count("done before") == 2


def test_a_slip_in_an_edited_command_moves_nothing(tmp_path: Path) -> None:
    (tmp_path / "asked.jsonl").write_text('{"question": "2 and 3?", "answer": "5"}\n')
    (tmp_path / "said.jsonl").write_text('{"question": "2 and 3?", "said": "5"}\n')
    assert study(tmp_path, text=RUNS).returncode == 0
    slip = study(tmp_path, text=RUNS.replace("said.jsonl", "nobody.jsonl"))
    assert "runs/theirs failed with exit status 2" in slip.stderr
    assert list((tmp_path / "studies/tiny/runs/theirs").rglob("manifest.json"))
    assert not list((tmp_path / "studies/tiny.replaced").iterdir())
    # What was wrong is mended outside the file: the same command goes on.
    (tmp_path / "nobody.jsonl").write_text('{"question": "2 and 3?", "said": "6"}\n')
    again = study(tmp_path, text=RUNS.replace("said.jsonl", "nobody.jsonl"))
    assert again.returncode == 0, again.stderr


def test_a_step_that_fails_ends_the_study_with_its_last_words_and_is_tried_again(
    tmp_path: Path,
) -> None:
    for attempt in range(2):
        failed = study(tmp_path)
        assert failed.returncode == 1
        line = failed.stderr.splitlines()[-1]
        assert "results/third failed with exit status 2" in line
        assert "not a run folder" in line
        assert "run the same command to resume" in line
        assert failed.stderr.count("done before") == 2 * attempt
    assert not list((tmp_path / "studies").rglob("*.half"))


def test_the_plan_shows_every_command_and_what_it_costs_without_doing_one(tmp_path: Path) -> None:
    text = "study: s\nseeds: [0, 1]\nruns:\n  a: run --model m --seed {seed} --benchmark gsm8k"
    planned = study(tmp_path, "--plan", text=text)
    assert planned.returncode == 0, planned.stderr
    assert "s: 2 steps, seeds 0, 1, in studies/s" in planned.stdout
    assert "generating: 2,638 answers, at most 1,350,656 tokens" in planned.stdout
    assert "1,319 problems with one seed show a difference of 3." in planned.stdout
    assert all(len(line) <= 80 for line in planned.stdout.splitlines())
    assert not (tmp_path / "studies").exists()


def test_the_plan_of_a_study_that_trains_says_that_seeds_differ(tmp_path: Path) -> None:
    text = (
        "study: s\nmodels:\n  a: train sft --model m --data x=x.jsonl --seed {seed}\n"
        "runs:\n  r: run --model {model.a} --benchmark gsm8k"
    )
    planned = study(tmp_path, "--plan", text=text)
    assert planned.returncode == 0, planned.stderr
    assert "another seed changes it besides" in planned.stdout
    assert all(len(line) <= 80 for line in planned.stdout.splitlines())


def test_commands_are_printed_for_a_scheduler_in_blocks(tmp_path: Path) -> None:
    lines = study(tmp_path, "--commands").stdout.splitlines()
    assert lines == [
        "# block 1: nothing in it waits for another line of it",
        "mmeval list --json > studies/tiny/results/first.json",
        "mmeval show math500 > studies/tiny/results/second.txt",
        "# block 2: nothing in it waits for another line of it",
        "mmeval leaderboard studies/tiny/results/first.json --out studies/tiny/results/third",
    ]


def test_one_step_may_be_done_alone_once_what_it_needs_is_there(tmp_path: Path) -> None:
    early = study(tmp_path, "--step", "results/third")
    assert early.returncode == 2
    assert "results/third needs results/first, which is not done" in early.stderr
    assert study(tmp_path, "--step", "results/first").returncode == 0
    rows = json.loads(study(tmp_path, "--json").stdout)
    assert [(row["id"], row["done"]) for row in rows] == [
        ("results/first", True),
        ("results/second", False),
        ("results/third", False),
    ]
    wrong = study(tmp_path, "--step", "results/frist")
    assert wrong.returncode == 2
    assert "no step is called 'results/frist'" in wrong.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("study: [", "is not YAML"),
        ("study: a\nruns: {x: run --modle m}", "runs/x: mmeval run: No such option '--modle'"),
        ("study: a\nruns: {x: rum --model m}", "rum --model: no verb is called 'rum'"),
        ("study: a\nruns: {x: run --model m extra}", "runs/x: mmeval run does not take 'extra'"),
    ],
)
def test_a_slip_shows_before_the_first_step(tmp_path: Path, text: str, reason: str) -> None:
    refused = study(tmp_path, text=text)
    assert refused.returncode == 2
    (line,) = refused.stderr.splitlines()
    assert reason in line
    assert not (tmp_path / "studies").exists()


ASKING = "run --model m --engine openai --benchmark wordproblems --limit 1 --engine-arg base_url="


@contextmanager
def begun(
    folder: Path, text: str, *options: str
) -> Iterator[tuple[subprocess.Popen[str], socket.socket]]:
    """A study that goes on beside the test, and a server for {server} that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(120)
        file = folder / "s.yaml"
        file.write_text(text.replace("{server}", f"http://127.0.0.1:{server.getsockname()[1]}/v1"))
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", AS_IN_A_TERMINAL, "study", str(file), *options]
        with subprocess.Popen(
            command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            try:
                yield process, server
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


def interrupted(process: subprocess.Popen[str]) -> str:
    """What it says after Ctrl-C, which it must survive in good order."""
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "the same command resumes it" in said
    return said


def test_an_interrupted_study_says_how_to_go_on(tmp_path: Path) -> None:
    text = f"study: s\nruns:\n  slow: {ASKING}{{server}}\nresults:\n  b: list"
    with begun(tmp_path, text) as (process, server), server.accept()[0]:
        interrupted(process)
    assert not (tmp_path / "studies" / "s" / "results" / "b.txt").exists()


needs_two_cores = pytest.mark.skipif(
    len(this_machine().cores) < 2, reason="two steps at once need two cores"
)


@needs_two_cores
def test_two_steps_are_done_at_once_and_what_needs_them_waits(tmp_path: Path) -> None:
    text = (
        f"study: s\nruns:\n  one: {ASKING}{{server}}\n  two: {ASKING}{{server}}\n"
        "results:\n  b: leaderboard {run.one} {run.two} --format markdown"
    )
    with (
        begun(tmp_path, text, "--jobs", "2") as (process, server),
        server.accept()[0],
        server.accept()[0],  # the second is asked for while the first waits for its answer
    ):
        said = interrupted(process)
    assert "[1/3] runs/one" in said
    assert "[2/3] runs/two" in said
    assert "results/b" not in said


@needs_two_cores
def test_a_failure_is_told_while_the_other_step_is_waited_for(tmp_path: Path) -> None:
    text = (
        f"study: s\nruns:\n  one: {ASKING}{{server}}\n  two: run --model m --engine replay "
        "--responses nowhere.jsonl --benchmark wordproblems\n  three: run --model nobody"
    )
    with begun(tmp_path, text, "--jobs", "2") as (process, server), server.accept()[0]:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line.strip())
            if "nothing else begins" in line:
                break
        assert "runs/two failed with exit status 2" in lines[-2]
        assert lines[-1] == "nothing else begins; waiting for runs/one"
        assert not any("runs/three" in line for line in lines)
        interrupted(process)


@needs_two_cores
def test_steps_done_at_once_make_what_they_make_one_by_one(tmp_path: Path) -> None:
    for jobs in ("1", "2"):
        (tmp_path / jobs).mkdir()
        done = study(tmp_path / jobs, "--jobs", jobs, text=GOOD)
        assert done.returncode == 0, done.stderr
        assert "2 of 2 steps are done" in done.stdout
    for name in ("first.json", "second.txt"):
        one, two = (tmp_path / jobs / "studies/tiny/results" / name for jobs in ("1", "2"))
        assert one.read_text() == two.read_text()


def test_two_processes_do_not_do_one_study_at_once(tmp_path: Path) -> None:
    from filelock import FileLock

    folder = tmp_path / "studies" / "tiny"
    folder.mkdir(parents=True)
    with FileLock(folder / "lock"):
        refused = study(tmp_path, text=GOOD)
    assert refused.returncode == 2
    assert "is writing to" in refused.stderr
