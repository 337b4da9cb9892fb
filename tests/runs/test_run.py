"""`run` end to end on replayed outputs: what it writes, refuses, resumes and joins."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mmeval
from mmeval.engines.models.find import Model
from mmeval.engines.replay import ReplayEngine
from mmeval.errors import (
    ConfigError,
    DataError,
    EngineError,
    MissingData,
    RunFailed,
    RunInterrupted,
    RunMismatch,
    UnknownName,
)
from mmeval.jsonl import Appender
from mmeval.judging.judge_run import judge_run
from mmeval.progress import Silent
from mmeval.records import SCHEMA, Generation
from mmeval.run_folder import RunDir, find_runs
from mmeval.runs import prepare
from mmeval.runs import run as running
from mmeval.runs.config import RunConfig, make_config, read_config
from mmeval.runs.shards import merge
from tests.builders.run_commands import N, replay_config, write_doubles


@pytest.fixture
def config(tmp_path: Path) -> RunConfig:
    return replay_config(tmp_path)


def texts(run: RunDir) -> dict[tuple[str, int], str]:
    return {g.key: g.text for g in run.generations()}


class StopAfter(Silent):
    """A watch that stops the run by an error after some answers."""

    def __init__(self, answers: int, error: Callable[[], BaseException]) -> None:
        self.left, self.error = answers, error

    def advance(self, count: int, tokens: int = 0, note: str = "") -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error()


def test_a_run_keeps_what_was_said_and_says_how_right_it_was(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    counts = run.summary()["checkers"]["metamath-gsm8k/1"]
    assert (counts["n"], counts["right"], counts["wrong"]) == (N, N - 2, 2)
    assert counts["accuracy"] == counts["accuracy_finished"] == (N - 2) / N
    assert 0.55 < counts["low"] < counts["accuracy"] < counts["high"] < 0.96
    assert len(texts(run)) == N == len(list(run.verdicts("metamath-gsm8k/1")))
    manifest = run.manifest()
    assert (manifest["schema"], manifest["status"]) == (SCHEMA, "finished")
    assert manifest["model"]["label"] == "somebody"
    assert manifest["data"]["partial"] is False
    assert mmeval.load_run(run.path).summary() == run.summary()


def test_a_run_cut_at_any_byte_is_gone_on_with_to_the_same_rows(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    whole = run.generations_file.read_bytes()
    for cut in range(0, len(whole), 23):
        run.generations_file.write_bytes(whole[:cut])
        [again] = mmeval.run(config)
        assert again.generations_file.read_bytes() == whole, cut


def test_a_finished_run_is_judged_again_and_nothing_is_generated(config: RunConfig) -> None:
    class Deaf(Silent):
        def begin(self, title: str, done: int, total: int) -> None:
            raise AssertionError("a finished run must not generate")

    [run] = mmeval.run(config)
    summary = run.summary()
    run.summary_file.unlink()
    mmeval.run(config, Deaf())
    assert run.summary() == summary


def test_questions_that_stand_twice_are_named_and_judged_apart(tmp_path: Path) -> None:
    """Two problems with one question and the golds 3 and 4 were one of two samples."""
    asked = [("How many?", "3"), ("How many?", "4"), ("What is 1 + 1?", "2")]
    rows = {
        "b.jsonl": [{"question": q, "answer": a} for q, a in asked],
        "said.jsonl": [{"question": q, "out": f"The answer is: {a}"} for q, a in asked],
    }
    for name, each in rows.items():
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in each))
    settings = {
        "model": "d",
        "benchmark": (str(tmp_path / "b.jsonl"),),
        "engine": "replay",
        "responses": str(tmp_path / "said.jsonl"),
        "text": "out",
        "out": str(tmp_path / "run"),
    }
    heard = Heard()
    [run] = mmeval.run(make_config(settings), heard)
    assert run.summary()["samples"] == 1
    assert {each["accuracy"] for each in run.summary()["checkers"].values()} == {1.0}
    assert any("1 question stands more than once" in line for line in heard.lines)
    # Another file under the same name is another run, though no answer is lacking.
    (tmp_path / "said.jsonl").write_text(
        "".join(json.dumps({"question": q, "out": "0"}) + "\n" for q, _ in asked)
    )
    with pytest.raises(RunMismatch, match="responses_sha256"):
        mmeval.run(make_config(settings))


class Heard(Silent):
    """A watch that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def test_ctrl_c_keeps_what_is_there_and_names_the_command_that_goes_on(config: RunConfig) -> None:
    with pytest.raises(RunInterrupted, match=r"5 of 12 answers are kept .*--resume \S*run$") as e:
        mmeval.run(config, StopAfter(5, KeyboardInterrupt))
    assert e.value.exit_code == 130
    run = RunDir(Path(str(config.out)))
    assert run.manifest()["status"] == "interrupted"
    settings = read_config(run.manifest_file) | {"out": str(run.path)}
    [resumed] = mmeval.run(make_config(settings))
    assert len(texts(resumed)) == N
    manifest = resumed.manifest()
    assert manifest["status"] == "finished"
    assert [s["generations"] for s in manifest["sessions"]] == [5, 7]


def test_a_disk_that_refuses_ends_with_the_command_that_goes_on(config: RunConfig) -> None:
    def full() -> RunFailed:
        return RunFailed("generations.jsonl cannot be written: No space left on device")

    with pytest.raises(
        RunFailed, match=r"No space left(?s:.*)resume with: mmeval run \S+ --resume"
    ):
        mmeval.run(config, StopAfter(3, full))
    [run] = mmeval.run(config)
    assert len(texts(run)) == N


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"max_tokens": 65}, "max_tokens was 64, now 65"),
        ({"temperature": 0.5}, "temperature was 0.0, now 0.5"),
        ({"seed": 1}, "seed was 0, now 1"),
        ({"stop": ("X",)}, "stop was "),
        ({"prompt": "plain"}, "prompts_sha256 was "),
        ({"limit": 5}, "problems_sha256 was "),
        ({"model": "another"}, "model was 'somebody', now 'another'"),
        ({"text": "draft"}, "engine.text was 'said', now 'draft'"),
    ],
)
def test_a_folder_of_another_run_is_refused_with_the_difference_named(
    config: RunConfig, change: dict[str, object], named: str
) -> None:
    with pytest.raises(RunInterrupted):
        mmeval.run(config, StopAfter(2, KeyboardInterrupt))
    before = (RunDir(Path(str(config.out))).generations_file).read_bytes()
    with pytest.raises(RunMismatch, match="holds another run") as refused:
        mmeval.run(replace(config, **change))  # type: ignore[arg-type]
    assert named in str(refused.value)
    assert RunDir(Path(str(config.out))).generations_file.read_bytes() == before


def test_several_answers_to_a_problem_are_its_samples_even_if_some_have_fewer(
    config: RunConfig,
) -> None:
    responses = Path(str(config.responses))
    rows = [json.loads(line) for line in responses.read_text().splitlines()]
    second = [row | {"said": "The answer is: 0"} for row in rows[:4]]
    responses.write_text("".join(json.dumps(row) + "\n" for row in rows + second))
    [run] = mmeval.run(config)
    assert sorted(texts(run)) == sorted(
        [(p.id, 0) for p in run.problems()] + [(p.id, 1) for p in list(run.problems())[:4]]
    )
    counts = run.summary()["checkers"]["metamath-gsm8k/1"]
    assert (counts["n"], counts["right"]) == (N + 4, N - 2 + 1)
    assert run.summary()["health"]["failed"] == 0


def test_a_limit_marks_the_run_partial(config: RunConfig) -> None:
    [run] = mmeval.run(replace(config, limit=5))
    assert run.summary()["partial"] is True
    assert len(texts(run)) == run.summary()["problems"] == 5


def test_an_answer_that_is_not_there_fails_and_is_asked_again(config: RunConfig) -> None:
    responses = Path(str(config.responses))
    rows = responses.read_text().splitlines(keepends=True)
    responses.write_text("".join(rows[:-1]))
    [run] = mmeval.run(config)
    counts = run.summary()["checkers"]["metamath-gsm8k/1"]
    assert (counts["failed"], counts["right"], counts["wrong"]) == (1, N - 2, 1)
    assert counts["accuracy_high"] == (N - 1) / N
    assert run.manifest()["engine"]["settings"]["unanswered_problems"] == 1


def test_several_benchmarks_share_one_call_and_have_a_folder_each(
    config: RunConfig, tmp_path: Path
) -> None:
    other = write_doubles(tmp_path, "again")
    both = replace(config, benchmark=(*config.benchmark, str(other)))
    with pytest.raises(RunInterrupted, match=r"--resume \S*run$"):
        mmeval.run(both, StopAfter(N + 2, KeyboardInterrupt))
    folder = Path(str(config.out))
    settings = read_config(folder / "run.json") | {"out": str(folder)}
    runs = mmeval.run(make_config(settings))
    assert [r.path.name for r in runs] == ["doubles", "again"]
    assert [r.path for r in find_runs(folder)] == [folder / "again", folder / "doubles"]
    assert all(len(texts(run)) == N for run in runs)


def test_shards_joined_are_the_undivided_run(config: RunConfig, tmp_path: Path) -> None:
    [whole] = mmeval.run(config)
    parts = replace(config, out=str(tmp_path / "parts"))
    for shard in ("1/3", "3/3"):
        mmeval.run(replace(parts, shard=shard))
    with pytest.raises(DataError, match=r"shard-2-of-3 is missing.*--shard I/3"):
        merge(tmp_path / "parts", Silent())
    mmeval.run(replace(parts, shard="2/3"))
    [merged] = merge(tmp_path / "parts", Silent())
    assert texts(merged) == texts(whole)
    assert merged.problems_file.read_bytes() == whole.problems_file.read_bytes()
    assert merged.summary()["checkers"] == whole.summary()["checkers"]
    assert merged.manifest()["identity"] == whole.manifest()["identity"]
    assert merge(tmp_path / "parts", Silent())[0].summary() == merged.summary()


def test_shards_of_two_different_runs_are_not_joined(config: RunConfig, tmp_path: Path) -> None:
    parts = replace(config, out=str(tmp_path / "parts"))
    mmeval.run(replace(parts, shard="1/2"))
    mmeval.run(replace(parts, shard="2/2", max_tokens=32))
    with pytest.raises(RunMismatch, match="max_tokens was 64, now 32"):
        merge(tmp_path / "parts", Silent())


def test_judging_again_needs_no_data_and_refuses_an_edited_gold(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    Path(config.benchmark[0]).unlink()
    assert judge_run(run) == run.summary()
    run.problems_file.write_text(
        run.problems_file.read_text().replace('"gold": "0"', '"gold": "1"')
    )
    with pytest.raises(RunMismatch, match="it was edited"):
        judge_run(run)


def test_a_run_without_a_generation_is_not_judged(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    run.generations_file.write_text("")
    with pytest.raises(DataError, match="no generations yet"):
        judge_run(run)


def test_no_answer_at_all_is_seen_as_such(config: RunConfig) -> None:
    Path(str(config.responses)).write_text(
        "".join(
            json.dumps({"question": f"What is {i} plus {i}?", "said": f"I think {i}"}) + "\n"
            for i in range(N)
        )
    )
    [run] = mmeval.run(config)
    counts = run.summary()["checkers"]["metamath-gsm8k/1"]
    assert counts["no_answer"] == N and counts["accuracy"] == 0
    assert counts["no_answer_examples"] == ["I think 0", "I think 1", "I think 2"]


@pytest.mark.parametrize(
    ("change", "error", "line"),
    [
        ({"benchmark": ("gsm9k",)}, UnknownName, "did you mean gsm8k"),
        ({"prompt": "metamat"}, UnknownName, "did you mean metamath"),
        ({"checker": ("metamath/1",)}, UnknownName, "no checker is called"),
        ({"engine": "vlm"}, UnknownName, "did you mean vllm"),
        ({"split": "dev"}, UnknownName, "no split is called 'dev'"),
        ({"responses": None}, ConfigError, "--responses FILE.jsonl"),
        ({"responses": "nowhere.jsonl"}, MissingData, "nowhere.jsonl"),
        ({"temperature": 3.0}, ConfigError, "temperature must be in"),
    ],
)
def test_what_the_user_must_fix_is_told_in_one_line(
    config: RunConfig, change: dict[str, object], error: type[Exception], line: str
) -> None:
    with pytest.raises(error) as told:
        mmeval.run(replace(config, **change))  # type: ignore[arg-type]
    assert line in str(told.value)
    assert "\n" not in str(told.value)


def test_a_run_that_was_whole_when_it_was_killed_becomes_finished(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    sessions = run.manifest()["sessions"]
    run.set_status("running")
    [run] = mmeval.run(config)
    assert run.manifest()["status"] == "finished"
    assert run.manifest()["sessions"] == sessions


def test_generations_without_their_manifest_are_not_taken_for_this_run(config: RunConfig) -> None:
    [run] = mmeval.run(config)
    run.manifest_file.unlink()
    before = run.generations_file.read_bytes()
    with pytest.raises(DataError, match=r"without the manifest\.json"):
        mmeval.run(config)
    assert run.generations_file.read_bytes() == before


def test_problems_that_were_not_written_before_a_kill_are_written_again(config: RunConfig) -> None:
    with pytest.raises(RunInterrupted):
        mmeval.run(config, StopAfter(2, KeyboardInterrupt))
    run = RunDir(Path(str(config.out)))
    before = run.problems_file.read_bytes()
    run.problems_file.unlink()
    mmeval.run(config)
    assert run.problems_file.read_bytes() == before


def test_nothing_is_asked_where_a_later_benchmarks_folder_is_another_runs(
    config: RunConfig, tmp_path: Path
) -> None:
    other = write_doubles(tmp_path, "again")
    out = tmp_path / "both"
    mmeval.run(replace(config, benchmark=(str(other),), out=str(out / "again")))
    last = RunDir(out / "again")
    last.generations_file.write_bytes(last.generations_file.read_bytes()[:-40])
    manifest = last.manifest()
    manifest["identity"]["engine_version"] = "0.0.1"
    last.write_manifest(manifest)
    both = replace(config, benchmark=(*config.benchmark, str(other)), out=str(out))
    with pytest.raises(RunMismatch, match=r"again holds another run: engine_version was '0\.0\.1'"):
        mmeval.run(both)
    assert not RunDir(out / "doubles").exists()


def test_a_folder_of_another_engine_is_refused_before_one_is_started(
    config: RunConfig, tmp_path: Path
) -> None:
    mmeval.run(config)
    with pytest.raises(RunMismatch, match="engine was 'replay', now 'openai'"):
        mmeval.run(replace(config, engine="openai", responses=None, text=None))


def test_an_engine_that_breaks_leaves_its_traceback_and_the_command_that_goes_on(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ReplayEngine.generate

    def broken(self: ReplayEngine, *args: Any) -> Iterator[Generation]:
        for count, generation in enumerate(whole(self, *args)):
            if count == 4:
                raise ZeroDivisionError("somebody's kernel")
            yield generation

    monkeypatch.setattr(ReplayEngine, "generate", broken)
    with pytest.raises(EngineError, match=r"died: ZeroDivisionError(?s:.*)4 of 12 .*--resume"):
        mmeval.run(config)
    run = RunDir(Path(str(config.out)))
    assert "Traceback" in run.log_file.read_text() and "kernel" in run.log_file.read_text()
    assert run.manifest()["status"] == "failed"
    monkeypatch.undo()
    assert len(texts(mmeval.run(config)[0])) == N


def test_a_disk_that_refuses_a_file_beside_the_answers_names_the_command_too(
    config: RunConfig,
) -> None:
    def full() -> OSError:
        return OSError(errno.ENOSPC, "No space left on device", "manifest.json")

    with pytest.raises(
        RunFailed, match=r"No space left(?s:.*)resume with: mmeval run \S+ --resume"
    ):
        mmeval.run(config, StopAfter(3, full))


def test_merging_again_loses_no_answer_that_only_the_joined_run_has(
    config: RunConfig, tmp_path: Path
) -> None:
    parts = replace(config, out=str(tmp_path / "parts"))
    for shard in ("1/2", "2/2"):
        mmeval.run(replace(parts, shard=shard))
    [merged] = merge(tmp_path / "parts", Silent())
    more = next(merged.generations())
    with Appender(merged.generations_file) as file:
        file.append(replace(more, sample=1))
    before = merged.generations_file.read_bytes()
    with pytest.raises(RunMismatch, match="1 answers that no shard has"):
        merge(tmp_path / "parts", Silent())
    assert merged.generations_file.read_bytes() == before


def test_a_summary_can_hold_half_a_surrogate_pair(config: RunConfig) -> None:
    Path(str(config.responses)).write_text(
        json.dumps({"question": "What is 3 plus 3?", "said": "\ud83d"}) + "\n"
    )
    [run] = mmeval.run(config)
    counts = run.summary()["checkers"]["metamath-gsm8k/1"]
    assert counts["no_answer_examples"] == ["\ud83d"]


def test_auto_is_the_engine_that_the_folder_was_begun_with(
    config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Start:
        def __init__(self, engine: str) -> None:
            self.engine = engine

    monkeypatch.setattr(running, "EngineStart", Start)
    [run] = mmeval.run(config)
    tasks = prepare.prepare(config, Model(name="somebody"))
    manifest = run.manifest()
    manifest["identity"]["engine"] = "hf"
    run.write_manifest(manifest)
    chosen: Any = Start("vllm")  # vLLM was installed after the run had begun
    auto = replace(config, engine="auto")
    assert running.as_begun(chosen, auto, tasks).engine == "hf"
    with pytest.raises(RunMismatch, match="engine was 'hf', now 'vllm'"):
        running.as_begun(chosen, replace(config, engine="vllm"), tasks)
    for change, named in (
        ({"dtype": "float32"}, "dtype was 'unknown', now 'float32'"),
        ({"engine_args": {"text": "draft"}}, r"engine\.text was 'said', now 'draft'"),
    ):
        with pytest.raises(RunMismatch, match=named):
            running.as_begun(chosen, replace(auto, **change), tasks)
