"""Several answers to a problem: pass@k and maj@k, both unbiased over all draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import comb


def pass_at_k(n: int, right: int, k: int) -> float:
    """The chance that k of n answers, drawn without replacement, hold a right one, in [0, 1].

    1 - C(n - right, k)/C(n, k). Raises ValueError unless 1 <= k <= n and 0 <= right <= n.
    Source: Chen et al. 2021 (Codex), equation 1.
    """
    _require(n, right, k)
    return 1 - comb(n - right, k) / comb(n, k)


def majority_at_k(right: int, others: Sequence[int], abstained: int, k: int) -> float:
    """The chance that the most voted answer of k drawn ones is right, in [0, 1].

    `right` votes for the right answer, `others` for each wrong one, `abstained` without an
    answer, which vote for nothing. A tie is broken by lot: where the right answer ties
    with j others it counts 1/(j + 1). A draw without votes is not right.
    Raises ValueError unless 1 <= k <= the number of answers.
    """
    n = right + sum(others) + abstained
    _require(n, right, k)
    if not right:
        return 0.0
    return _majority(right, tuple(sorted(others, reverse=True)), abstained, k)


@lru_cache(maxsize=65_536)
def _majority(right: int, others: tuple[int, ...], abstained: int, k: int) -> float:
    total = Fraction(0)
    for top in range(1, min(right, k) + 1):
        ways = Counter({(0, 0): 1})  # (votes drawn for others, others with `top` votes) -> ways
        for size in others:
            ways = _drawn(ways, size, top, k - top)
        for (votes, tied), count in ways.items():
            rest = comb(abstained, k - top - votes)
            total += Fraction(comb(right, top) * count * rest, tied + 1)
    return float(total / comb(right + sum(others) + abstained, k))


def _drawn(
    ways: Counter[tuple[int, int]], size: int, top: int, most: int
) -> Counter[tuple[int, int]]:
    """The ways after 0 to `top` of `size` votes for one more answer are drawn."""
    after: Counter[tuple[int, int]] = Counter()
    for (votes, tied), count in ways.items():
        for drawn in range(min(size, top, most - votes) + 1):
            after[votes + drawn, tied + (drawn == top)] += count * comb(size, drawn)
    return after


def _require(n: int, right: int, k: int) -> None:
    if not (1 <= k <= n and 0 <= right <= n):
        raise ValueError(f"needs 1 <= k <= n and 0 <= right <= n, got k={k}, right={right}, n={n}")


def ks(n: int) -> list[int]:
    """1, 2, 4, ... up to n, and n itself."""
    return sorted({1 << power for power in range(n.bit_length())} | {n})
