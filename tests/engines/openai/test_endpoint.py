"""How the openai engine finds its server and keeps its secret."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

import pytest

from mmeval.engines.engine import EngineOptions, open_engine
from mmeval.engines.models.find import Model
from mmeval.engines.openai.endpoint import find_endpoint
from mmeval.engines.openai.engine import OpenAIEngine
from mmeval.errors import ConfigError, EngineError, ModelNotFound
from mmeval.records import Sampling, Scalar
from mmeval.runs.config import check_engine_arg
from tests.builders.openai_asking import SECRET, answers, asking, many, start
from tests.builders.servers import (
    MODEL,
    FakeServer,
    Reply,
    closed_port,
    completion,
    honest,
    models,
)

pytest.importorskip("openai", reason="openai engine: the package openai is not installed")


pytestmark = pytest.mark.usefixtures("no_openai_environment")


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

    @pytest.mark.parametrize("page", ["<html>hello</html>", '{"data": [3]}', "[" * 100_000])
    def test_a_server_of_another_kind_is_named(self, page: str) -> None:
        with (
            FakeServer(listing=Reply(body=page)) as server,
            pytest.raises(EngineError, match="ends in /v1"),
        ):
            start(server.url)

    @pytest.mark.parametrize(
        "listing",
        [
            *(Reply(status=each, body={"error": "no"}) for each in (403, 405, 422, 500, 501, 503)),
            *(Reply(body=each) for each in ("", "[]", '{"data": []}', '{"data": null}', "{}")),
            Reply(body='{"detail": "Not Found"}'),
        ],
        ids=lambda each: f"{each.status} {each.body}",
    )
    def test_a_server_that_keeps_its_list_to_itself_is_asked_and_said(self, listing: Reply) -> None:
        with FakeServer(listing=listing) as server:
            engine = start(server.url, model="mine")
            assert engine.info.settings["model_listed"] is False
            [note] = engine.notes
            assert "/models" in note
            assert note.endswith("mine is asked all the same")
            assert answers(engine, asking("a"))["t/a"].text == "<a>"

    def test_a_bare_list_is_a_list(self) -> None:
        with FakeServer(listing=Reply(body='[{"id": "mine", "max_model_len": 99}]')) as server:
            engine = start(server.url, model="mine")
            assert (engine.info.context, engine.notes) == (99, ())

    def test_a_list_that_is_not_asked_for(self) -> None:
        with FakeServer(listing=Reply(body="<html>")) as server:
            engine = start(server.url, model="mine", list_models=False)
            assert answers(engine, asking("a"))["t/a"].text == "<a>"
            assert not any(each.path.endswith("/models") for each in server.seen)

    @pytest.mark.parametrize("fussy", [False, True])
    def test_a_model_that_is_not_listed_but_answers_is_asked(self, fussy: bool) -> None:
        def named(path: str, body: dict[str, Any], before: int) -> Reply:
            if fussy and "max_tokens" in body:
                return Reply(status=400, body={"error": "use max_completion_tokens instead"})
            reply = honest(path, body, before)
            assert not isinstance(reply.body, str)
            return Reply(body={**reply.body, "model": "mine-2026"})

        with FakeServer(named) as server:
            engine = start(server.url, model="mine")
            [note] = engine.notes
            assert "serves no model 'mine'" in note
            assert "answers all the same as 'mine-2026'" in note

    def test_a_server_that_wants_a_key_names_the_variable(self) -> None:
        with (
            FakeServer(listing=Reply(status=401, body={"error": "no key"})) as server,
            pytest.raises(EngineError, match="OPENAI_API_KEY, which is not set"),
        ):
            start(server.url)

    def test_a_server_that_answers_500_to_everything_is_one_line(self) -> None:
        boom = Reply(status=500, body={"error": "boom"})
        with FakeServer(lambda *_: boom, listing=boom) as server:
            engine = start(server.url, max_retries=1)
            assert "answers HTTP 500: boom" in engine.notes[0]
            with pytest.raises(EngineError, match="HTTP 500: boom"):
                answers(engine, asking("a"))

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
            ({"base_url": "http://h/v1", "retries": 3}, "no argument 'retries'; available:"),
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
        echo = f"you sent {server.seen[-1].headers.get('authorization')} {SECRET}"
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
        kept.append(repr(engine().notes))
        server.listing = Reply(status=401, body=echo)
        with pytest.raises(EngineError) as caught:
            engine()
        kept.append(repr(caught.value))
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

    def test_headers_and_a_query_are_sent_and_nowhere_kept(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setenv("AZURE_KEY", SECRET)
        args: dict[str, Scalar] = {"header.api-key": "AZURE_KEY", "query.key": "AZURE_KEY"}
        args |= {"header.X-Title": "mine", "query.api-version": "2024-10-21"}
        with FakeServer() as server:
            url = server.url + "?more=1&api-version=old"
            kept = self.everything(
                server, lambda: start(url, max_retries=0, concurrency=1, **args), caplog
            )
            for seen in server.seen:
                assert seen.headers["api-key"] == SECRET
                assert seen.headers["x-title"] == "mine"
                assert sorted(seen.query.split("&")) == [
                    "api-version=2024-10-21",
                    f"key={SECRET}",
                    "more=1",
                ]
        assert SECRET not in kept

    @pytest.mark.parametrize("value", [SECRET, "abcdef0123456789", "NOT_SET"])
    @pytest.mark.parametrize("name", ["header.api-key", "header.Cookie", "query.key", "query.sig"])
    def test_a_secret_of_a_header_or_query_is_a_variable(self, name: str, value: str) -> None:
        with pytest.raises(ConfigError, match="variable") as caught:
            check_engine_arg(name, value)
            start("http://127.0.0.1:1/v1", **{name: value})
        assert value == "NOT_SET" or value not in str(caught.value)

    def test_the_only_key_is_the_header_that_was_given(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AZURE_KEY", SECRET)
        with FakeServer() as server:
            answers(start(server.url, **{"header.api-key": "AZURE_KEY"}), asking("a"))
            assert not any("authorization" in each.headers for each in server.seen)

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
