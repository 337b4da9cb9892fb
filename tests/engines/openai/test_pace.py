"""A server is asked as fast as it can answer, and a request that had to wait has not failed."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from mmeval.engines.openai import pace as paces
from mmeval.engines.openai.pace import retry_after
from mmeval.errors import EngineError
from tests.builders.openai_asking import answers, asking, many, start
from tests.builders.servers import FakeServer, Reply, honest

pytest.importorskip("openai", reason="openai engine: the package openai is not installed")

pytestmark = pytest.mark.usefixtures("no_openai_environment")
NOTHING = {"X-Nothing": "1"}
"""Headers that say nothing of when to come back."""


@pytest.mark.parametrize("told", [NOTHING, {"Retry-After": "1"}], ids=["mute", "Retry-After"])
def test_a_limit_of_requests_is_met_by_slowing_down(told: dict[str, str]) -> None:
    seen: deque[float] = deque()
    lock = threading.Lock()

    def limited(path: str, body: dict[str, Any], before: int) -> Reply:
        with lock:
            now = time.monotonic()
            while seen and now - seen[0] > 1:
                seen.popleft()
            if len(seen) >= 20:
                return Reply(status=429, body={"error": "too many"}, headers=told)
            seen.append(now)
        return honest(path, body, before)

    with FakeServer(limited) as server:
        got = answers(start(server.url), many(100))
    assert len(got) == 100
    assert {each.finish for each in got.values()} == {"stop"}


def test_one_slot_is_not_flooded_and_waiting_in_its_queue_is_no_failure() -> None:
    slot = threading.Lock()

    def slow(path: str, body: dict[str, Any], before: int) -> Reply:
        with slot:
            time.sleep(0.1)
        return honest(path, body, before)

    with FakeServer(slow) as server:
        got = answers(start(server.url, timeout=1), many(40))
        assert {each.finish for each in got.values()} == {"stop"}
        assert len(server.posts()) < 120


def test_a_fast_server_soon_gets_as_many_as_are_allowed() -> None:
    def quick(path: str, body: dict[str, Any], before: int) -> Reply:
        return replace(honest(path, body, before), wait=0.05)

    with FakeServer(quick) as server:
        answers(start(server.url), many(300))
        assert 32 < server.most_at_once <= 64


def test_nothing_but_429_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "FRUITLESS_SECONDS", 1.0)
    reply = Reply(status=429, body="no", headers=NOTHING)
    with (
        FakeServer(lambda *_: reply) as server,
        pytest.raises(EngineError, match="nothing but HTTP 429"),
    ):
        answers(start(server.url), many(30))


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(status=429, body="no", headers={"Retry-After": "86400"}), "for 86,400 s"),
        (
            Reply(status=429, body={"error": {"message": "pay", "code": "insufficient_quota"}}),
            "HTTP 429: pay",
        ),
    ],
    ids=["a day", "no quota"],
)
def test_a_limit_that_no_run_outlasts_ends_it_at_once(reply: Reply, told: str) -> None:
    with FakeServer(lambda *_: reply) as server, pytest.raises(EngineError, match=told):
        answers(start(server.url), many(30))


@pytest.mark.parametrize(
    "body",
    [
        {"error": "busy"},
        {"error": {"message": "Provider returned error", "code": 502}},
        {"error": {"message": "slow down", "code": 429}},
        {"choices": []},
        {"choices": [{"error": {"message": "down"}, "text": "", "finish_reason": "error"}]},
    ],
)
def test_an_error_under_http_200_is_asked_again(body: dict[str, Any]) -> None:
    def once(path: str, sent: dict[str, Any], before: int) -> Reply:
        return honest(path, sent, before) if before else Reply(body=body)

    with FakeServer(once) as server:
        assert answers(start(server.url), asking("a"))["t/a"].text == "<a>"


def test_when_to_come_back() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < (retry_after({"retry-after": date}) or 0) <= 30
    assert retry_after({"retry-after": "1.5"}) == 1.5
    assert retry_after({"retry-after-ms": "20"}) == 0.02
    for nothing in ("soon", "nan", "inf", "-1", "0", ""):
        assert retry_after({"retry-after": nothing}) is None
    assert retry_after({}) is None
