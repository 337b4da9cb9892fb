"""Many pairs at once: each distinct pair once, the cheap ones here, the rest in the pool."""

from __future__ import annotations

from collections.abc import Sequence

from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.match import Result
from mmeval.answers.comparison.policies import DEFAULT, Policies
from mmeval.answers.comparison.pool import Pool, shared_pool

Pair = tuple[str, str]


def equal(pred: str, gold: str, policies: Policies = DEFAULT) -> Result:
    """Whether an answer equals a gold: outcome, the rule that decided, and why if it could
    not tell. Never raises, whatever the two are; see docs/checkers.md."""
    return compare_pairs([(pred, gold)], policies)[0]


def compare_pairs(
    pairs: Sequence[Pair], policies: Policies = DEFAULT, pool: Pool | None = None
) -> list[Result]:
    """One result a pair, in order. Never raises, whatever is in a pair.

    Only what exact algebra leaves open (`unproved`) goes to the workers of `pool` (the
    process's own when None), which are not even started when nothing does.
    """
    settled = {pair: compare(*pair, policies) for pair in dict.fromkeys(pairs)}
    left = [pair for pair, result in settled.items() if result.reason == "unproved"]
    if left:
        workers = pool or shared_pool()
        settled.update(zip(left, workers.compare_many(left, policies), strict=True))
    return [settled[pair] for pair in pairs]
