"""What comes back from a server is bounded in bytes and in time, and comes from that server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mmeval.errors import EngineError, ModelNotFound
from mmeval.records import Sampling
from tests.builders.hostile_servers import ANSWERS, LISTING, HostileServer
from tests.builders.openai_asking import answers, asking, chatting, many, no_request_threads, start
from tests.builders.servers import FakeServer, Reply, completion, honest

pytest.importorskip("openai", reason="openai engine: the package openai is not installed")

pytestmark = pytest.mark.usefixtures("no_openai_environment")


@pytest.fixture(scope="module")
def hostile() -> Iterator[HostileServer]:
    with HostileServer() as server:
        yield server


@pytest.mark.parametrize("fault", sorted(set(ANSWERS) - {"honest"}))
def test_an_answer_without_end_or_measure_ends_in_one_line(
    fault: str, hostile: HostileServer
) -> None:
    engine = start(hostile.url(fault), max_retries=0, timeout=2)
    begin = time.monotonic()
    with pytest.raises(EngineError, match="in a row") as caught:
        list(engine.generate(many(2), Sampling(max_tokens=8)))
    assert time.monotonic() - begin < 30
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    assert no_request_threads()


@pytest.mark.parametrize("fault", sorted(LISTING))
def test_so_does_a_list_of_models(fault: str, hostile: HostileServer) -> None:
    begin = time.monotonic()
    if fault.startswith("version"):
        assert start(hostile.url(fault), timeout=2).info.version == "unknown"
    else:
        with pytest.raises((EngineError, ModelNotFound)) as caught:
            start(hostile.url(fault), timeout=0.5)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 600
    assert time.monotonic() - begin < 30


def test_the_bound_follows_from_max_tokens() -> None:
    """The longest answer that can be honest is taken, and one that cannot be is not."""
    spaces = " " * 128 * 10_000

    with FakeServer(lambda *_: completion(spaces)) as server:
        long = answers(start(server.url), asking("a"), Sampling(max_tokens=10_000))
        assert long["t/a"].text == spaces
        with pytest.raises(EngineError, match="more than 525,312 bytes"):
            answers(start(server.url), asking("a"), Sampling(max_tokens=8))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("chat", [False, True])
def test_no_prompt_is_sent_on_to_another_server(status: int, chat: bool) -> None:
    with FakeServer() as other, FakeServer() as server:
        server.reply = lambda path, *_: Reply(
            status=status, headers={"Location": f"http://me:pass@localhost:{other.port}{path}?q=1"}
        )
        with pytest.raises(EngineError) as caught:
            list(start(server.url).generate((chatting if chat else asking)("a"), Sampling()))
        assert not other.seen
    assert f"a redirect to http://localhost:{other.port}, where nothing is sent" in str(
        caught.value
    )
    assert "pass" not in str(caught.value)


def test_a_redirect_within_the_server_is_followed() -> None:
    def moved(path: str, body: dict[str, Any], before: int) -> Reply:
        if path == "/v1/completions":
            return Reply(status=307, headers={"Location": "/moved/completions"})
        return honest(path, body, before)

    with FakeServer(moved) as server:
        assert answers(start(server.url), asking("a"))["t/a"].text == "<a>"


@pytest.mark.parametrize(
    "body",
    ['{"choices": [{"text": "4', "", "<html>busy</html>", '{"choices": [{"text": "\udcff"}]}'],
    ids=["cut", "nothing", "a page", "bytes that are not UTF-8"],
)
def test_an_answer_that_is_broken_is_asked_again(body: str) -> None:
    def once(path: str, sent: dict[str, Any], before: int) -> Reply:
        return honest(path, sent, before) if before else Reply(body=body)

    with FakeServer(once) as server:
        assert answers(start(server.url), asking("a"))["t/a"].text == "<a>"
        assert len(server.posts()) == 2


def test_bytes_that_are_not_utf_8_are_no_answer() -> None:
    raw = json.dumps({"choices": [{"text": "QQ", "finish_reason": "stop"}]})
    with (
        FakeServer(lambda *_: Reply(body=raw.replace("QQ", "caf\udce9"))) as server,
        pytest.raises(EngineError, match="not UTF-8"),
    ):
        answers(start(server.url, max_retries=0), asking("a"))


@pytest.mark.parametrize("password", ["question", "12345678"])
def test_an_answer_stays_as_it_is_where_the_password_is_a_word(password: str) -> None:
    text = f"the {password} is 12345678"
    made = completion(text)
    assert not isinstance(made.body, str)
    reply = Reply(body={**made.body, "created": 12345678, "model": f"m-{password}"})
    with FakeServer(lambda *_: reply) as server:
        url = server.url.replace("http://", f"http://me:{password}@")
        assert answers(start(url), asking("a"))["t/a"].text == text


def test_an_answer_that_repeats_the_key_fails_and_is_not_altered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")

    def telling(path: str, body: dict[str, Any], before: int) -> Reply:
        return completion("sk-0123456789") if body["prompt"] == "q1" else completion("4")

    with FakeServer(telling) as server:
        got = answers(start(server.url), many(2))
    assert got["t/q0"].text == "4"
    assert (got["t/q1"].finish, got["t/q1"].text) == ("error", "")
    assert "repeats the key" in str(got["t/q1"].error)
