"""Repeats: the same requests in another order beside the run, and the gate that reads them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import mmeval
from mmeval import cli
from mmeval.engines.models.find import Model
from mmeval.errors import ConfigError, DataError, RunInterrupted, RunLocked, RunMismatch
from mmeval.progress import Silent
from mmeval.records import Prompt, Sampling
from mmeval.results.gate import Allowance, Repeats, gate
from mmeval.results.judged import load_judged
from mmeval.run_folder import RunDir, repeat_folders
from mmeval.runs.config import RunConfig, make_config
from mmeval.runs.places import default_folder
from mmeval.runs.plan import make_plan
from mmeval.runs.repeats import _reordered
from mmeval.runs.resume import resumed_settings
from mmeval.runs.shards import merge
from tests.builders.run_commands import CHECKER, Mmeval, N, replay_config, typed, write_doubles
from tests.builders.servers import MODEL, FakeServer, Reply, completion


@pytest.fixture
def config(tmp_path: Path) -> RunConfig:
    return replace(replay_config(tmp_path), repeats=2)


def keys(run: RunDir) -> list[tuple[str, int]]:
    """In the order in which the answers were written."""
    return [each.key for each in run.generations()]


class StopAfter(Silent):
    """A watch that presses Ctrl-C after some answers."""

    def __init__(self, answers: int) -> None:
        self.left = answers

    def advance(self, count: int, tokens: int = 0, note: str = "") -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


class Titles(Silent):
    """A watch that notes what was generated."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []

    def begin(self, title: str, done: int, total: int) -> None:
        self.begun.append((title, done))


def test_a_repeat_is_a_run_folder_of_the_same_rows_in_another_order(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    one, two = repeat_folders(run)
    orders = [keys(each) for each in (run, one, two)]
    assert orders[0] != orders[1] != orders[2] != orders[0]
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(orders[2])
    for number, repeat in enumerate((one, two), 1):
        assert repeat.path == run.path / "repeats" / str(number)
        manifest = repeat.manifest()
        assert (manifest["repeat"], manifest["status"]) == (number, "finished")
        assert manifest["identity"] == run.manifest()["identity"]
        assert repeat.problems_file.read_bytes() == run.problems_file.read_bytes()
        assert repeat.summary()["checkers"][CHECKER] == run.summary()["checkers"][CHECKER]
    assert "repeat" not in run.manifest()


def test_the_order_of_a_repeat_follows_from_seed_and_number(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    elsewhere = Path(str(config.out)).with_name("again")
    [again] = mmeval.run(replace(config, out=str(elsewhere)))
    assert [keys(each) for each in repeat_folders(run)] == list(map(keys, repeat_folders(again)))


@settings(deadline=None)
@given(questions=st.lists(st.sampled_from("abcde"), min_size=1, max_size=9), n=st.integers(1, 3))
def test_another_order_loses_no_request_and_changes_no_seed(questions: list[str], n: int) -> None:
    prompts = [Prompt(problem_id=f"p/{i}", text=each) for i, each in enumerate(questions)]
    plan = make_plan(prompts, Sampling(temperature=1.0, max_tokens=8, n=n))
    other = _reordered(plan, "0\0001")
    assert sorted(other.requests, key=lambda each: each.key) == sorted(
        plan.requests, key=lambda each: each.key
    )
    assert (other.copies, other.size) == (plan.copies, plan.size)


@pytest.mark.parametrize("after", [5, N, N + 5, 2 * N + 5])
def test_a_stopped_repeat_goes_on_by_the_command_of_its_run(config: RunConfig, after: int) -> None:
    [whole] = mmeval.run(replace(config, out=f"{config.out}-whole"))
    with pytest.raises(RunInterrupted, match=r"--resume \S*run$") as stopped:
        mmeval.run(config, StopAfter(after))
    named = Path(str(stopped.value).rpartition("--resume ")[2])
    assert named == Path(str(config.out))
    [run] = mmeval.run(make_config(resumed_settings(named)))
    assert [each.generations_file.read_bytes() for each in (run, *repeat_folders(run))] == [
        each.generations_file.read_bytes() for each in (whole, *repeat_folders(whole))
    ]
    assert {each.manifest()["status"] for each in repeat_folders(run)} == {"finished"}


def test_the_run_is_finished_and_judged_before_it_is_repeated(config: RunConfig) -> None:
    with pytest.raises(RunInterrupted, match=r"5 of 12 answers are kept in .*repeats/1"):
        mmeval.run(config, StopAfter(N + 5))
    run = RunDir(Path(str(config.out)))
    assert run.manifest()["status"] == "finished"
    assert run.summary()["checkers"][CHECKER]["n"] == N
    assert RunDir(run.path / "repeats" / "1").manifest()["status"] == "interrupted"


def test_a_finished_run_can_be_repeated_later_and_keeps_the_number(config: RunConfig) -> None:
    [run] = mmeval.run(replace(config, repeats=0))
    before = run.generations_file.read_bytes()
    assert repeat_folders(run) == []
    watch = Titles()
    mmeval.run(make_config(resumed_settings(run.path) | {"repeats": 1}), watch)
    assert watch.begun == [("doubles test repeat 1", 0)]
    with pytest.raises(RunInterrupted):
        mmeval.run(config, StopAfter(3))  # two repeats now
    mmeval.run(make_config(resumed_settings(run.path)))
    mmeval.run(replace(config, repeats=0))  # never fewer than before
    assert [each.path.name for each in repeat_folders(run)] == ["1", "2"]
    assert [len(keys(each)) for each in repeat_folders(run)] == [N, N]
    assert run.generations_file.read_bytes() == before


def test_judging_a_run_again_judges_its_repeats_by_the_same_checkers(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    one, two = repeat_folders(run)
    one.verdicts_file(CHECKER).unlink()
    two.generations_file.unlink()  # as of a repeat that was stopped before its first answer
    before = two.summary_file.read_bytes()
    cli_runner = CliRunner()
    arguments = ["judge", str(run.path), "--checker", "mmeval/1", "--checker", CHECKER]
    result = cli_runner.invoke(cli.mmeval, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["mmeval/1"]["n"] == N
    for each in (run, one):
        assert set(each.summary()["checkers"]) == {"mmeval/1", CHECKER}
        assert len(list(each.verdicts("mmeval/1"))) == len(list(each.verdicts(CHECKER))) == N
    assert two.summary_file.read_bytes() == before
    assert "mmeval/1 and 1 repeat" in cli_runner.invoke(cli.mmeval, arguments).output
    with one.locked():
        refused = cli_runner.invoke(cli.mmeval, arguments).exception
    assert isinstance(refused, RunLocked) and "repeats" in str(refused)


def test_finished_repeats_are_not_generated_again(config: RunConfig) -> None:
    mmeval.run(config)
    watch = Titles()
    mmeval.run(config, watch)
    assert watch.begun == []


def test_several_benchmarks_are_all_judged_before_the_first_repeat(
    config: RunConfig, tmp_path: Path
) -> None:
    other = write_doubles(tmp_path, "other")
    watch = Titles()
    both = replace(config, benchmark=(*config.benchmark, str(other)), repeats=1)
    runs = mmeval.run(both, watch)
    names = ["doubles test", "other test", "doubles test repeat 1", "other test repeat 1"]
    assert [title for title, _ in watch.begun] == names
    assert [len(repeat_folders(run)) for run in runs] == [1, 1]
    assert resumed_settings(tmp_path / "run")["repeats"] == 1


def test_repeats_change_neither_the_identity_nor_the_default_folder(config: RunConfig) -> None:
    model = Model(name="somebody")
    once = default_folder(replace(config, repeats=0), model, "doubles")
    assert default_folder(config, model, "doubles") == once
    [run] = mmeval.run(config)
    [plain] = mmeval.run(replace(config, out=f"{config.out}-plain", repeats=0))
    assert run.manifest()["identity"] == plain.manifest()["identity"]


# --- what is refused -------------------------------------------------------------------


def test_the_number_is_checked(config: RunConfig) -> None:
    with pytest.raises(ConfigError, match="repeats must be 0 or more, got -1"):
        replace(config, repeats=-1)


def test_a_shard_is_not_repeated_but_the_joined_run_is(config: RunConfig) -> None:
    with pytest.raises(ConfigError, match="repeats are of a whole run, not of a shard"):
        mmeval.run(replace(config, shard="1/2"))
    for shard in ("1/2", "2/2"):
        mmeval.run(replace(config, shard=shard, repeats=0))
    [joined] = merge(Path(str(config.out)), Silent())
    mmeval.run(make_config(resumed_settings(joined.path) | {"repeats": 1}))
    [repeat] = repeat_folders(joined)
    assert sorted(keys(repeat)) == sorted(keys(joined))
    assert Repeats.of(load_judged(joined.path), CHECKER) == Repeats(0.0, 1)


def test_a_repeat_is_gone_on_with_by_its_run(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    with pytest.raises(ConfigError, match=r"is repeat 2 of a run: .* --resume \S*run$"):
        resumed_settings(run.path / "repeats" / "2")


def test_a_folder_that_holds_something_else_is_refused(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    repeat = RunDir(run.path / "repeats" / "1")
    manifest = repeat.manifest()
    repeat.write_manifest(manifest | {"identity": manifest["identity"] | {"seed": 7}})
    with pytest.raises(RunMismatch, match="repeats/1 holds another run: seed was 7, now 0"):
        mmeval.run(config)
    repeat.manifest_file.unlink()
    with pytest.raises(DataError, match=r"repeats/1 holds generations.jsonl without"):
        mmeval.run(config)


# --- a server whose answers depend on when they are asked, and the gate ----------------


def late(limit: int) -> Callable[[str, dict[str, Any], int], Reply]:
    """A server that is right on the first `limit` requests it gets of every N, and wrong on
    the rest: noise that comes from the order alone."""
    seen = 0

    def reply(path: str, body: dict[str, Any], before: int) -> Reply:
        nonlocal seen
        number = int(body["prompt"].rpartition("What is ")[2].split()[0])
        asked, seen = seen % N, seen + 1
        # In the second round one answer more is wrong.
        wrong = asked >= limit - (seen > N)
        return completion(f"The answer is: {2 * number + wrong}")

    return reply


@pytest.fixture
def server() -> Iterator[FakeServer]:
    pytest.importorskip("openai", reason="openai engine: the package is not installed")
    with FakeServer(late(9)) as running:
        yield running


@pytest.fixture
def run_on(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    server: FakeServer,
) -> Mmeval:
    """`mmeval run ARGS` on the server, one request after the other, into the folder `run`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    write_doubles(tmp_path)
    arg = "--engine-arg"
    args = (
        *("run", "--engine", "openai", "--model", MODEL, arg, f"base_url={server.url}"),
        *(arg, "max_retries=0", arg, "concurrency=1", "--benchmark", "doubles.py", "--out", "run"),
    )
    return partial(typed, monkeypatch, capfd, *args)


def asked(server: FakeServer) -> list[str]:
    return [each.body["prompt"] for each in server.posts()]


def test_a_server_gets_the_requests_in_another_order(server: FakeServer, run_on: Mmeval) -> None:
    assert run_on("--repeats", "1").status == 0
    first, second = asked(server)[:N], asked(server)[N:]
    assert first != second
    assert sorted(first) == sorted(second)
    assert sum(each.path.endswith("/models") for each in server.seen) == 1  # one start


def test_the_gate_reads_the_noise_that_run_measured(run_on: Mmeval) -> None:
    said = run_on("--repeats", "1")
    assert said.status == 0, said.err
    # One answer of twelve changed by itself: that is a difference of problems, not of runs.
    assert Repeats.of(load_judged(Path("run")), CHECKER) == Repeats(0.0, 1)
    assert f"{CHECKER} and 1 repeat: 66.7 % to 75.0 %" in said.out
    shutil.copytree("run", "candidate")
    [result] = gate("run", "candidate", Allowance(max_drop=0.5))
    assert (result.noise, result.repeated) == (0.0, 2)


def test_failed_answers_of_a_repeat_are_told_and_asked_again(
    server: FakeServer, run_on: Mmeval
) -> None:
    good = server.reply

    def broken(path: str, body: dict[str, Any], before: int) -> Reply:
        first = body["prompt"].rpartition("What is ")[2].startswith("1 plus")
        return Reply(status=400, body="no") if first and before == 1 else good(path, body, before)

    server.reply = broken
    said = run_on("--repeats", "1")
    assert said.status == 1
    assert "1 answers failed in run/repeats/1" in said.err
    assert "--resume run\n" in said.err
    assert run_on().status == 0
    assert len(server.posts()) == 2 * N + 1
