"""The mean over problems and training seeds, with the error that both leave.

For K seeds asked the same n problems, v_ij is what is averaged: whether seed j is right on
problem i (of several samples, the share), or a difference of two such. With the means
p_i = mean_j v_ij and m_j = mean_i v_ij,

    value   = mean of p_i
    error^2 = s^2(p_i)/n + s^2(m_j)/K     (the second where K > 1)

and the interval's half width^2 = sum of t^2 * term, each with Student's quantile of its own
degrees of freedom (n - 1, K - 1), which is that of the problems alone where seeds agree, that of
the seeds where they dominate, and holds as often as stated between (docs/statistics.md:
Satterthwaite's does not, for two and three seeds). The first term is what other problems would
change, the second what other seeds would; each m_j holds some of the first as well, so the
interval errs on the wide side. One seed says nothing of others.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import hypot, inf, sqrt
from statistics import fmean, variance

from mmeval.stats.intervals import clustered, quantile


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean and what its error is made of."""

    value: float
    terms: tuple[tuple[float, int], ...]
    """(squared error, its degrees of freedom) of each source of it."""

    @property
    def error(self) -> float:
        """The standard error."""
        return sqrt(sum(squared for squared, _ in self.terms))

    def bounds(self, level: float = 0.95) -> tuple[float, float]:
        """(low, high), not cut to what values can be. Without any error, the value twice;
        anything at all where one problem was all there was."""
        if any(squared == inf for squared, _ in self.terms):
            return -inf, inf
        from scipy.special import stdtrit  # studies have it; judging a run does without

        half = sqrt(sum(float(stdtrit(df, (1 + level) / 2)) ** 2 * each for each, df in self.terms))
        return self.value - half, self.value + half


def matched_seeds(one: Sequence[Hashable], two: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The places of two arms' models that stand side by side: those of the seeds that both
    have. Where they share none, a lone model stands beside each of the other arm's, so that
    the spread of those is kept, and else they stand in their order."""
    place = {seed: j for j, seed in enumerate(two)}
    shared = [(i, place[seed]) for i, seed in enumerate(one) if seed in place]
    if shared:
        return shared
    if 1 in (len(one), len(two)):
        return [(i, j) for i in range(len(one)) for j in range(len(two))]
    return [(i, i) for i in range(min(len(one), len(two)))]


def over_seeds(values: Sequence[Sequence[float]], clusters: Sequence[Hashable] = ()) -> Mean:
    """The mean of rows of problems, at least one, each with one value a seed.

    `clusters` names for each row what it shares with others that are not independent of it.
    """
    return Mean(
        fmean(map(fmean, values)),
        (
            of_clusters(values, clusters) if clusters else of_problems(values),
            *of_seeds([fmean(each) for each in zip(*values, strict=True)]),
        ),
    )


def of_problems(values: Sequence[Sequence[float]]) -> tuple[float, int]:
    """The term of the problems; infinite for a single one."""
    return of_clusters(values, range(len(values)))


def of_clusters(
    values: Sequence[Sequence[float]], clusters: Sequence[Hashable]
) -> tuple[float, int]:
    """The term of C clusters of n problems: C/(C-1) * sum_c (sum_(i in c) (p_i - value))^2 / n^2
    with C - 1 degrees of freedom; infinite for a single one. That of the problems where each
    is a cluster of its own."""
    means = [fmean(each) for each in values]
    value, sums = fmean(means), dict.fromkeys(clusters, 0.0)
    for each, cluster in zip(means, clusters, strict=True):
        sums[cluster] += each - value
    c = len(sums)
    if c == 1:
        return inf, 1
    return c / (c - 1) * sum(each**2 for each in sums.values()) / len(values) ** 2, c - 1


def of_seeds(means: Sequence[float]) -> tuple[tuple[float, int], ...]:
    """The term of the seeds, of one mean each; none for a single seed."""
    return ((variance(means) / len(means), len(means) - 1),) if len(means) > 1 else ()


def share_bounds(
    clusters: Sequence[tuple[float, int]], seeds: Sequence[float], level: float
) -> tuple[float, float]:
    """(low, high) of a share, in [0, 1]: `clustered` of all seeds' answers together, and the
    spread of the seeds' own shares. Near 0 and 1 it is never of width 0, as a `Mean` may be."""
    return difference_of_shares([clusters], seeds, level)


def difference_of_shares(
    groups: Sequence[Sequence[tuple[float, int]]], seeds: Sequence[float], level: float
) -> tuple[float, float]:
    """(low, high) of the share of a first group of clusters minus that of a second, if there is
    one, each (right, asked) over all seeds; `seeds` has each seed's own value.

    The distances from the value to the ends of each group's own interval and the half width
    t(K-1) s/sqrt(K) of K seeds, squared and added: Newcombe's difference of two Wilson
    intervals where answers are independent and there is one seed.
    """
    ends = [clustered(each, level) for each in groups]
    if len(groups) == len(seeds) == 1:
        return ends[0]
    shares = [sum(right for right, _ in each) / sum(n for _, n in each) for each in groups]
    half = 0.0
    if len(seeds) > 1:
        spread = sqrt(variance(seeds) / len(seeds))
        half = quantile((1 + level) / 2, len(seeds) - 1) * spread
    first, low, high = shares[0], shares[0] - ends[0][0], ends[0][1] - shares[0]
    if len(groups) == 1:
        return max(0.0, first - hypot(low, half)), min(1.0, first + hypot(high, half))
    least, most = shares[1] - ends[1][0], ends[1][1] - shares[1]
    value = first - shares[1]
    return (
        max(-1.0, value - hypot(low, most, half)),
        min(1.0, value + hypot(high, least, half)),
    )
