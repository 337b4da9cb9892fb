"""How an answer ended: the words that servers have for it, and the generation without one."""

from __future__ import annotations

from mmeval.records import Generation, Request

STOPPED = frozenset({"stop", "eos", "eos_token", "stop_sequence", "end_turn"})
CUT = frozenset({"length", "max_tokens"})
"""The words of the servers in use (OpenAI, vLLM, TGI and others) for the two ways to end."""


def failed(request: Request, why: str) -> Generation:
    """The generation that says why a request has no answer."""
    return Generation(
        problem_id=request.prompt.problem_id, sample=request.sample, finish="error", error=why
    )
