"""What an OpenAI-compatible server answers, read as a generation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from mmeval.engines.endings import CUT, STOPPED, failed
from mmeval.records import Generation, Request, Sampling

MANY = 1 << 40
"""Tokens that no answer has; JSON can write numbers that no reader of a run folder takes."""
REPORTED = ("model", "system_fingerprint")
"""Fields of an answer that say who gave it."""


def read_answer(request: Request, body: str, sampling: Sampling) -> Generation:
    """The generation in a server's answer.

    A withheld or broken-off answer is a generation with finish `error`. Raises ValueError
    when the body is not an answer at all.
    """
    try:
        parsed = json.loads(body)
        choice = _first(parsed["choices"])
        text = choice["message"]["content"] if request.prompt.text is None else choice["text"]
        finish, stop_reason = choice.get("finish_reason"), choice.get("stop_reason")
        usage = parsed.get("usage")
        counts = usage if isinstance(usage, dict) else {}
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise ValueError(
            f"the answer is not a completion: {' '.join(body[:200].split())}"
        ) from None
    if not isinstance(text, str | None):
        raise ValueError(f"the answer's text is {type(text).__name__}, not a string")
    if not isinstance(finish, str) or finish not in STOPPED | CUT:
        return failed(request, f"the server ended the answer with finish_reason {finish!r:.60}")
    if text is None and finish in STOPPED:  # out of tokens, it may have thought until then
        return failed(request, "the server's answer has no text, not even an empty one")
    text, fired = _without_stop(text or "", sampling.stop)
    if stop_reason in sampling.stop:  # vLLM names the stop string, others a reason of their own
        fired = stop_reason
    return Generation(
        problem_id=request.prompt.problem_id,
        sample=request.sample,
        text=text,
        finish="stop" if finish in STOPPED or fired is not None else "length",
        stop_string=fired,
        prompt_tokens=_count(counts.get("prompt_tokens")),
        tokens=_count(counts.get("completion_tokens")),
    )


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


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < MANY else None
