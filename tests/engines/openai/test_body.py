"""No two servers take the same fields: one that is refused is left out once, and told."""

from __future__ import annotations

from typing import Any

import pytest

from mmeval.engines.engine import EngineOptions
from mmeval.engines.openai.body import Body, extra_body, switches
from mmeval.engines.openai.endpoint import Endpoint
from mmeval.errors import ConfigError, EngineError
from mmeval.records import Prompt, Request, Sampling
from tests.builders.openai_asking import answers, asking, chatting, start
from tests.builders.servers import FakeServer, Reply, completion, honest

pytest.importorskip("openai", reason="openai engine: the package openai is not installed")

pytestmark = pytest.mark.usefixtures("no_openai_environment")
TEN = tuple(f"stop{index}" for index in range(10))
ALL = Sampling(temperature=0.7, top_p=0.9, stop=TEN)

REFUSALS: dict[str, tuple[str, int, Any]] = {  # (what is refused, status, the body of the refusal)
    "openai": (
        "temperature",
        400,
        {
            "error": {
                "message": "Unsupported value: 'temperature' does not support 0.7 with this model.",
                "param": "temperature",
                "code": "unsupported_value",
            }
        },
    ),
    "pydantic": (
        "seed",
        422,
        {
            "detail": [
                {
                    "type": "extra_forbidden",
                    "loc": ["body", "seed"],
                    "msg": "Extra inputs are not permitted",
                    "input": {"temperature": 1, "top_p": 1},
                }
            ]
        },
    ),
    "plain": ("seed", 422, {"error": {"message": "seed: Extra inputs are not permitted"}}),
    "both": (
        "top_p",
        400,
        {"error": {"message": "`temperature` and `top_p` cannot both be specified."}},
    ),
    "tgi": ("top_p", 422, {"error": "Input validation error: `top_p` must be > 0.0 and < 1.0"}),
    "text": ("top_p", 400, "unknown field top_p"),
}


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("chat", [False, True])
def test_a_field_that_a_server_names_is_left_out_once(name: str, chat: bool) -> None:
    field, status, told = REFUSALS[name]

    def refuse(path: str, body: dict[str, Any], before: int) -> Reply:
        return Reply(status=status, body=told) if field in body else honest(path, body, before)

    with FakeServer(refuse) as server:
        engine = start(server.url, concurrency=1)
        got = answers(engine, (chatting if chat else asking)("a", "b", "c"), ALL)
        assert {each.text for each in got.values()} == {"<a>", "<b>", "<c>"}
        assert sum(field in each.body for each in server.posts()) == 1
        assert list(engine.refused) == [field]


def test_many_at_once_learn_it_together() -> None:
    def refuse(path: str, body: dict[str, Any], before: int) -> Reply:
        for field in ("seed", "top_p", "temperature"):
            if field in body:
                return Reply(status=400, body={"error": f"{field} is not known"}, wait=0.05)
        return honest(path, body, before)

    with FakeServer(refuse) as server:
        got = answers(start(server.url), asking(*map(str, range(20))), ALL)
    assert {each.finish for each in got.values()} == {"stop"}


@pytest.mark.parametrize(
    "told", ["'$.stop' is invalid.", "stop: at most 4 items", "stop sequences"]
)
def test_four_stop_strings_are_sent_and_the_rest_is_cut_here(told: str) -> None:
    def refuse(path: str, body: dict[str, Any], before: int) -> Reply:
        if len(body.get("stop", ())) > 4:
            return Reply(status=400, body={"error": {"message": told}})
        return completion("before stop7 after")

    with FakeServer(refuse) as server:
        engine = start(server.url, concurrency=1)
        one = answers(engine, asking("a"), ALL)["t/a"]
        assert (one.text, one.stop_string) == ("before ", "stop7")
        assert len(server.posts()[-1].body["stop"]) == 4
        assert engine.refused == {"stop": "the first 4 sent, the others cut here"}


def test_a_server_that_takes_no_stop_strings_gets_none() -> None:
    def refuse(path: str, body: dict[str, Any], before: int) -> Reply:
        if "stop" in body:
            return Reply(status=400, body={"error": "Unsupported parameter: 'stop'"})
        return completion("before stop7 after")

    with FakeServer(refuse) as server:
        engine = start(server.url, concurrency=1)
        assert answers(engine, asking("a"), ALL)["t/a"].text == "before "
        assert engine.refused == {"stop": "not sent, cut here"}


def test_a_greedy_request_is_sent_nothing_that_it_has_no_use_for() -> None:
    body = Body("m", {}, {}).payload(Request(prompt=Prompt(problem_id="a", text="a")), Sampling())
    assert body == {"model": "m", "prompt": "a", "max_tokens": 512, "temperature": 0.0}


def test_a_greedy_request_without_its_temperature_is_told_and_has_a_seed() -> None:
    def refuse(path: str, body: dict[str, Any], before: int) -> Reply:
        if "temperature" in body:
            return Reply(status=400, body={"error": "temperature must be strictly positive"})
        return honest(path, body, before)

    with FakeServer(refuse) as server:
        engine = start(server.url)
        assert answers(engine, asking("a"))["t/a"].text == "<a>"
        assert engine.refused == {"temperature": "the server's default instead of 0.0"}
        assert server.posts()[-1].body["seed"] == 0


@pytest.mark.parametrize(
    "told",
    [
        "This model's maximum context length is 2048 tokens, you requested 3000",
        "'max_tokens' or 'max_completion_tokens' is too large: 512. Maximum context is 100.",
        "the prompt is too long",
    ],
)
def test_a_refusal_that_names_no_field_is_the_requests_own(told: str) -> None:
    with FakeServer(lambda *_: Reply(status=400, body={"error": {"message": told}})) as server:
        engine = start(server.url)
        [one] = answers(engine, asking("a"), ALL).values()
        assert told[:20] in str(one.error)
        assert engine.refused == {}
        assert len(server.posts()) == 1


def test_what_the_user_added_is_sent_and_never_left_out() -> None:
    def refuse(path: str, body: dict[str, Any], before: int) -> Reply:
        return Reply(status=400, body={"error": {"message": "top_k is not known"}})

    extra: dict[str, Any] = {"extra_body.top_k": 7, "extra_body.a.b": True, "extra_body.l": "[1]"}
    with FakeServer(refuse) as server:
        engine = start(server.url, **extra)
        assert "top_k is not known" in str(answers(engine, asking("a"))["t/a"].error)
        sent = server.posts()[0].body
        assert (sent["top_k"], sent["a"], sent["l"]) == (7, {"b": True}, [1])
        assert len(server.posts()) == 1
    assert set(engine.info.bound) == {"owned_by", "sent", *extra}
    assert engine.info.settings["extra_body.top_k"] == 7


@pytest.mark.parametrize(
    "given",
    [{"extra_body.l": "[1"}, {"extra_body.": 1}, {"extra_body.a": 1, "extra_body.a.b": 2}]
    + [{f"extra_body.{name}": 1} for name in ("messages", "prompt", "n")],
)
def test_what_cannot_be_added(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="extra_body"):
        extra_body(given)


def test_a_server_that_refuses_for_ever_ends() -> None:
    with FakeServer(
        lambda *_: Reply(status=400, body={"error": "seed top_p temperature stop"})
    ) as server:
        engine = start(server.url, concurrency=2)
        with pytest.raises(EngineError, match="refused 8 requests"):
            answers(engine, asking(*map(str, range(20))), ALL)
        assert len(server.posts()) < 40


@pytest.mark.parametrize("chat", [True, False])
def test_switches_are_sent_where_they_are_set(chat: bool) -> None:
    options = EngineOptions(chat_args={"enable_thinking": False}, reasoning_effort="low")
    body = Body("m", {"top_k": -1}, {})
    body.switches = switches(options, Endpoint(url="http://h/v1"), vllm=False)
    sampling = Sampling(temperature=1, top_k=5, min_p=0.1, presence_penalty=0.5)
    sent = body.payload((chatting if chat else asking)("a")[0], sampling)
    assert (sent["top_k"], sent["min_p"], sent["presence_penalty"]) == (5, 0.1, 0.5)
    assert "repetition_penalty" not in sent
    assert ("chat_template_kwargs" in sent) == ("reasoning_effort" in sent) == chat
    if chat:
        assert sent["chat_template_kwargs"] == {"enable_thinking": False}


def test_a_budget_goes_by_the_name_that_the_server_has_for_it() -> None:
    options = EngineOptions(thinking_budget=64)
    for url, vllm, sent in (
        ("http://127.0.0.1:8000/v1", True, {"thinking_token_budget": 64}),
        ("https://openrouter.ai/api/v1", False, {"reasoning": {"max_tokens": 64}}),
        (
            "https://api.anthropic.com/v1",
            *(False, {"thinking": {"type": "enabled", "budget_tokens": 64}}),
        ),
    ):
        assert switches(options, Endpoint(url=url), vllm) == sent
    with pytest.raises(ConfigError, match=r"extra_body\.thinking_budget=64"):
        switches(options, Endpoint(url="http://h/v1"), vllm=False)
