"""How an answer ended: the words that servers have for it, and the generation without one."""

from __future__ import annotations

from mmeval.records import Finish, Generation, Request

STOPPED = frozenset(
    {"stop", "eos", "eos_token", "stop_sequence", "end_turn", "complete", "completed", "finished"}
)
CUT = frozenset({"length", "max_tokens", "model_length", "max_output_tokens", "max_length"})
FILTERED = frozenset(
    {"content_filter", "safety", "recitation", "blocklist", "prohibited_content", "refusal"}
)
"""The words of the servers in use (OpenAI, vLLM, TGI and others) for the ways to end, in small
letters."""


def finish_of(word: object) -> Finish:
    """The way to end that a server's word stands for; `unknown` for any other, and for none."""
    if not isinstance(word, str):
        return "unknown"
    word = word.lower()
    if word in STOPPED:
        return "stop"
    if word in CUT:
        return "length"
    if word in FILTERED:
        return "filter"
    return "error" if word == "error" else "unknown"


def failed(request: Request, why: str) -> Generation:
    """The generation that says why a request has no answer."""
    return Generation(
        problem_id=request.prompt.problem_id, sample=request.sample, finish="error", error=why
    )
