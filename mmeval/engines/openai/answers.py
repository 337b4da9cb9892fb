"""What an OpenAI-compatible server answers, read as a generation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mmeval.answers.thoughts import told
from mmeval.engines.endings import failed, finish_of
from mmeval.engines.openai.message import said
from mmeval.records import Finish, Generation, Request, Sampling, ThoughtState

MANY = 1 << 40
"""Tokens that no answer has; JSON can write numbers that no reader of a run folder takes."""
REPORTED = ("model", "system_fingerprint")
"""Fields of an answer that say who gave it."""


def read_answer(
    request: Request, body: str, sampling: Sampling, opened: bool | None = None
) -> Generation:
    """The generation in a server's answer, all that it says kept.

    `opened`: whether the prompt opened a thought, as `mmeval.answers.thoughts.told` takes it. An
    answer that the server calls an error is a generation with finish `error`. Raises ValueError
    when the body is not an answer at all.
    """
    try:
        parsed = json.loads(body)
        choice = _first(parsed["choices"])
        chat = request.prompt.text is None
        message, field = (choice["message"], "content") if chat else (choice, "text")
        content = message[field]
        finish = choice.get("finish_reason")
        stop_reason = choice.get("stop_reason") or choice.get("matched_stop")
        usage = _object(parsed.get("usage"))
        reasoning_tokens = _count(
            _object(usage.get("completion_tokens_details")).get("reasoning_tokens")
        )
        cached_tokens = _count(_object(usage.get("prompt_tokens_details")).get("cached_tokens"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise ValueError(
            f"the answer is not a completion: {' '.join(body[:200].split())}"
        ) from None
    text, thought = said(message, field)
    if isinstance(finish, dict):  # SGLang's own: {"type": "stop", "matched": ...}
        finish = finish.get("type")
    if content is None and not text and thought is None and finish_of(finish) == "stop":
        return failed(request, "the server's answer has no text, not even an empty one")
    text, fired = _without_stop(text, sampling.stop)
    if isinstance(stop_reason, str) and stop_reason in sampling.stop:  # vLLM, SGLang
        fired = stop_reason
    kind: Finish = "stop" if fired is not None else finish_of(finish)
    tokens = _count(usage.get("completion_tokens"))
    generation = Generation(
        problem_id=request.prompt.problem_id,
        sample=request.sample,
        text=text,
        finish=kind,
        finish_reason=str(finish)[:200] if kind in ("filter", "unknown") and finish else None,
        stop_string=fired,
        prompt_tokens=_count(usage.get("prompt_tokens")),
        tokens=tokens,
        thought=thought,
        thought_state=_state(text, thought, kind, reasoning_tokens),
        thought_tokens=reasoning_tokens or None,
        cached_tokens=cached_tokens,
        error="the server ended the answer with an error" if kind == "error" else None,
    )
    generation = told(generation, opened)
    if generation.unfinished and generation.thought_tokens is None:
        return replace(generation, thought_tokens=tokens)
    return generation


def _state(
    text: str, thought: str | None, finish: Finish, reasoning_tokens: int | None
) -> ThoughtState | None:
    """The state of a thought that the server told apart, or hid; None where it did neither."""
    hidden = finish == "length" and not text.strip() and bool(reasoning_tokens)
    if thought is None and not hidden and not (reasoning_tokens and text.strip()):
        return None
    return "closed" if text.strip() else "open"


def reported_by(body: str) -> Iterator[tuple[str, str]]:
    """What an answer tells of who gave it: (field, value), where it is a short text."""
    parsed = json.loads(body)
    for name in REPORTED:
        value = parsed.get(name)
        if isinstance(value, str) and value:
            yield name, value[:200]


def _first(choices: Any) -> Any:
    """The choice of index 0, wherever it stands; one answer was asked for."""
    return next((each for each in choices if each.get("index", 0) == 0), choices[0])


def _without_stop(text: str, stop: Sequence[str]) -> tuple[str, str | None]:
    """Cuts at the stop string that is complete first, where a server has left it in."""
    ends = [(text.index(each) + len(each), -len(each), each) for each in stop if each in text]
    if not ends:
        return text, None
    end, _, fired = min(ends)
    return text[: end - len(fired)], fired


def _object(value: Any) -> dict[str, Any]:
    """A JSON object; empty where a server gives something else for it, or nothing."""
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < MANY else None
