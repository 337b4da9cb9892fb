"""The openai engine against servers that are slow, broken, hostile or gone."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from typing import Any, cast

import pytest

from mmeval.errors import EngineError
from mmeval.records import Generation, Sampling
from tests.builders.openai_asking import (
    FAST,
    answers,
    asking,
    chatting,
    many,
    no_request_threads,
    start,
)
from tests.builders.servers import MODEL, FakeServer, Reply, honest
from tests.builders.source_tree import ROOT

pytest.importorskip("openai", reason="openai engine: the package openai is not installed")


pytestmark = pytest.mark.usefixtures("no_openai_environment")


class TestTrouble:
    def test_429_is_asked_again_when_retry_after_says(self) -> None:
        times: list[float] = []

        def busy_once(path: str, body: dict[str, Any], before: int) -> Reply:
            times.append(time.monotonic())
            if not before:
                return Reply(status=429, body={"error": "slow"}, headers={"Retry-After": "0.7"})
            return honest(path, body, before)

        with FakeServer(busy_once) as server:
            assert answers(start(server.url), asking("a"))["t/a"].text == "<a>"
        assert len(times) == 2
        assert times[1] - times[0] >= 0.7  # and not half a second, as without the header

    @pytest.mark.parametrize(
        "trouble",
        [
            Reply(status=500, body={"error": {"message": "boom"}}),
            Reply(status=503, body="starting"),
            Reply(body='{"choices": [', reset=True),
            Reply(hold=True),
        ],
        ids=["500", "503", "reset midway", "too slow"],
    )
    def test_what_passes_is_asked_again(self, trouble: Reply) -> None:
        def once(path: str, body: dict[str, Any], before: int) -> Reply:
            return honest(path, body, before) if before else trouble

        with FakeServer(once) as server:
            engine = start(server.url, max_retries=9, timeout=1 if trouble.hold else 60)
            got = answers(engine, asking("a", "b"))
        assert {each.text for each in got.values()} == {"<a>", "<b>"}

    @pytest.mark.parametrize(
        ("trouble", "told"),
        [
            (Reply(status=500, body={"error": {"message": "boom"}}), "HTTP 500: boom"),
            (Reply(body='{"choices": [', reset=True), "ReadError"),
            (Reply(hold=True), "no answer in time"),
            (Reply(body={"error": "busy"}), "not a completion: {"),
            (Reply(body="<html>busy</html>"), "not whole JSON: <html>busy"),
        ],
        ids=["500", "reset", "too slow", "no completion", "not JSON"],
    )
    @pytest.mark.parametrize("count", [1, 30])
    def test_a_server_broken_for_ever_ends_the_run_and_answers_nothing(
        self, trouble: Reply, told: str, count: int
    ) -> None:
        with FakeServer(lambda *_: trouble) as server:
            engine = start(server.url, max_retries=1, timeout=0.5 if trouble.hold else 60)
            stream = engine.generate(many(count), Sampling())
            with pytest.raises(EngineError, match="requests in a row") as caught:
                print(next(stream))  # nothing is yielded that a later run would not ask again
            assert len(server.posts()) <= 2 * count
        assert told in str(caught.value) or "RemoteProtocolError" in str(caught.value)
        assert f"127.0.0.1:{server.port}" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert no_request_threads()

    def test_500_for_ever_with_the_defaults_ends_after_six_tries_of_each(self) -> None:
        with FakeServer(lambda *_: Reply(status=500, body={"error": "boom"})) as server:
            engine = start(server.url)
            with pytest.raises(EngineError, match="64 requests in a row, the last with HTTP 500"):
                list(engine.generate(many(100), Sampling()))
            assert 64 * 6 <= len(server.posts()) <= 100 * 6

    def test_one_request_that_always_fails_costs_only_itself(self) -> None:
        def poison(path: str, body: dict[str, Any], before: int) -> Reply:
            bad = body["prompt"] == "q3"
            return Reply(status=500, body={"error": "boom"}) if bad else honest(path, body, before)

        with FakeServer(poison) as server:
            got = answers(start(server.url, **FAST), many(20))
        assert len(got) == 20
        assert [k for k, v in got.items() if v.finish == "error"] == ["t/q3"]
        assert got["t/q3"].error == "HTTP 500: boom"

    def test_a_server_that_dies_half_way_leaves_the_rest_unanswered(self) -> None:
        asked = itertools.count()

        def dying(path: str, body: dict[str, Any], before: int) -> Reply:
            return Reply(status=502) if next(asked) >= 12 else honest(path, body, before)

        with FakeServer(dying) as server:
            stream = start(server.url, concurrency=2, **FAST).generate(many(40), Sampling())
            got: list[Generation] = []
            with pytest.raises(EngineError, match="8 requests in a row"):
                for each in stream:
                    got.append(each)
        assert sum(each.finish == "stop" for each in got) == 12
        # The other worker may have failed before the twelfth answer was back: its request then
        # failed alone, and the server answered after it.
        assert len(got) <= 13

    def test_a_server_that_dies_at_the_very_end_is_not_an_answer_either(self) -> None:
        with FakeServer() as server:
            engine = start(server.url, concurrency=1, **FAST)
            server.listing = Reply(status=502)
            server.reply = lambda path, body, before: (
                honest(path, body, before) if body["prompt"] == "q0" else Reply(status=502)
            )
            stream = engine.generate(many(3), Sampling())
            assert next(stream).problem_id == "t/q0"
            with pytest.raises(EngineError, match="2 requests in a row"):
                next(stream)

    @pytest.mark.parametrize("status", [400, 404, 413, 422])
    def test_a_refused_request_is_an_error_and_its_apology_is_not_graded(self, status: int) -> None:
        long = "too long: " + "x" * 1000

        def refuse(path: str, body: dict[str, Any], before: int) -> Reply:
            bad = body["prompt"] == "q1"
            if bad:
                return Reply(status=status, body={"error": {"message": long}})
            return honest(path, body, before)

        with FakeServer(refuse) as server:
            got = answers(start(server.url), many(4))
            assert len(server.posts()) == 4, "refused for good: asked once"
        assert [k for k, v in got.items() if v.finish == "error"] == ["t/q1"]
        assert got["t/q1"].text == ""
        assert str(got["t/q1"].error).startswith(f"HTTP {status}: too long: xxx")
        assert len(str(got["t/q1"].error)) < 400

    def test_a_single_refused_request_does_not_end_the_run(self) -> None:
        with FakeServer(lambda *_: Reply(status=400, body={"error": "too long"})) as server:
            assert answers(start(server.url), asking("a"))["t/a"].error == "HTTP 400: too long"

    def test_a_server_that_refuses_everything_ends_the_run(self) -> None:
        with FakeServer(lambda *_: Reply(status=400, body={"detail": "no stop"})) as server:
            with pytest.raises(EngineError, match=r"refused 8 requests.*HTTP 400: no stop"):
                list(start(server.url, concurrency=4).generate(many(50), Sampling()))
            assert len(server.posts()) < 20

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_wrong_key_ends_the_run_at_once(self, status: int) -> None:
        with FakeServer(lambda *_: Reply(status=status, body={"error": "who?"})) as server:
            engine = start(server.url, concurrency=2)
            with pytest.raises(EngineError, match=f"HTTP {status}: who.*OPENAI_API_KEY"):
                list(engine.generate(many(50), Sampling()))
            assert len(server.posts()) <= 2

    def test_chat_falls_back_to_max_completion_tokens_once_and_remembers(self) -> None:
        def newer(path: str, body: dict[str, Any], before: int) -> Reply:
            if "max_tokens" in body:
                why = "Unsupported parameter: use 'max_completion_tokens' instead."
                return Reply(status=400, body={"error": {"message": why}})
            return honest(path, body, before)

        with FakeServer(newer) as server:
            engine = start(server.url, concurrency=1)
            got = answers(engine, chatting("a", "b", "c"), Sampling(max_tokens=9))
            assert [each.finish for each in got.values()] == ["stop"] * 3
            fields = ["max_tokens" in each.body for each in server.posts()]
            assert fields == [True, False, False, False]
            assert server.posts()[-1].body["max_completion_tokens"] == 9


class TestStopping:
    def test_closing_early_cancels_what_is_in_flight(self) -> None:
        four = threading.Barrier(4)

        def slow(path: str, body: dict[str, Any], before: int) -> Reply:
            if body["prompt"] in ("q0", "q1", "q2", "q3"):
                four.wait(60)
            return replace(honest(path, body, before), hold=body["prompt"] != "q0")

        with FakeServer(slow) as server:
            stream = start(server.url, concurrency=4).generate(many(50), Sampling())
            assert next(stream).problem_id == "t/q0"
            cast(Any, stream).close()
            assert no_request_threads()
            assert server.in_flight >= 3, "nobody waited for these"
            assert len(server.posts()) <= 5

    def test_no_thread_is_left_when_everything_is_answered(self) -> None:
        before = threading.active_count()
        with FakeServer() as server:
            answers(start(server.url), many(10))
            assert no_request_threads()
        deadline = time.monotonic() + 60
        while threading.active_count() > before and time.monotonic() < deadline:
            time.sleep(0.01)  # the fake server's own threads end a moment later
        assert threading.active_count() <= before

    def test_the_error_of_a_reader_ends_the_thread(self) -> None:
        with FakeServer() as server:
            stream = start(server.url).generate(many(10), Sampling())
            with pytest.raises(OSError, match="disk full"):
                for _ in stream:
                    raise OSError("disk full")
            del stream
        assert no_request_threads()

    def test_control_c_ends_the_process_at_once(self) -> None:
        program = textwrap.dedent(f"""
            import signal, sys
            from mmeval.engines.engine import EngineOptions, open_engine
            from mmeval.engines.models.find import Model
            from mmeval.records import Prompt, Request, Sampling
            # What a shell starts in the background ignores Ctrl-C; so would this.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            engine = open_engine("openai", Model(name="{MODEL}"),
                                 EngineOptions(args={{"base_url": sys.argv[1]}}))
            asked = [Request(prompt=Prompt(problem_id=str(i), text=str(i))) for i in range(9)]
            try:
                for each in engine.generate(asked, Sampling()):
                    print("got", each.text, flush=True)
            except KeyboardInterrupt:
                print("interrupted", flush=True)
        """)

        nine = threading.Barrier(9)

        def slow(path: str, body: dict[str, Any], before: int) -> Reply:
            nine.wait(60)
            return replace(honest(path, body, before), hold=body["prompt"] != "0")

        with (
            FakeServer(slow) as server,
            subprocess.Popen(
                [sys.executable, "-c", program, server.url],
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            ) as process,
        ):
            assert process.stdout is not None
            assert process.stdout.readline() == "got <0>\n"
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=300)[0] == "interrupted\n"
            assert server.in_flight == 8
            assert process.returncode == 0
