"""Requests -> batches, for engines where the make-up of a batch changes the text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from mmeval.records import Request

T = TypeVar("T")


def batches(requests: Sequence[Request], size: int) -> list[Sequence[Request]]:
    """Batches of one sample number each, longest prompts (in characters) first.

    Longest first, so that a batch too large for the memory shows at once. Only the last
    batch of a sample number is short, and it sorts last: therefore whole batches, in any
    choice, put together give these same batches again.
    """

    def order(request: Request) -> tuple[int, int, str]:
        prompt = request.prompt
        length = len(prompt.text or "") + sum(len(turn.content) for turn in prompt.messages)
        return (request.sample, -length, prompt.problem_id)

    ordered = sorted(requests, key=order)
    groups = [list(group) for _, group in groupby(ordered, key=lambda request: request.sample)]
    return [tuple(g[start : start + size]) for g in groups for start in range(0, len(g), size)]


def within_budget(items: Iterable[T], length: Callable[[T], int], budget: int) -> Iterator[list[T]]:
    """Batches of items that come longest first, each of at most `budget` tokens, padding
    included, or of one item."""
    batch: list[T] = []
    for item in items:
        if batch and length(batch[0]) * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def batch_seed(requests: Sequence[Request]) -> int:
    """A seed in [0, 2**63) that every request of the batch, and its place, goes into."""
    seeds = ",".join(str(request.seed) for request in requests)
    return int.from_bytes(hashlib.sha256(seeds.encode()).digest()[:8], "big") >> 1
