"""`mmeval run` over a server that is slow, dead or wrong: what it says, and how it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmeval.run_folder import RunDir
from tests.builders.run_commands import AGAIN, DOUBLES, Mmeval, N, Said, named_command
from tests.builders.servers import MODEL, FakeServer, Reply, closed_port, completion, models


def openai(server: FakeServer, *more: str) -> list[str]:
    arg = "--engine-arg"
    return [
        *("--engine", "openai", "--model", MODEL, arg, f"base_url={server.url}"),
        *(arg, "max_retries=0", arg, "concurrency=1", "--out", "run", *DOUBLES, *more),
    ]


def right(path: str, body: dict[str, Any], before: int) -> Reply:
    """The right answer to a question of the benchmark."""
    number = int(body["prompt"].rpartition("What is ")[2].split()[0])
    return completion(f"The answer is: {2 * number}")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    pytest.importorskip("openai", reason="openai engine: the package is not installed")
    with FakeServer(right) as running:
        yield running


def test_a_port_without_a_server_is_status_1_and_nothing_is_begun(mmeval: Mmeval) -> None:
    pytest.importorskip("openai", reason="openai engine: the package is not installed")
    url = f"http://somebody:hunt%40er2@127.0.0.1:{closed_port()}/v1"
    arg = "--engine-arg"
    said = mmeval(
        *("--engine", "openai", "--model", "m", arg, f"base_url={url}", "--out", "run", *DOUBLES)
    )
    assert said.status == 1
    assert "no server answers at 127.0.0.1" in said.complaint
    assert "resume with: the same command" in said.complaint
    assert "hunt" not in said.err
    assert not Path("run/manifest.json").exists()


def test_a_run_over_a_server_goes_on_after_the_server_died(
    mmeval: Mmeval, server: FakeServer
) -> None:
    answers: list[int] = []

    def dying(path: str, body: dict[str, Any], before: int) -> Reply:
        answers.append(1)
        return right(path, body, before) if len(answers) <= 4 else Reply(status=500, body="gone")

    server.reply = dying
    said = mmeval(*openai(server))
    assert said.status == 1
    assert "HTTP 500" in said.complaint and "4 of 12 answers are kept" in said.complaint
    run = RunDir(Path("run"))
    assert run.manifest()["status"] == "failed"
    assert named_command(said) == ["--benchmark=./doubles.py", "--resume", "run"]
    server.reply = right
    before = len(server.posts())
    said = mmeval(*named_command(said))
    assert said.status == 0
    assert "100.0 %" in said.out
    assert len(server.posts()) - before == N - 4
    manifest = run.manifest()
    assert manifest["status"] == "finished"
    assert manifest["first_prompt"]["template_by"] == "nobody"
    assert manifest["first_prompt"]["first_token_ids"] == "unknown"
    assert [s["generations"] for s in manifest["sessions"]] == [4, 8]


def test_chat_over_a_server_says_that_the_server_applied_the_template(
    mmeval: Mmeval, server: FakeServer
) -> None:
    server.reply = lambda path, body, before: completion("The answer is: 0", chat=True)
    assert mmeval(*openai(server, "--prompt", "chat")).status == 0
    assert RunDir(Path("run")).manifest()["first_prompt"]["template_by"] == "server"


def test_answers_that_failed_are_status_1_with_the_reason_and_the_way_on(
    mmeval: Mmeval, server: FakeServer
) -> None:
    def refusing(path: str, body: dict[str, Any], before: int) -> Reply:
        if "What is 5 plus" in body["prompt"]:
            return Reply(status=400, body={"error": {"message": "not that one"}})
        return right(path, body, before)

    server.reply = refusing
    said = mmeval(*openai(server))
    assert said.status == 1
    assert "1 answers failed in run, the first with: HTTP 400: not that one" in said.err
    assert RunDir(Path("run")).summary()["health"]["failed"] == 1
    server.reply = right
    assert mmeval(*named_command(said)).status == 0
    assert RunDir(Path("run")).summary()["health"]["failed"] == 0


HEARS_CTRL_C = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from mmeval.cli import main; main()"
)
"""What a shell starts in the background ignores Ctrl-C, and so would the tests' children."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_with_130_and_the_command_that_goes_on(
    number: signal.Signals, mmeval: Mmeval, server: FakeServer
) -> None:
    process: list[subprocess.Popen[str]] = []

    def slow(path: str, body: dict[str, Any], before: int) -> Reply:
        if len(server.posts()) == 4:
            while Path("run/generations.jsonl").read_bytes().count(b"\n") < 3:
                time.sleep(0.01)  # the three answers before it are on their way to the file
            process[0].send_signal(number)
            return Reply(hold=True)
        return right(path, body, before)

    server.reply = slow
    process.append(
        subprocess.Popen(
            [sys.executable, "-c", HEARS_CTRL_C, "run", *openai(server)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    )
    out, err = process[0].communicate(timeout=600)
    assert (process[0].returncode, out) == (130, "")
    assert "interrupted; 3 of 12 answers are kept in run; resume with: " in err
    assert "Traceback" not in err
    server.reply = right
    assert mmeval(*named_command(Said(130, out, err))).status == 0


SECRET = "sk-do-not-tell-1234567890"


@pytest.mark.parametrize(
    "arg",
    [
        f"api_key={SECRET}",
        f"hf_token={SECRET}",
        f"api_key_env={SECRET}",
        f"Authorization={SECRET}",
        SECRET,
        f"base_url=http://me:{SECRET}/@127.0.0.1:1/v1",
    ],
)
def test_a_misplaced_secret_is_refused_and_not_repeated(
    arg: str, mmeval: Mmeval, tmp_path: Path
) -> None:
    pytest.importorskip("openai", reason="openai engine: the package is not installed")
    said = mmeval(
        *("--engine", "openai", "--model", "m", "--engine-arg", arg, "--out", "run"),
        *(*DOUBLES, *AGAIN),
    )
    assert said.status == 2
    assert SECRET not in said.err
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []


def test_credentials_and_queries_of_a_url_are_in_no_file(
    mmeval: Mmeval, server: FakeServer, tmp_path: Path
) -> None:
    url = server.url.replace("127.0.0.1", f"me:p@{SECRET}@127.0.0.1") + f"?key={SECRET}"
    args = [each.replace(server.url, url) for each in openai(server)]
    said = mmeval(*args)
    assert said.status == 0 and SECRET not in said.err + said.out
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []


def test_a_query_and_a_header_are_sent_again_when_a_run_goes_on(
    mmeval: Mmeval, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_KEY", SECRET)
    url = server.url + "?api-version=2024-10-21"
    args = [each.replace(server.url, url) for each in openai(server)]
    server.reply = lambda path, body, before: (
        right(path, body, before) if len(server.posts()) <= 4 else Reply(status=500, body="gone")
    )
    assert mmeval(*args, "--engine-arg", "header.api-key=AZURE_KEY").status == 1
    server.reply, before = right, len(server.seen)
    said = mmeval("--resume", "run", *DOUBLES[:2])
    assert said.status == 0, said.err
    assert len(server.seen) > before
    assert {each.query for each in server.seen} == {"api-version=2024-10-21"}
    assert {each.headers["api-key"] for each in server.seen} == {SECRET}
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []


def test_what_a_server_refuses_is_said_and_kept(mmeval: Mmeval, server: FakeServer) -> None:
    def fussy(path: str, body: dict[str, Any], before: int) -> Reply:
        if "temperature" in body:
            return Reply(status=400, body={"error": "'temperature' is not supported"})
        return right(path, body, before)

    server.reply = fussy
    said = mmeval(*openai(server))
    assert said.status == 0
    told = "the server's default instead of 0.0"
    assert said.err.count(f"the server refuses temperature as it was sent: {told}") == 1
    [session] = RunDir(Path("run")).manifest()["sessions"]
    assert session["refused"] == {"temperature": told}


@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}])
def test_a_terminal_of_80_columns_shows_a_bar(
    colour: dict[str, str], mmeval: Mmeval, server: FakeServer
) -> None:
    pty = pytest.importorskip("pty", reason="a terminal: no pty here")
    server.reply = lambda path, body, before: replace(right(path, body, before), wait=0.05)
    master, slave = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "mmeval.cli", "run", *openai(server)],
        stdout=subprocess.PIPE,
        stderr=slave,
        env=env | colour | {"COLUMNS": "80", "TERM": "xterm"},
    )
    os.close(slave)
    shown = b""
    try:
        while piece := os.read(master, 4096):
            shown += piece
    except OSError:  # Linux: the other end is closed
        pass
    process.communicate()
    os.close(master)
    assert process.returncode == 0
    text = shown.decode()
    assert "doubles test" in text and "12/12" in text
    assert ("\x1b[38;" in text or "\x1b[3" in text) == (not colour)


def test_several_greedy_answers_are_said_to_be_the_same(mmeval: Mmeval, server: FakeServer) -> None:
    said = mmeval(*openai(server), "--samples", "2")
    assert said.status == 0, said.err
    assert "the 2 answers to a problem will be the same" in said.err
    sampled = mmeval(*openai(server), "--samples", "2", "--temperature", "0.7", "--out", "warm")
    assert sampled.status == 0, sampled.err
    assert "will be the same" not in sampled.err


# --- another model behind the same name ------------------------------------------------


def reporting(**facts: Any) -> Any:
    def reply(path: str, body: dict[str, Any], before: int) -> Reply:
        answer = right(path, body, before)
        assert isinstance(answer.body, dict)
        return replace(answer, body=answer.body | facts)

    return reply


def test_answers_that_are_there_are_told_with_their_age(mmeval: Mmeval, server: FakeServer) -> None:
    mmeval(*openai(server))
    asked = len(server.posts())
    said = mmeval(*openai(server))
    day = RunDir(Path("run")).manifest()["sessions"][0]["started"][:10]
    assert f"all {N} answers are from {day}" in said.err
    assert "; nothing was asked" in said.err and len(server.posts()) == asked
    said = mmeval(*openai(server, "--samples", "2", "--temperature", "0"))
    assert f"{N} of {2 * N} answers are from {day}" in said.err


def test_a_run_that_goes_on_at_another_server_says_so_and_keeps_both(
    mmeval: Mmeval, server: FakeServer
) -> None:
    answers: list[int] = []

    def dying(path: str, body: dict[str, Any], before: int) -> Reply:
        answers.append(1)
        return right(path, body, before) if len(answers) <= 4 else Reply(status=500, body="gone")

    server.reply = dying
    assert mmeval(*openai(server)).status == 1
    with FakeServer(right) as other:
        said = mmeval(*openai(other))
    assert said.status == 0
    assert f"came from {server.url}, the others are asked at {other.url}" in said.err
    manifest = RunDir(Path("run")).manifest()
    assert [each["base_url"] for each in manifest["sessions"]] == [server.url, other.url]
    assert manifest["engine"]["settings"]["base_url"] == server.url


@pytest.mark.parametrize("way", ["--resume", "--config"])
@pytest.mark.parametrize("by_hand", [False, True])
def test_the_server_that_a_file_names_is_told_before_anything_is_sent(
    way: str, by_hand: bool, mmeval: Mmeval, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEIR_KEY", "any-key-at-all")
    server.reply = lambda path, body, before: Reply(status=500, body="gone")
    assert "names the server" not in mmeval(*openai(server)).err
    with FakeServer(right) as other:
        run = RunDir(Path("run"))
        manifest = run.manifest()
        password = "x:hunter22@" if by_hand else ""
        url = other.url.replace("://", f"://{password}")
        manifest["config"]["engine_args"] |= {"base_url": url, "api_key_env": "THEIR_KEY"}
        run.write_manifest(manifest)
        words = ["run"] if way == "--resume" else ["run/manifest.json", "--out", "new"]
        said = mmeval(way, *words, *DOUBLES)
        first = said.err.splitlines()[0]
        assert f"run{'/manifest.json' * (way == '--config')} names the server" in first
        assert f"the key in THEIR_KEY where it is set, go to {other.url}" in first
        assert other.posts(), said.err


def test_a_run_that_goes_on_at_its_server_says_nothing_of_it(
    mmeval: Mmeval, server: FakeServer
) -> None:
    server.reply = lambda path, body, before: (
        right(path, body, before) if len(server.posts()) <= 4 else Reply(status=500, body="gone")
    )
    assert mmeval(*openai(server)).status == 1
    server.reply = right
    said = mmeval("--resume", "run", *DOUBLES)
    assert said.status == 0
    assert "came from" not in said.err
    sessions = RunDir(Path("run")).manifest()["sessions"]
    assert {each["base_url"] for each in sessions} == {server.url}


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"root": "/checkpoints/1"}, {"root": "/checkpoints/2"}),
        ({"root": "/checkpoints/1", "created": 1}, {"root": "/checkpoints/1", "created": 2}),
    ],
)
def test_another_model_on_the_list_is_refused_on_resume(
    mmeval: Mmeval, server: FakeServer, first: dict[str, Any], then: dict[str, Any]
) -> None:
    server.listing = models(MODEL, owned_by="somebody", **first)
    assert mmeval(*openai(server)).status == 0
    run = RunDir(Path("run"))
    before = run.manifest()
    [(field, old)] = [(k, v) for k, v in first.items() if then[k] != v]
    assert before["identity"][f"served.{field}"] == old == before["engine"]["served"][field]
    server.listing = models(MODEL, owned_by="somebody", **then)
    said = mmeval(*openai(server, "--samples", "2"))
    assert said.status == 2
    assert f"served.{field} was {old!r}, now {then[field]!r}" in said.complaint
    assert "give this one its own --out" in said.complaint
    assert run.manifest() == before
    server.listing = models(MODEL, owned_by="somebody")  # tells nothing: nothing to compare
    assert mmeval(*openai(server, "--samples", "2")).status == 0


def test_when_the_question_was_asked_is_no_fact_of_the_model(
    mmeval: Mmeval, server: FakeServer
) -> None:
    """vLLM's `created` is the time of the question, each time another."""
    server.listing = models(MODEL, owned_by="somebody", created=int(time.time()))
    assert mmeval(*openai(server)).status == 0
    assert "served.created" not in RunDir(Path("run")).manifest()["identity"]


@pytest.mark.parametrize("field", ["model", "system_fingerprint"])
def test_answers_of_another_model_are_refused_on_resume(
    mmeval: Mmeval, server: FakeServer, field: str
) -> None:
    server.reply = reporting(**{field: "old"})
    assert mmeval(*openai(server)).status == 0
    run = RunDir(Path("run"))
    before, rows = run.manifest(), run.generations_file.read_bytes()
    assert before["served"] == {field: ["old"]}
    server.reply = reporting(**{field: "new"})
    said = mmeval(*openai(server, "--samples", "2"))
    assert said.status == 2
    assert f"have {field} 'new', and had 'old'" in said.complaint
    assert "--out" in said.complaint and run.generations_file.read_bytes() == rows
    after = run.manifest()
    assert (after["status"], after["samples"], after["served"]) == ("finished", 1, before["served"])
    # A run of an earlier version told nothing, and goes on.
    del before["served"]
    run.write_manifest(before)
    assert mmeval(*openai(server, "--samples", "2")).status == 0
    assert run.manifest()["served"] == {field: ["new"]}


def test_a_template_that_writes_the_date_is_refused_on_another_day(
    mmeval: Mmeval, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = [1]
    monkeypatch.setattr(
        "mmeval.engines.openai.engine.OpenAIEngine.token_ids", lambda *_: [5, day[0], 7]
    )
    assert mmeval(*openai(server)).status == 0
    day = [2]
    said = mmeval(*openai(server, "--samples", "2"))
    assert said.status == 2
    assert "other token ids than before" in said.complaint and "date" in said.complaint
    run = RunDir(Path("run"))
    manifest = run.manifest()
    del manifest["identity"]["first_prompt_ids_sha256"]  # a run of an earlier version
    run.write_manifest(manifest)
    assert mmeval(*openai(server, "--samples", "2")).status == 0


def chatted(body: dict[str, Any]) -> int:
    """The right answer to a question in a chat."""
    asked = body["messages"][-1]["content"].rpartition("What is ")[2]
    return 2 * int(asked.split()[0])


def test_thoughts_of_a_template_that_the_server_applies_are_told_by_each_other(
    mmeval: Mmeval, server: FakeServer
) -> None:
    """No text has an opening mark, and one in three no closing one."""

    def thinking(path: str, body: dict[str, Any], before: int) -> Reply:
        answer = chatted(body)
        thought = f"It could be {answer}. Is it {answer}"
        if answer % 3 == 0:
            return completion(thought, chat=True, finish_reason="length")
        return completion(f"{thought}?</think>The answer is: {answer}", chat=True)

    server.reply = thinking
    said = mmeval(*openai(server, "--prompt", "chat"))
    assert said.status == 0, said.err
    run = RunDir(Path("run"))
    unfinished = [each for each in run.generations() if each.thought_state == "open"]
    assert len(unfinished) == N / 3
    assert all(each.thought == each.text for each in unfinished)
    for counts in run.read_summary().checkers.values():
        assert (counts.right, counts.no_answer) == (N - N / 3, N / 3)
    assert f"thought unfinished {100 / 3:.1f} %" in said.out


@pytest.mark.parametrize("reason", ["content_filter", None, "tool_calls"])
def test_an_answer_is_paid_for_once_however_it_ended(
    reason: str | None, mmeval: Mmeval, server: FakeServer
) -> None:
    server.reply = lambda path, body, before: completion(
        f"The answer is: {chatted(body)}", chat=True, finish_reason=reason
    )
    command = openai(server, "--prompt", "chat")
    assert mmeval(*command).status == 0
    asked = len(server.posts())
    assert mmeval(*command).status == 0
    assert len(server.posts()) == asked == N
    run = RunDir(Path("run"))
    assert all(counts.right == N for counts in run.read_summary().checkers.values())
    [verdicts] = [list(run.verdicts(name)) for name in list(run.read_summary().checkers)[:1]]
    assert all(each.note and "the server" in each.note for each in verdicts)
