"""What the tests of the openai engine share: opening it, and asking."""

from __future__ import annotations

import threading
from typing import cast

from mmeval.engines.engine import EngineOptions, open_engine
from mmeval.engines.models.find import Model
from mmeval.engines.openai.engine import OpenAIEngine
from mmeval.records import Generation, Message, Prompt, Request, Sampling, Scalar
from tests.builders.servers import MODEL

SECRET = "sk-test-0123456789abcdef"
FAST: dict[str, Scalar] = {"max_retries": 1}


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
