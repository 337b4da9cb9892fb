"""Several answers to a problem: pass@k, and majority votes merged by equivalence.

Both are unbiased: the mean over all ways to draw k of the n answers that there are, not
over the first k of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import comb

from mmeval.answers.checker import Checker


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
    with j others it counts 1/(j + 1). A draw in which nobody votes is not right.
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


@dataclass(slots=True)
class Merger:
    """Puts answers that a checker calls equal into one class."""

    compare: Callable[[str, str], str]
    """(answer, answer) -> outcome; `right` says equal."""
    raised: int = 0
    """Comparisons that raised an error: those answers stay apart."""
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)

    def sizes(self, answers: Iterable[str]) -> list[int]:
        """The sizes of the classes, in the order in which they first appear.

        An answer belongs to the first class whose first answer it is equal to, either way
        round, because a checker may read its two sides differently.
        """
        classes: dict[str, int] = {}
        for answer, count in Counter(answers).items():
            home = next((first for first in classes if self.same(first, answer)), answer)
            classes[home] = classes.get(home, 0) + count
        return list(classes.values())

    def same(self, one: str, other: str) -> bool:
        """Whether two answers are equal."""
        pair = (one, other)
        if one == other:
            return True
        if pair not in self._known:
            self._known[pair] = self._says(one, other) or self._says(other, one)
        return self._known[pair]

    def _says(self, one: str, other: str) -> bool:
        try:
            return self.compare(one, other) == "right"
        except Exception:  # noqa: BLE001 - a checker is somebody else's code
            self.raised += 1
            return False


def merger(checker: Checker | None) -> Merger:
    """Merges by a checker; by the very same characters where there is none."""
    if checker is None:
        return Merger(compare=lambda one, other: "right" if one == other else "wrong")
    return Merger(compare=lambda one, other: checker.compare(one, other).outcome)


def ks(n: int) -> list[int]:
    """1, 2, 4, ... up to n, and n itself."""
    return sorted({1 << power for power in range(n.bit_length())} | {n})
