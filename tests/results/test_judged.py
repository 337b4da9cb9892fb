"""Labels of judged runs: no two runs of one task are ever taken for one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mmeval import catalog
from mmeval.cli import mmeval as cli
from mmeval.errors import DataError
from mmeval.judging.judge_run import judge_run
from mmeval.results.compare import compare
from mmeval.results.judged import (
    JudgedRun,
    earlier_revision,
    installed_revision,
    labels,
    load_judged,
)
from mmeval.results.leaderboard import make_leaderboard
from mmeval.results.leaderboard_formats import legend
from mmeval.results.pairing import Terms
from mmeval.run_folder import RunDir
from tests.builders.made_runs import Made, judged_run, make_run


def run(path: str, seed: int | None = None, benchmark: str = "b", model: str = "m") -> JudgedRun:
    facts = {
        "name": model,
        "label": model,
        "training": {"seed": seed} if seed is not None else None,
    }
    return judged_run(Path(path), Made(letters="R", benchmark=benchmark), model=facts)


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ((), []),
        ((run("a"), run("b", model="n")), ["m", "n"]),
        ((run("a"), run("b", benchmark="c")), ["m", "m"]),
        ((run("a", 0), run("b", 1)), ["m, seed 0", "m, seed 1"]),
        ((run("a"), run("b")), ["m [a]", "m [b]"]),
        # A label that is shared in one task has its folder in every task.
        ((run("a"), run("b"), run("z", benchmark="c")), ["m [a]", "m [b]", "m [z]"]),
        ((run("x/a"), run("y/a"), run("y/b")), ["m [x/a]", "m [y/a]", "m [b]"]),
    ],
)
def test_a_label_says_as_little_as_tells_runs_apart(
    runs: tuple[JudgedRun, ...], found: list[str]
) -> None:
    assert labels(runs) == found


def asked(path: str, benchmark: str = "b", **facts: Any) -> JudgedRun:
    """A run of one model that was asked in its own way."""
    model = {"name": "m", "label": "m"}
    return judged_run(Path(path), Made(letters="R", benchmark=benchmark), model=model, **facts)


def test_runs_that_were_asked_otherwise_are_told_apart_by_how(tmp_path: Path) -> None:
    """By their folders the forward and the backward run of one prompt had two names, and
    comparing two prompts forwards and backwards left no reversal gap."""
    chat: dict[str, Any] = {"prompt": {"name": "chat"}}
    plain: dict[str, Any] = {"prompt": {"name": "plain"}}
    short: dict[str, Any] = {"sampling": {"temperature": 0.7, "max_tokens": 64}}
    runs = (asked("a", **chat), asked("b", **plain), asked("c", "backward", **chat))
    assert labels(runs) == ["m [prompt chat]", "m [prompt plain]", "m [prompt chat]"]
    assert labels((asked("a"), asked("b", shots=4))) == ["m [0 shots]", "m [4 shots]"]
    assert labels((asked("a"), asked("b", **short))) == [
        "m [temperature 0, 512 tokens]",
        "m [temperature 0.7, 64 tokens]",
    ]
    # Answers that were there already: the prompt that the user named for them.
    there = (asked("a", config={"prompt": "chat"}), asked("b", config={"prompt": "plain"}))
    assert labels(there) == ["m [prompt chat]", "m [prompt plain]"]
    # Another budget on another benchmark tells no two runs of one task apart.
    assert labels((asked("a"), asked("b", "backward", **short))) == ["m", "m"]
    # What is asked alike is told apart by its folder.
    alike = (asked("a", **chat), asked("b", **chat), asked("c", **plain))
    assert labels(alike) == ["m [prompt chat] [a]", "m [prompt chat] [b]", "m [prompt plain]"]


# What is read of a manifest or a summary has its type, or the folder is refused by name.


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("samples", "two", "Expected int, got str, in the field samples"),
        ("status", None, "Expected str, got null, in the field status"),
        ("identity", {"benchmark": "b"}, "its identity names no benchmark and split"),
        ("data", {"problems": 3}, "missing required field total, in the field data"),
        ("model", {"name": "m", "label": 7}, "Expected str, got int, in the field model.label"),
        ("sampling", {"temperature": -1}, "temperature must be in"),
        ("versions", [], "in the field versions"),
    ],
)
def test_an_edited_manifest_is_refused_with_the_field(
    tmp_path: Path, key: str, value: object, reason: str
) -> None:
    made = make_run(tmp_path / "a", Made(letters="RRW"))
    made.write_manifest(made.manifest() | {key: value})
    with pytest.raises(DataError, match=r"manifest\.json was edited or cut: ") as raised:
        load_judged(made.path)
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("accuracy", 1.0, "the accuracy of a checker is not right / n"),
        ("right", 3, "do not add up to its n"),
        ("low", None, "Expected float, got null"),
    ],
)
def test_an_edited_summary_is_refused_and_can_be_judged_again(
    tmp_path: Path, key: str, value: object, reason: str
) -> None:
    made = make_run(tmp_path / "a", Made(letters="RRW"))
    summary = made.summary()
    [counts] = summary["checkers"].values()
    counts[key] = value
    made.write_summary(summary)
    with pytest.raises(DataError, match=r"summary\.json was edited or cut: ") as raised:
        load_judged(made.path)
    assert reason in str(raised.value)
    assert str(raised.value).endswith(f"judge again: mmeval judge {made.path}")


def test_keys_of_a_newer_version_are_ignored_and_kept(tmp_path: Path) -> None:
    made = make_run(tmp_path / "a", Made(letters="RRW"))
    made.write_manifest(made.manifest() | {"weather": "fair", "status": "running"})
    made.set_status("finished")
    assert made.manifest()["weather"] == "fair"
    assert load_judged(made.path).manifest.finished


def _as_written_before(run: RunDir) -> None:
    """The files of a run without the revisions of its checkers."""
    summary = json.loads(run.summary_file.read_text())
    for row in summary["checkers"].values():
        del row["revision"]
    run.summary_file.write_text(json.dumps(summary))
    file = run.verdicts_file("mmeval/1")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(r) + "\n" for r in rows if r.pop("revision")))


def test_verdicts_of_an_earlier_revision_are_told_apart(tmp_path: Path) -> None:
    old, new = (make_run(tmp_path / name, Made(letters="RW", model=name)) for name in ("o", "n"))
    for run in (old, new):
        judge_run(run, ["mmeval/1"])
    installed = catalog.load("checkers", "mmeval/1").revision
    assert {verdict.revision for verdict in old.verdicts("mmeval/1")} == {installed}
    assert earlier_revision("mmeval/1", load_judged(old.path), load_judged(new.path)) is None
    _as_written_before(old)
    runs = load_judged(old.path), load_judged(new.path)
    said = earlier_revision("mmeval/1", *runs)
    assert said is not None and f"revision 1 and {installed} of mmeval/1" in said
    command = "mmeval judge FOLDER --checker mmeval/1"
    assert said.endswith(f"{command} judges again")
    [result] = compare(old.path, new.path, Terms(checkers=("mmeval/1",)))
    assert result.revisions == said
    board = make_leaderboard(runs, ["mmeval/1"])
    assert any("§" in line and "revision 1 of mmeval/1" in line for line in legend(board))
    invoked = CliRunner().invoke(cli, command.replace("FOLDER", str(old.path)).split()[1:])
    assert invoked.exit_code == 0, invoked.output
    assert earlier_revision("mmeval/1", load_judged(old.path), runs[1]) is None


def test_a_checker_that_is_not_here_has_no_revision(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", Made(letters="RW"))
    judged = load_judged(run.path)
    assert installed_revision("nobodys/9") is None
    assert all(earlier_revision(checker, judged) is None for checker in judged.checkers)
