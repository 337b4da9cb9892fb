"""Run folders: nothing that was written can be lost, doubled or misread."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mmeval.errors import DataError, MissingData, RunFailed, RunLocked
from mmeval.jsonl import Appender, write_rows
from mmeval.records import SCHEMA, Generation, Verdict, from_row, to_row
from mmeval.run_folder import Health, RunDir, Thoughts, answer_row
from tests.builders.made_runs import Made, make_run


def said(number: int, text: str = "18", **more: object) -> Generation:
    fields = {"problem_id": f"t/{number}", "text": text, "finish": "stop"} | more
    return Generation(**fields)  # type: ignore[arg-type]


def write(run: RunDir, *generations: Generation) -> None:
    run.path.mkdir(parents=True, exist_ok=True)
    with Appender(run.generations_file) as file:
        for generation in generations:
            file.append(generation)


def test_what_was_appended_is_read_back_in_order(tmp_path: Path) -> None:
    run = RunDir(tmp_path / "r")
    write(run, said(1), said(2, "π ≈ 3,14\n"))
    write(run, said(3, stop_string="Question", finish="stop", tokens=7))
    assert list(run.generations()) == [
        said(1),
        said(2, "π ≈ 3,14\n"),
        said(3, stop_string="Question", tokens=7),
    ]


def test_a_file_cut_at_any_byte_loses_the_torn_row_alone_and_takes_new_ones(tmp_path: Path) -> None:
    run = RunDir(tmp_path / "r")
    write(run, said(1), said(2, "long é" * 5))
    whole = run.generations_file.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(len(whole) + 1):
        run.generations_file.write_bytes(whole[:cut])
        kept = (cut >= first) + (cut == len(whole))
        assert len(list(run.generations())) == kept, cut
        write(run, said(3))
        expected = [*[said(1), said(2, "long é" * 5)][:kept], said(3)]
        assert list(run.generations()) == expected, cut


def test_an_error_that_was_made_good_is_left_out_and_one_that_stands_comes_last(
    tmp_path: Path,
) -> None:
    run = RunDir(tmp_path / "r")
    failed = [said(i, "", finish="error", error="HTTP 500") for i in (1, 2)]
    write(run, *failed, said(3), said(1))
    assert [g.key for g in run.generations()] == [("t/3", 0), ("t/1", 0), ("t/2", 0)]
    done = run.done()
    assert done.count == 2
    assert ("t/1", 0) in done and ("t/2", 0) not in done and ("t/1", 1) not in done


def test_a_line_that_is_no_generation_names_file_and_line(tmp_path: Path) -> None:
    run = RunDir(tmp_path / "r")
    write(run, said(1))
    with run.generations_file.open("a") as file:
        file.write('{"problem_id": "t/2"}\n')
    with pytest.raises(DataError, match=r"generations\.jsonl, line 2: .*finish"):
        list(run.generations())


def test_a_full_disk_keeps_every_whole_row_and_says_so(tmp_path: Path) -> None:
    run = RunDir(tmp_path / "r")
    write(run, said(1))
    size = run.generations_file.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    file = Appender(run.generations_file)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, hard))
        with pytest.raises(RunFailed, match="cannot be written"):
            file.append(said(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    file.close()
    assert run.generations_file.stat().st_size == size
    write(run, said(2))
    assert list(run.generations()) == [said(1), said(2)]


def test_two_processes_cannot_write_to_one_folder(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from mmeval.run_folder import RunDir\n"
        "with RunDir(Path(sys.argv[1])).locked():\n    print('held', flush=True); input()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "r"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None and holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(RunLocked, match=rf"pid {holder.pid}\)"),
            RunDir(tmp_path / "r").locked(),
        ):
            pass
        holder.kill()  # -9: the lock goes with the process
        holder.wait()
        with RunDir(tmp_path / "r").locked():
            pass
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()


def test_a_folder_without_a_manifest_and_one_of_a_newer_mmeval_are_told_apart(
    tmp_path: Path,
) -> None:
    run = RunDir(tmp_path)
    with pytest.raises(MissingData, match=r"no manifest\.json .* is this a run folder\?"):
        run.manifest()
    run.manifest_file.write_text(json.dumps({"schema": SCHEMA + 1}))
    with pytest.raises(DataError, match=f"schema {SCHEMA + 1}"):
        run.manifest()
    run.manifest_file.write_text('{"schema": 1')
    with pytest.raises(DataError, match="not JSON"):
        run.manifest()


def test_verdicts_of_a_versioned_checker_have_a_file_of_their_own(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    path = run.verdicts_file("metamath-gsm8k/1")
    assert path == tmp_path / "verdicts" / "metamath-gsm8k@1.jsonl"
    verdict = Verdict(problem_id="t/1", outcome="right", checker="c/1", span=(3, 5))
    path.parent.mkdir()
    path.write_text(json.dumps(to_row(verdict)) + "\n")
    assert list(run.verdicts("metamath-gsm8k/1")) == [verdict]


def finished(folder: Path) -> RunDir:
    run = make_run(folder / "run", Made(letters="RRWN"))
    write_rows(run.generations_file, map(answer_row, list(run.generations())))
    run.finish(4)
    return run


def test_a_finished_run_knows_its_answers_and_a_running_one_none(tmp_path: Path) -> None:
    run = finished(tmp_path)
    manifest = run.read_manifest()
    assert manifest.generations is not None and manifest.asked == 4
    assert run.unchanged(manifest)
    run.set_status("interrupted")
    assert not run.unchanged(run.read_manifest())
    run.require_whole(run.read_manifest())


def test_each_line_that_is_no_answer_of_the_run_is_named(tmp_path: Path) -> None:
    run = finished(tmp_path)
    lines = run.generations_file.read_text().splitlines(keepends=True)
    more = [lines[0], lines[1].replace("answer is: R", "answer is: W"), "[]\n", '{"torn'.strip()]
    stray = lines[2].replace('"sample": 0', '"sample": 1').replace("crc32", "other")
    run.generations_file.write_text("".join([*lines, stray, *more]))
    found = run.examined({problem.id for problem in run.problems()}, 1)
    assert (found.foreign, found.doubled, found.damaged) == ([5], [6], [7, 8])
    assert found.answers == 4 and found.bad == [5, 6, 7, 8]
    with pytest.raises(DataError, match=r"2 lines \(7, 8\) are damaged; line 6 is there twice"):
        run.require_whole(run.read_manifest())
    run.set_aside(found.bad)
    assert run.generations_file.read_text() == "".join(lines)
    assert run.set_aside_file.read_text() == "".join([stray, *more[:3]])
    run.require_whole(run.read_manifest())


@pytest.mark.parametrize("sample", [-1, 2**31, 10**40, 1.5, True, "0", None])
def test_a_sample_that_is_no_small_number_is_refused(sample: object) -> None:
    with pytest.raises(DataError):
        from_row(Generation, {"problem_id": "p", "finish": "stop", "sample": sample})


@pytest.mark.parametrize("levels", [65, 900, 3000, 100_000])
def test_a_manifest_deeper_than_any_is_refused(levels: int, tmp_path: Path) -> None:
    run = finished(tmp_path)
    text = run.manifest_file.read_text()
    for begin, end in (("[", "]"), ('{"x":', "}")):
        deep = begin * levels + "1" + end * levels
        run.manifest_file.write_text(
            text.replace('"versions": {', f'"deep": {deep}, "versions": {{')
        )
        with pytest.raises(DataError, match=r"manifest\.json"):
            run.manifest()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("created", "\x1b[2J"),
        ("created", "x.py"),
        ("created", "2026-01-01\x1b00:00:00"),
        ("created", "2026-01-01\u202e00:00:00"),
        ("sessions", [{"started": "\x1b[2J"}]),
        ("sessions", [{"started": "2026-01-01\x9b00:00:00+00:00"}]),
        ("sessions", [{"started": ""}]),
        ("sessions", [{"started": 5}]),
        ("prompt", {"x": None}),
    ],
)
def test_a_manifest_with_another_time_or_prompt_is_refused(
    key: str, value: object, tmp_path: Path
) -> None:
    run = finished(tmp_path)
    run.write_manifest(run.manifest() | {key: value})
    with pytest.raises(DataError, match="was edited or cut"):
        run.read_manifest()


class TestThoughts:
    """What a row does not tell of a thought, the other rows of its run do."""

    CLOSED, CUT = said(1, "7?</think>9"), said(2, "7?")

    def test_rows_of_schema_1_are_read_with_their_thoughts(self, tmp_path: Path) -> None:
        run = RunDir(tmp_path / "r")
        old = ("problem_id", "sample", "text", "finish", "stop_string", "tokens", "error")
        rows = [to_row(each) for each in (self.CLOSED, self.CUT)]
        write_rows(run.generations_file, ({name: row[name] for name in old} for row in rows))
        closed, cut = run.generations()
        assert (closed.thought, closed.answer, closed.thought_state) == ("7?", "9", "closed")
        assert (cut.thought, cut.answer, cut.thought_state) == ("7?", "", "open")

    def test_rows_without_marks_are_no_thoughts_where_others_open_theirs(
        self, tmp_path: Path
    ) -> None:
        run = RunDir(tmp_path / "r")
        write(run, said(1, "<think>7?</think>9"), self.CUT, said(3, "<think>7"))
        assert [each.thought_state for each in run.generations()] == ["closed", None, "open"]

    def test_what_a_row_tells_holds(self, tmp_path: Path) -> None:
        run = RunDir(tmp_path / "r")
        rows = (self.CLOSED, said(2, "7?", thought_state="none"), said(3, finish="error", text=""))
        write(run, *rows)
        assert [each.thought_state for each in run.generations()] == ["closed", "none", None]

    @pytest.mark.parametrize(
        "change",
        [
            {"answer_at": 99},
            {"answer_at": -1},
            {"thought_span": [0, 99], "answer_at": 2},
            {"thought_span": [2, 1], "answer_at": 2},
            {"thought_state": "shut"},
            {"finish": "tired"},
        ],
    )
    def test_a_row_that_was_edited_is_named(self, change: dict[str, Any], tmp_path: Path) -> None:
        file = tmp_path / "generations.jsonl"
        write_rows(file, [to_row(said(1)), to_row(said(2)) | change])
        with pytest.raises(DataError, match=r"generations.jsonl, line 2"):
            list(RunDir(tmp_path).generations())

    def test_they_are_counted_apart_from_empty_answers(self) -> None:
        health, thoughts = Health(), Thoughts()
        for each in (
            said(1, "", thought="7?", thought_state="open", finish="length", thought_tokens=3),
            said(2, "9", thought="7?", thought_state="closed", thought_tokens=2),
            said(3, "7?</think> ", thought_span=(0, 2), answer_at=10, thought_state="closed"),
            said(4, "9", finish="filter", thought_tokens=2, same_as="t/2#0"),
            said(5, "9", finish="unknown"),
        ):
            health.add(each)
            thoughts.add(each)
        assert (health.n, health.empty, health.truncated, health.failed) == (5, 1, 1, 0)
        assert thoughts == Thoughts(
            closed=2, open=1, tokens=5, counted=2, filtered=1, unknown_finish=1
        )


@pytest.mark.parametrize(
    ("sampling", "config", "refused", "said"),
    [
        ({}, {}, {}, ""),
        ({"top_k": 20, "min_p": 0.0}, {}, {}, "top_k 20, min_p 0.0"),
        ({"top_p": 0.95}, {"reasoning_effort": "low"}, {}, "top_p 0.95, reasoning_effort low"),
        (
            {},
            {"chat_args": {"enable_thinking": False}, "system": "Be brief."},
            {},
            "enable_thinking=False, system message",
        ),
        ({}, {}, {"temperature": "the server's default"}, "temperature refused"),
    ],
)
def test_how_a_run_was_asked_is_said_in_words(
    sampling: dict[str, Any],
    config: dict[str, Any],
    refused: dict[str, str],
    said: str,
    tmp_path: Path,
) -> None:
    run = make_run(tmp_path / "run", Made(letters="R"))
    manifest = run.manifest()
    session = {"started": manifest["created"], "generations": 1, "refused": refused}
    run.write_manifest(manifest | {"sampling": sampling, "config": config, "sessions": [session]})
    assert run.read_manifest().switches == said


@pytest.mark.parametrize("count", [2**53, 10**20, -1])
@pytest.mark.parametrize("name", ["generations", "prompt_tokens", "tokens"])
def test_a_session_that_counts_what_no_float_holds_is_refused(
    name: str, count: int, tmp_path: Path
) -> None:
    run = make_run(tmp_path / "run", Made(letters="R"))
    manifest = run.manifest()
    session = {"started": manifest["created"], name: count}
    run.write_manifest(manifest | {"sessions": [session]})
    with pytest.raises(DataError, match="was edited or cut"):
        run.read_manifest()
