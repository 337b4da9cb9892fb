"""Forward and backward answers side by side: the gap between them, and what is kept.

Undecided answers are treated as in `pairing.py`: no pair is left out for one, what is seen
counts them as not right, and each end of an interval has them as far its way as they could
have gone.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from mmeval.results.verdict_rows import Answers
from mmeval.stats.paired import Flip, Flips
from mmeval.stats.seeds import share_bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The first answers to linked questions, at least one pair."""

    pairs: Sequence[tuple[Answers, Answers]]
    """(forward, backward), one answer each."""
    clusters: Sequence[Hashable]
    """What each pair shares with those that are not independent of it."""

    def gap(self, level: float) -> tuple[float, float, float]:
        """(seen, low, high) of forward minus backward, in [-1, 1]: Tango's interval, clustered
        where pairs hang together."""
        low, seen, high = (
            Flips(flips=flips, clusters=self.clusters)
            for flips in (
                [Flip.of(back.high, forth.low) for forth, back in self.pairs],
                [Flip.of(back.low, forth.low) for forth, back in self.pairs],
                [Flip.of(back.low, forth.high) for forth, back in self.pairs],
            )
        )
        return seen.difference, low.bounds(level)[0], high.bounds(level)[1]

    def kept(self, end: int) -> dict[Hashable, tuple[int, int]]:
        """Cluster -> (right backward too, right forward), for the least (-1) that could have
        been kept, what is seen (0), or the most (1)."""
        cells: dict[Hashable, tuple[int, int]] = {}
        for (forth, back), cluster in zip(self.pairs, self.clusters, strict=True):
            right = bool(back.high if end > 0 else back.low)
            # An undecided forward answer counts where it moves the share that way.
            unsure = not forth.decided and ((end < 0 and not right) or (end > 0 and right))
            if forth.right or unsure:
                both, asked = cells.get(cluster, (0, 0))
                cells[cluster] = both + right, asked + 1
        return cells


def kept(seeds: Sequence[Linked]) -> float | None:
    """The share of pairs right forward that are right backward too; None where none is. Of several
    seeds the mean of each one's own."""
    shares = [_share(each, 0) for each in seeds]
    told = [share for share in shares if share is not None]
    return sum(told) / len(told) if told else None


def kept_bounds(seeds: Sequence[Linked], level: float) -> tuple[float, float]:
    """(low, high) of it; (0, 1) where a seed has nothing right forward."""
    return _ends(seeds, -1, level)[0], _ends(seeds, 1, level)[1]


def _ends(seeds: Sequence[Linked], end: int, level: float) -> tuple[float, float]:
    sums: dict[Hashable, tuple[int, int]] = {}
    for each in seeds:
        for cluster, (both, asked) in each.kept(end).items():
            before = sums.get(cluster, (0, 0))
            sums[cluster] = before[0] + both, before[1] + asked
    shares = [_share(each, end) for each in seeds]
    told = [share for share in shares if share is not None]
    if len(told) < len(seeds):
        return 0.0, 1.0
    return share_bounds(list(sums.values()), told, level)


def _share(link: Linked, end: int) -> float | None:
    cells = link.kept(end).values()
    asked = sum(each for _, each in cells)
    return sum(both for both, _ in cells) / asked if asked else None
