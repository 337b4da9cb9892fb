"""The openai engine against servers that are honest, slow, broken, hostile or not there."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import MODEL, FakeServer, Reply, closed_port, completion, honest, models

from mmeval.engines import EngineOptions, open_engine
from mmeval.engines.background import Emit, iterate
from mmeval.engines.completions import read_answer
from mmeval.engines.endpoint import find_endpoint
from mmeval.engines.openai_engine import OpenAIEngine
from mmeval.errors import ConfigError, EngineError, ModelNotFound
from mmeval.models import Model
from mmeval.records import Generation, Message, Prompt, Request, Sampling, Scalar

SECRET = "sk-test-0123456789abcdef"
FAST: dict[str, Scalar] = {"max_retries": 1, "timeout": 10}
"""One retry after about half a second."""

pytest.importorskip("openai", reason="openai engine: the package openai is not installed")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, no server and no proxy from outside."""
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def start(url: str, **args: Scalar) -> OpenAIEngine:
    model = Model(name=str(args.pop("model", MODEL)))
    options = EngineOptions(args={"base_url": url, **args})
    return cast(OpenAIEngine, open_engine("openai", model, options))


def asking(*texts: str) -> list[Request]:
    return [
        Request(prompt=Prompt(problem_id=f"t/{text}", text=text), seed=index)
        for index, text in enumerate(texts)
    ]


def many(count: int) -> list[Request]:
    return asking(*(f"q{index}" for index in range(count)))


def chatting(*texts: str) -> list[Request]:
    return [
        Request(prompt=Prompt(problem_id=f"t/{t}", messages=(Message(role="user", content=t),)))
        for t in texts
    ]


def answers(
    engine: OpenAIEngine, requests: list[Request], sampling: Sampling | None = None
) -> dict[str, Generation]:
    return {each.problem_id: each for each in engine.generate(requests, sampling or Sampling())}


def no_request_threads() -> bool:
    return not [each for each in threading.enumerate() if each.name == "mmeval-requests"]


class TestAnswers:
    def test_text_goes_to_completions_with_every_sampling_field(self) -> None:
        sampling = Sampling(temperature=0.7, top_p=0.9, max_tokens=12, stop=("Q:", "\n\n"))
        with FakeServer() as server:
            got = answers(start(server.url), asking("a", "b"), sampling)
            assert {k: v.text for k, v in got.items()} == {"t/a": "<a>", "t/b": "<b>"}
            sent = {each.body["prompt"]: each for each in server.posts()}
            assert sent["b"].path == "/v1/completions"
            assert sent["b"].body == {
                "model": MODEL,
                "prompt": "b",
                "max_tokens": 12,
                "temperature": 0.7,
                "top_p": 0.9,
                "seed": 1,
                "stop": ["Q:", "\n\n"],
            }
        one = got["t/a"]
        assert (one.finish, one.prompt_tokens, one.tokens, one.stop_string) == ("stop", 7, 3, None)

    def test_messages_go_to_chat_and_the_server_applies_its_template(self) -> None:
        with FakeServer() as server:
            engine = start(server.url)
            assert answers(engine, chatting("hi"))["t/hi"].text == "<hi>"
            assert engine.info.template_by == "server"
            post = server.posts()[0]
            assert post.path == "/v1/chat/completions"
            assert post.body["messages"] == [{"role": "user", "content": "hi"}]
            assert "stop" not in post.body

    def test_samples_are_requests_of_their_own_with_their_own_seeds(self) -> None:
        prompt = Prompt(problem_id="t/x", text="x")
        requests = [Request(prompt=prompt, sample=i, seed=100 + i) for i in range(4)]
        with FakeServer() as server:
            got = list(start(server.url).generate(requests, Sampling(temperature=1, n=4)))
            assert sorted(each.sample for each in got) == [0, 1, 2, 3]
            assert sorted(each.body["seed"] for each in server.posts()) == [100, 101, 102, 103]
            assert all("n" not in each.body for each in server.posts())

    def test_each_answer_comes_out_when_it_is_finished(self) -> None:
        def slow_first(path: str, body: dict[str, Any], before: int) -> Reply:
            wait = 1.5 if body["prompt"] == "slow" else 0.0
            return Reply(body=honest(path, body, before).body, wait=wait)

        with FakeServer(slow_first) as server:
            begin = time.monotonic()
            stream = start(server.url).generate(asking("slow", "quick"), Sampling())
            assert next(stream).problem_id == "t/quick"
            assert time.monotonic() - begin < 1.5
            assert [each.problem_id for each in stream] == ["t/slow"]

    def test_nothing_to_ask_gives_nothing(self) -> None:
        with FakeServer() as server:
            assert list(start(server.url).generate([], Sampling())) == []

    def test_concurrency_is_bounded_and_used(self) -> None:
        def slow(path: str, body: dict[str, Any], before: int) -> Reply:
            return Reply(body=honest(path, body, before).body, wait=0.05)

        with FakeServer(slow) as server:
            assert len(answers(start(server.url, concurrency=5), many(40))) == 40
            assert server.most_at_once == 5

    def test_units_are_single_requests_and_ids_are_not_known(self) -> None:
        with FakeServer() as server:
            engine = start(server.url)
        requests = many(3)
        assert [list(unit) for unit in engine.units(requests)] == [[each] for each in requests]
        assert engine.token_ids(requests[0].prompt) is None
        engine.close()
        engine.close()


class TestReading:
    """`read_answer`: table of (choice, sampling stop, expected)."""

    @pytest.mark.parametrize(
        ("choice", "text", "finish", "fired", "why"),
        [
            ({"text": "x"}, "x", "stop", None, "an end-of-text token"),
            ({"text": None}, "", "stop", None, "null is the empty answer"),
            ({"text": "x", "finish_reason": "length"}, "x", "length", None, "out of tokens"),
            ({"text": "x", "stop_reason": "Q:"}, "x", "stop", "Q:", "vLLM names the string"),
            ({"text": "x", "stop_reason": 2}, "x", "stop", None, "vLLM: a token id"),
            ({"text": "xQ:"}, "x", "stop", "Q:", "TGI leaves the stop string in"),
            (
                {"text": "xQ:yEND", "finish_reason": "length"},
                "x",
                "stop",
                "Q:",
                "a server that ignores `stop`",
            ),
            ({"text": "x", "finish_reason": "eos_token"}, "x", "stop", None, "TGI"),
        ],
    )
    def test_how_an_answer_ended(
        self, choice: dict[str, Any], text: str, finish: str, fired: str | None, why: str
    ) -> None:
        body = json.dumps({"choices": [{"finish_reason": "stop"} | choice]})
        got = read_answer(asking("a")[0], body, Sampling(stop=("END", "Q:")))
        assert (got.text, got.finish, got.stop_string) == (text, finish, fired), why
        assert (got.prompt_tokens, got.tokens) == (None, None)

    @pytest.mark.parametrize("reason", ["content_filter", "abort", "tool_calls", None, ["stop"]])
    def test_an_answer_that_was_withheld_or_broken_off_is_not_graded(self, reason: Any) -> None:
        body = json.dumps({"choices": [{"text": "Sorry", "finish_reason": reason}]})
        got = read_answer(asking("a")[0], body, Sampling())
        assert (got.finish, got.text) == ("error", "")
        assert repr(reason) in str(got.error)

    @pytest.mark.parametrize(
        "body",
        [
            "<html>busy</html>",
            "[]",
            "null",
            "[" * 100_000,
            '{"choices": []}',
            '{"choices": [{"finish_reason": "stop"}]}',
            '{"choices": [{"finish_reason": "stop", "text": 3}]}',
            '{"choices": [{"finish_reason": "stop", "text": "x"}], "usage": "much"}',
            '{"error": {"message": "overloaded"}}',
        ],
    )
    def test_what_is_no_answer_is_a_value_error(self, body: str) -> None:
        with pytest.raises(ValueError, match="answer"):
            read_answer(asking("a")[0], body, Sampling())

    @settings(derandomize=True, deadline=None)
    @given(
        text=st.text("abQ: \n", max_size=30),
        stop=st.lists(st.text("abQ:", min_size=1, max_size=3), max_size=3),
    )
    def test_no_text_holds_a_stop_string_and_every_text_is_a_beginning(
        self, text: str, stop: list[str]
    ) -> None:
        body = json.dumps({"choices": [{"text": text, "finish_reason": "stop"}]})
        got = read_answer(asking("a")[0], body, Sampling(stop=tuple(stop)))
        assert not any(each in got.text for each in stop)
        assert text.startswith(got.text + (got.stop_string or ""))
        assert (got.stop_string is None) == (got.text == text)


class TestTrouble:
    def test_429_is_asked_again_when_retry_after_says(self) -> None:
        times: list[float] = []

        def busy_once(path: str, body: dict[str, Any], before: int) -> Reply:
            times.append(time.monotonic())
            if not before:
                return Reply(status=429, body={"error": "slow"}, headers={"Retry-After": "1.2"})
            return honest(path, body, before)

        with FakeServer(busy_once) as server:
            assert answers(start(server.url), asking("a"))["t/a"].text == "<a>"
        assert len(times) == 2
        assert times[1] - times[0] >= 1.2

    @pytest.mark.parametrize(
        "trouble",
        [
            Reply(status=500, body={"error": {"message": "boom"}}),
            Reply(status=503, body="starting"),
            Reply(body='{"choices": [', reset=True),
            Reply(body="{}", wait=1.0),
        ],
        ids=["500", "503", "reset midway", "too slow"],
    )
    def test_what_passes_is_asked_again(self, trouble: Reply) -> None:
        def once(path: str, body: dict[str, Any], before: int) -> Reply:
            return honest(path, body, before) if before else trouble

        with FakeServer(once) as server:
            engine = start(server.url, max_retries=2, timeout=0.5)
            got = answers(engine, asking("a", "b"))
        assert {each.text for each in got.values()} == {"<a>", "<b>"}

    @pytest.mark.parametrize(
        ("trouble", "told"),
        [
            (Reply(status=500, body={"error": {"message": "boom"}}), "HTTP 500: boom"),
            (Reply(body='{"choices": [', reset=True), "ReadError"),
            (Reply(body="{}", wait=1.0), "no answer in time"),
            (Reply(body="<html>busy</html>"), "not a completion: <html>busy"),
        ],
        ids=["500", "reset", "too slow", "not JSON"],
    )
    @pytest.mark.parametrize("count", [1, 30])
    def test_a_server_broken_for_ever_ends_the_run_and_answers_nothing(
        self, trouble: Reply, told: str, count: int
    ) -> None:
        with FakeServer(lambda *_: trouble) as server:
            engine = start(server.url, max_retries=1, timeout=0.5)
            stream = engine.generate(many(count), Sampling())
            begin = time.monotonic()
            with pytest.raises(EngineError, match="requests in a row") as caught:
                print(next(stream))  # nothing is yielded that a later run would not ask again
        assert time.monotonic() - begin < 20
        assert told in str(caught.value) or "RemoteProtocolError" in str(caught.value)
        assert f"127.0.0.1:{server.port}" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert no_request_threads()

    def test_500_for_ever_with_the_defaults_ends_in_under_a_minute(self) -> None:
        with FakeServer(lambda *_: Reply(status=500, body={"error": "boom"})) as server:
            engine, begin = start(server.url), time.monotonic()
            with pytest.raises(EngineError, match="64 requests in a row, the last with HTTP 500"):
                list(engine.generate(many(100), Sampling()))
            assert 5 < time.monotonic() - begin < 60
            assert len(server.posts()) >= 64 * 6

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
        died = threading.Event()

        def dying(path: str, body: dict[str, Any], before: int) -> Reply:
            if body["prompt"] == "q12":
                died.set()
            return Reply(status=502) if died.is_set() else honest(path, body, before)

        with FakeServer(dying) as server:
            stream = start(server.url, concurrency=2, **FAST).generate(many(40), Sampling())
            got: list[Generation] = []
            with pytest.raises(EngineError, match="8 requests in a row"):
                for each in stream:
                    got.append(each)
        assert 8 <= len(got) <= 13
        assert all(each.finish == "stop" for each in got)

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
        def slow(path: str, body: dict[str, Any], before: int) -> Reply:
            wait = 0.0 if body["prompt"] == "q0" else 5.0
            return Reply(body=honest(path, body, before).body, wait=wait)

        with FakeServer(slow) as server:
            stream = start(server.url, concurrency=4).generate(many(50), Sampling())
            assert next(stream).problem_id == "t/q0"
            begin = time.monotonic()
            cast(Any, stream).close()
            assert time.monotonic() - begin < 2
            assert no_request_threads()
            assert len(server.posts()) <= 5

    def test_no_thread_is_left_when_everything_is_answered(self) -> None:
        before = threading.active_count()
        with FakeServer() as server:
            answers(start(server.url), many(10))
            assert no_request_threads()
        deadline = time.monotonic() + 5
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
            from mmeval.engines import EngineOptions, open_engine
            from mmeval.models import Model
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

        def slow(path: str, body: dict[str, Any], before: int) -> Reply:
            wait = 0.0 if body["prompt"] == "0" else 30.0
            return Reply(body=honest(path, body, before).body, wait=wait)

        with (
            FakeServer(slow) as server,
            subprocess.Popen(
                [sys.executable, "-c", program, server.url],
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parent.parent,
            ) as process,
        ):
            assert process.stdout is not None
            assert process.stdout.readline() == "got <0>\n"
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=10)[0] == "interrupted\n"
            assert process.returncode == 0

    def test_a_program_that_raises_raises_here_after_what_it_emitted(self) -> None:
        async def program(emit: Emit[int]) -> None:
            emit(1)
            raise LookupError("gone")

        stream: Iterator[int] = iterate(program)
        assert next(stream) == 1
        with pytest.raises(LookupError, match="gone"):
            next(stream)
        assert no_request_threads()


class TestOpening:
    def test_no_server_is_one_line_with_the_port_and_what_to_do(self) -> None:
        port = closed_port()
        with pytest.raises(EngineError) as caught:
            start(f"http://127.0.0.1:{port}/v1")
        told = str(caught.value)
        assert f"127.0.0.1:{port}" in told
        assert f"vllm serve {MODEL} --port {port}" in told
        assert "\n" not in told

    def test_an_unknown_model_is_told_what_there_is(self) -> None:
        listing = models("smollm2-135m", "smollm2-360m", "qwen")
        with (
            FakeServer(listing=listing) as server,
            pytest.raises(ModelNotFound, match=r"did you mean smollm2-135m.*qwen, smollm2-135m"),
        ):
            start(server.url, model="smollm2-135")

    def test_a_server_without_a_list_is_taken_at_the_users_word(self) -> None:
        with FakeServer(listing=Reply(status=404)) as server:
            engine = start(server.url, model="anything")
            assert engine.info.settings["model_listed"] is False
            assert answers(engine, asking("a"))["t/a"].text == "<a>"

    @pytest.mark.parametrize("page", ["<html>hello</html>", "[]", '{"data": [3]}', "[" * 100_000])
    def test_a_server_of_another_kind_is_named(self, page: str) -> None:
        with (
            FakeServer(listing=Reply(body=page)) as server,
            pytest.raises(EngineError, match="ends in /v1"),
        ):
            start(server.url)

    def test_a_server_that_wants_a_key_names_the_variable(self) -> None:
        with (
            FakeServer(listing=Reply(status=401, body={"error": "no key"})) as server,
            pytest.raises(EngineError, match="OPENAI_API_KEY, which is not set"),
        ):
            start(server.url)

    def test_a_server_that_answers_500_is_one_line(self) -> None:
        with (
            FakeServer(listing=Reply(status=500, body={"error": "boom"})) as server,
            pytest.raises(EngineError, match="answers HTTP 500: boom"),
        ):
            start(server.url)

    def test_vllm_is_recognised_and_its_generation_config_switched_off(self) -> None:
        with FakeServer(listing=models(MODEL, owned_by="vllm", max_model_len=1024)) as server:
            server.version = Reply(body={"version": "0.32.0"})
            engine = start(server.url)
            answers(engine, asking("a"))
            sent = server.posts()[0].body
        assert (engine.info.version, engine.info.context) == ("0.32.0", 1024)
        assert (sent["top_k"], sent["min_p"], sent["repetition_penalty"]) == (-1, 0.0, 1.0)
        assert "repetition_penalty=1.0" in str(engine.info.settings["sent"])

    def test_the_generation_config_stays_on_when_asked_for(self) -> None:
        with FakeServer(listing=models(MODEL, owned_by="vllm")) as server:
            options = EngineOptions(args={"base_url": server.url}, use_generation_config=True)
            engine = open_engine("openai", Model(name=MODEL), options)
            answers(cast(OpenAIEngine, engine), asking("a"))
            assert "repetition_penalty" not in server.posts()[0].body

    def test_other_servers_get_only_the_fields_of_the_api(self) -> None:
        with FakeServer() as server:
            engine = start(server.url)
            answers(engine, asking("a"))
            assert "top_k" not in server.posts()[0].body
            assert not any(each.path.endswith("/version") for each in server.seen)
        info = engine.info
        assert (info.version, info.context, info.dtype) == ("unknown", None, "unknown")
        assert (info.mode, info.device, info.bos) == ("remote", "remote", "unknown")

    @pytest.mark.parametrize(
        ("args", "told"),
        [
            ({"base_url": "127.0.0.1:8000/v1"}, "must read like http"),
            ({"base_url": "http://127.0.0.1:99999/v1"}, "must read like http"),
            ({"base_url": "ftp://host/v1"}, "must read like http"),
            ({"base_url": "http://"}, "must read like http"),
            ({}, "OPENAI_BASE_URL"),
            ({"base_url": "http://h/v1", "concurrency": 0}, "concurrency must be a number from 1"),
            ({"base_url": "http://h/v1", "concurrency": "many"}, "got 'many'"),
            ({"base_url": "http://h/v1", "timeout": "nan"}, "timeout must be a number"),
            ({"base_url": "http://h/v1", "max_retries": 1.5}, "max_retries must be a number"),
            ({"base_url": "http://h/v1", "retries": 3}, "no argument 'retries'; there is"),
            ({"base_url": "http://h/v1", "api_key_env": "NOT_SET"}, "NOT_SET: no such"),
        ],
    )
    def test_arguments_that_make_no_sense(self, args: dict[str, Scalar], told: str) -> None:
        with pytest.raises(ConfigError, match=told):
            open_engine("openai", Model(name=MODEL), EngineOptions(args=args))

    def test_the_url_may_come_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with FakeServer() as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/")
            engine = open_engine("openai", Model(name=MODEL), EngineOptions())
            assert engine.info.settings["base_url"] == server.url

    def test_a_proxy_does_not_come_between_this_machine_and_itself(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
        with FakeServer() as server:
            assert answers(start(server.url), asking("a"))["t/a"].text == "<a>"

    @pytest.mark.parametrize(
        ("host", "local"),
        [
            ("127.0.0.1", True),
            ("localhost", True),
            ("[::1]", True),
            ("0.0.0.0", True),
            ("10.0.0.7", False),
            ("127.0.0.1.example.org", False),
        ],
    )
    def test_which_hosts_are_this_machine(self, host: str, local: bool) -> None:
        endpoint = find_endpoint({"base_url": f"http://{host}:8000/v1"}, {})
        assert endpoint.local is local
        assert endpoint.place == f"{host}:8000"


class TestSecrets:
    """A key or password must be sent, and must be nowhere else."""

    def everything(
        self, server: FakeServer, engine: Callable[[], OpenAIEngine], caplog: Any
    ) -> str:
        """All that is shown or kept: info, generations, errors and logs of a talkative server."""
        caplog.set_level(logging.DEBUG)
        kept = [repr(engine().info), repr(vars(engine()))]
        kept.append(repr(list(engine().generate(asking("a"), Sampling()))))
        echo = f"you sent {server.seen[-1].headers['authorization']} {SECRET}"
        server.reply = lambda *_: completion(echo, finish_reason="stop")
        kept.append(repr(list(engine().generate(asking("a"), Sampling()))))
        server.reply = lambda *_: Reply(status=400, body={"error": {"message": echo}})
        kept.append(repr(list(engine().generate(asking("a"), Sampling()))))
        for status in (401, 422, 500):
            server.reply = lambda *_, s=status: Reply(status=s, body=echo)
            with pytest.raises(EngineError) as caught:
                list(engine().generate(many(9), Sampling()))
            kept.append(repr(caught.value))
        server.listing = Reply(status=403, body=echo)
        with pytest.raises(EngineError) as caught:
            engine()
        server.listing = Reply(body=echo)
        with pytest.raises(EngineError) as caught:
            engine()
        kept.append(repr(caught.value))
        return "\n".join([*kept, caplog.text])

    def test_the_key_is_sent_and_nowhere_kept(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setenv("MY_KEY", SECRET)
        with FakeServer() as server:
            kept = self.everything(
                server,
                lambda: start(server.url, api_key_env="MY_KEY", max_retries=0, concurrency=1),
                caplog,
            )
            assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"
        assert SECRET not in kept
        assert "MY_KEY" in kept
        assert "***" in kept

    def test_credentials_in_the_url_are_sent_and_nowhere_kept(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        with FakeServer() as server:
            url = server.url.replace("http://", f"http://someone:{SECRET}@") + "?token=" + SECRET
            kept = self.everything(server, lambda: start(url, max_retries=0, concurrency=1), caplog)
            sent = server.seen[0].headers["authorization"]
        assert sent.startswith("Basic ")
        assert SECRET not in kept
        assert sent.removeprefix("Basic ") not in kept
        assert server.url in kept

    def test_a_key_is_refused_as_an_argument_without_repeating_it(self) -> None:
        with pytest.raises(ConfigError, match="environment") as caught:
            start("http://127.0.0.1:1/v1", api_key=SECRET)
        assert SECRET not in str(caught.value)

    def test_a_bad_url_is_refused_without_its_credentials(self) -> None:
        with pytest.raises(ConfigError) as caught:
            start(f"htp://someone:{SECRET}@host/v1?key={SECRET}")
        assert SECRET not in str(caught.value)

    def test_a_key_that_no_header_can_carry_is_refused_without_repeating_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", f"{SECRET}\nX-Evil: 1")
        with pytest.raises(ConfigError, match="OPENAI_API_KEY") as caught:
            start("http://127.0.0.1:1/v1")
        assert SECRET not in str(caught.value)

    def test_other_keys_of_the_environment_stay_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_ADMIN_KEY", SECRET)
        with FakeServer() as server:
            answers(start(server.url), asking("a"))
            assert SECRET not in repr(server.seen)
