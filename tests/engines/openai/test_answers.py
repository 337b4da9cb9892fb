"""The openai engine against honest servers, and what it reads of their answers."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.engines.openai.answers import read_answer
from mmeval.records import Prompt, Request, Sampling
from tests.builders.openai_asking import answers, asking, chatting, many, start
from tests.builders.servers import MODEL, FakeServer, Reply, honest
from tests.builders.vendor_answers import VENDORS

pytest.importorskip("openai", reason="openai engine: the package openai is not installed")


GREEDY = Sampling()
pytestmark = pytest.mark.usefixtures("no_openai_environment")


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
            return replace(honest(path, body, before), hold=body["prompt"] == "slow")

        with FakeServer(slow_first) as server:
            stream = start(server.url).generate(asking("slow", "quick"), Sampling())
            assert next(stream).problem_id == "t/quick"
            assert server.in_flight == 1
            server.release()
            assert [each.problem_id for each in stream] == ["t/slow"]

    def test_nothing_to_ask_gives_nothing(self) -> None:
        with FakeServer() as server:
            assert list(start(server.url).generate([], Sampling())) == []

    def test_concurrency_is_bounded_and_used(self) -> None:
        five = threading.Barrier(5)

        def together(path: str, body: dict[str, Any], before: int) -> Reply:
            five.wait(60)  # for four others, and for ever if there are fewer
            return honest(path, body, before)

        with FakeServer(together) as server:
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
            ({"text": ""}, "", "stop", None, "the empty answer"),
            ({"text": None, "finish_reason": "length"}, "", "length", None, "it only thought"),
            ({"text": "x", "stop_reason": "end_turn"}, "x", "stop", None, "a reason of its own"),
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

    @pytest.mark.parametrize(
        ("reason", "finish", "word"),
        [
            ("content_filter", "filter", "content_filter"),
            ("SAFETY", "filter", "SAFETY"),
            ("abort", "unknown", "abort"),
            ("tool_calls", "unknown", "tool_calls"),
            ("", "unknown", None),
            (None, "unknown", None),
            (["stop"], "unknown", "['stop']"),
            ("STOP", "stop", None),
            ("COMPLETE", "stop", None),
            ("model_length", "length", None),
            ({"type": "length", "length": 5}, "length", None),
        ],
    )
    def test_an_answer_that_was_paid_for_is_kept_however_it_ended(
        self, reason: Any, finish: str, word: str | None
    ) -> None:
        body = json.dumps({"choices": [{"text": "It is 5", "finish_reason": reason}]})
        got = read_answer(asking("a")[0], body, Sampling())
        assert (got.text, got.finish, got.finish_reason) == ("It is 5", finish, word)
        assert got.error is None

    def test_what_the_server_calls_an_error_is_one_and_its_text_stays(self) -> None:
        body = json.dumps({"choices": [{"text": "It is", "finish_reason": "error"}]})
        got = read_answer(asking("a")[0], body, Sampling())
        assert (got.text, got.finish) == ("It is", "error")
        assert got.error

    @pytest.mark.parametrize("reason", ["max_tokens", "Q", "", "length", ["Q:"], 2, None])
    def test_a_reason_that_is_no_string_that_was_asked_for_stops_nothing(self, reason: Any) -> None:
        choice = {"text": "x", "finish_reason": "length", "stop_reason": reason}
        got = read_answer(asking("a")[0], json.dumps({"choices": [choice]}), Sampling(stop=("Q:",)))
        assert (got.finish, got.stop_string) == ("length", None)

    def test_the_details_of_the_usage_are_kept(self) -> None:
        usage = {
            "prompt_tokens": 9,
            "completion_tokens": 50,
            "completion_tokens_details": {"reasoning_tokens": 40},
            "prompt_tokens_details": {"cached_tokens": 8},
        }
        choice = {"message": {"content": "5"}, "finish_reason": "stop"}
        got = read_answer(
            chatting("a")[0], json.dumps({"choices": [choice], "usage": usage}), GREEDY
        )
        assert (got.tokens, got.thought_tokens, got.cached_tokens) == (50, 40, 8)
        assert (got.thought, got.thought_state) == (None, "closed")  # it keeps it to itself

    @pytest.mark.parametrize(
        ("message", "finish", "text", "thought", "state"),
        [
            ({"content": "5", "reasoning": "hm"}, "stop", "5", "hm", "closed"),
            ({"content": "5", "reasoning_content": "hm"}, "stop", "5", "hm", "closed"),
            (
                {"content": "5", "reasoning": None, "reasoning_content": "hm"},
                *("stop", "5", "hm", "closed"),
            ),
            ({"content": "5", "thinking": "hm"}, "stop", "5", "hm", "closed"),
            (
                {"content": "5", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
                *("stop", "5", "hm", "closed"),
            ),
            ({"content": None, "reasoning_content": "hm 5"}, "length", "", "hm 5", "open"),
            ({"content": "", "reasoning": "hm 5"}, "stop", "", "hm 5", "open"),
            ({"content": [{"type": "text", "text": "5"}]}, "stop", "5", None, None),
            (
                {
                    "content": [
                        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                        {"type": "text", "text": "It is "},
                        {"type": "text", "text": "5"},
                    ]
                },
                *("stop", "It is 5", "hm", "closed"),
            ),
            (
                {"content": [{"type": "thinking", "thinking": "hm"}]},
                *("length", "", "hm", "open"),
            ),
            ({"content": None, "refusal": "No."}, "stop", "No.", None, None),
            ({"content": "hm</think>5"}, "stop", "hm</think>5", "hm", "closed"),
            ({"content": "<think>hm"}, "length", "<think>hm", "hm", "open"),
            ({"content": "It is 5"}, "stop", "It is 5", None, None),
        ],
    )
    def test_the_thought_is_told_from_the_answer_under_every_name(
        self, message: dict[str, Any], finish: str, text: str, thought: str, state: str
    ) -> None:
        body = json.dumps({"choices": [{"message": message, "finish_reason": finish}]})
        got = read_answer(chatting("a")[0], body, GREEDY)
        assert (got.text, got.thought, got.thought_state) == (text, thought, state)

    def test_a_thought_that_took_all_tokens_is_open_though_it_is_not_shown(self) -> None:
        usage = {"completion_tokens": 64, "completion_tokens_details": {"reasoning_tokens": 64}}
        choice = {"message": {"content": ""}, "finish_reason": "length"}
        got = read_answer(
            chatting("a")[0], json.dumps({"choices": [choice], "usage": usage}), GREEDY
        )
        assert (got.thought_state, got.thought, got.thought_tokens) == ("open", None, 64)

    @pytest.mark.parametrize("name", VENDORS)
    def test_the_answer_of_each_server_is_read_whole(self, name: str) -> None:
        vendor = VENDORS[name]
        with FakeServer(lambda *_: Reply(body=vendor.body)) as server:
            sampling = Sampling(stop=("Question:",))
            got = answers(start(server.url), chatting("a"), sampling)["t/a"]
            assert len(server.posts()) == 1
        assert (got.text, got.thought, got.finish) == (vendor.text, vendor.thought, vendor.finish)
        assert (got.tokens, got.thought_tokens) == (vendor.tokens, vendor.thought_tokens)
        assert got.stop_string == vendor.stop_string
        assert vendor.page

    @pytest.mark.parametrize(("opened", "state"), [(True, "open"), (False, "none"), (None, None)])
    def test_a_text_without_marks_is_what_its_prompt_says(
        self, opened: bool | None, state: str | None
    ) -> None:
        body = json.dumps({"choices": [{"text": "hm 5", "finish_reason": "length"}]})
        assert read_answer(asking("a")[0], body, GREEDY, opened).thought_state == state

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
            '{"error": {"message": "overloaded"}}',
        ],
    )
    def test_what_is_no_answer_is_a_value_error(self, body: str) -> None:
        with pytest.raises(ValueError, match="answer"):
            read_answer(asking("a")[0], body, Sampling())

    def test_null_is_no_empty_answer(self) -> None:
        body = json.dumps({"choices": [{"text": None, "finish_reason": "stop"}]})
        got = read_answer(asking("a")[0], body, Sampling())
        assert (got.finish, got.text) == ("error", "")
        assert "has no text" in str(got.error)

    @pytest.mark.parametrize(
        "usage", ["much", 3, [1], None, {"completion_tokens": int("9" * 40)}, {"prompt_tokens": -1}]
    )
    def test_usage_that_makes_no_sense_fails_no_answer(self, usage: Any) -> None:
        choice = {"text": "x", "finish_reason": "stop"}
        got = read_answer(
            asking("a")[0], json.dumps({"choices": [choice], "usage": usage}), Sampling()
        )
        assert (got.text, got.prompt_tokens, got.tokens) == ("x", None, None)

    @pytest.mark.parametrize("order", [(0, 1), (1, 0), (2, 1, 0)])
    def test_the_first_choice_is_the_one_of_index_0(self, order: tuple[int, ...]) -> None:
        choices = [{"index": i, "text": f"text {i}", "finish_reason": "stop"} for i in order]
        got = read_answer(asking("a")[0], json.dumps({"choices": choices}), Sampling())
        assert got.text == "text 0"

    @settings(deadline=None)
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
