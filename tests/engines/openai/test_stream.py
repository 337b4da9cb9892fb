"""A streamed answer is the one that it would be unstreamed, and as bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mmeval.engines.openai.stream import Joined, StreamError
from mmeval.records import Sampling
from tests.builders.openai_asking import answers, asking, chatting, start
from tests.builders.servers import FakeServer, Reply

pytest.importorskip("openai", reason="openai engine: the package openai is not installed")

pytestmark = pytest.mark.usefixtures("no_openai_environment")
SSE = {"Content-Type": "text/event-stream"}


def events(*deltas: dict[str, Any], end: str = "data: [DONE]\n\n", **last: Any) -> str:
    rows = [{"model": "m", "choices": [{"index": 0, "delta": each}]} for each in deltas]
    final = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"} | last]}
    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    made = "".join(f"data: {json.dumps(row)}\n\n" for row in (*rows, final, usage))
    return f": a comment\n\nevent: message\n{made}{end}"


WHOLE = events(
    {"role": "assistant", "content": ""},
    {"reasoning_content": "Let me "},
    {"reasoning_content": "think."},
    {"content": "Fo"},
    {"content": "ur é"},
)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_pieces_are_added_up_wherever_they_are_cut(ends: str, size: int) -> None:
    data = WHOLE.replace("\n", ends).encode()
    joined = Joined(10_000)
    for at in range(0, len(data), size):
        joined.feed(data[at : at + size])
    [choice] = json.loads(joined.body())["choices"]
    assert choice["message"] == {
        "role": "assistant",
        "content": "Four é",
        "reasoning_content": "Let me think.",
    }
    assert choice["finish_reason"] == "stop"


def test_a_stream_without_its_end_or_without_bound_is_none() -> None:
    broken = Joined(10_000)
    broken.feed(WHOLE.partition('data: {"choices": [{"index": 0, "delta": {}')[0].encode())
    with pytest.raises(StreamError):
        broken.body()
    for endless in (b"data: ", WHOLE.encode(), b": ping\n\n"):
        joined = Joined(1000)
        with pytest.raises(StreamError):
            for _ in range(100_000):
                joined.feed(endless)


@pytest.mark.parametrize(
    "told",
    [
        "This model only support stream mode, please enable the stream parameter",
        "Stream must be set to true",
        "streaming is required: set stream=true",
    ],
)
def test_a_server_that_only_streams_is_streamed(told: str) -> None:
    def only(path: str, body: dict[str, Any], before: int) -> Reply:
        if not body.get("stream"):
            return Reply(status=400, body={"error": {"message": told}})
        return Reply(body=WHOLE, headers=SSE)

    with FakeServer(only) as server:
        engine = start(server.url)
        one = answers(engine, chatting("a"))["t/a"]
        assert (one.text, one.thought, one.finish) == ("Four é", "Let me think.", "stop")
        assert (one.prompt_tokens, one.tokens) == (7, 3)
        assert list(engine.refused) == ["stream"]


def test_a_completion_is_streamed_too_though_nobody_asked() -> None:
    rows = [{"choices": [{"text": text, "index": 0}]} for text in ("a", "b")]
    made = "".join(f"data: {json.dumps(row)}\n\n" for row in rows) + "data: [DONE]\n\n"
    with FakeServer(lambda *_: Reply(body=made, headers=SSE)) as server:
        assert answers(start(server.url), asking("a"))["t/a"].text == "ab"


@pytest.mark.parametrize(
    "first",
    [
        WHOLE.partition("think")[0],
        'data: {"error": {"message": "overloaded"}}\n\n',
        'data: {"error": {"code": 502, "message": "down"}, "choices": [{"index": 0, "delta": '
        '{"content": "Fo"}, "finish_reason": "error"}]}\n\n',
        "data: <html>\n\n",
    ],
    ids=["cut", "error", "error midway", "no event"],
)
def test_a_stream_that_breaks_is_asked_again(first: str) -> None:
    def once(path: str, body: dict[str, Any], before: int) -> Reply:
        return Reply(body=WHOLE if before else first, headers=SSE)

    with FakeServer(once) as server:
        one = answers(start(server.url), chatting("a"), Sampling(max_tokens=64))["t/a"]
    assert (one.text, one.finish) == ("Four é", "stop")
