"""Which requests may be handed to vLLM now: all, or only those it takes in whole.

On a CPU vLLM 0.32 cannot sample a seeded request whose prompt it reads in pieces: it would set
the seed's generator back, which torch offers on GPUs alone ("CPU Generator does not use
offset"), and dies. A prompt is cut where the prompts of one step are more than
`max_num_batched_tokens` together, so no more than that are ever waiting for their first token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf


@dataclass(slots=True)
class Admission:
    """The prompts that vLLM has been given and has not answered with a first token."""

    room: float = inf
    """Tokens of prompts that may wait at once; infinite where pieces do no harm."""
    _waiting: dict[str, int] = field(default_factory=dict)
    _tokens: int = 0

    @property
    def watched(self) -> bool:
        """Whether first tokens must be reported."""
        return self.room < inf

    def never(self, tokens: int) -> bool:
        """Whether a prompt is too long even when it waits alone."""
        return tokens > self.room

    def now(self, tokens: int) -> bool:
        """Whether a prompt of so many tokens may be handed over."""
        return self._tokens + tokens <= self.room

    def add(self, name: str, tokens: int) -> None:
        """The request is handed over."""
        if self.watched:
            self._waiting[name] = tokens
            self._tokens += tokens

    def started(self, name: str) -> None:
        """The request has its first token, or is at its end. Safe to call again."""
        self._tokens -= self._waiting.pop(name, 0)


def admission_for(on_cpu: bool, seeded: bool, batched_tokens: int, at_once: int) -> Admission:
    """The admission for a device and its requests: each of `at_once` running answers takes a
    token of every step."""
    if not (on_cpu and seeded):
        return Admission()
    return Admission(room=max(1, batched_tokens - at_once))
