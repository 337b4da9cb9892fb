"""The mean over problems and training seeds, with the error that both leave.

For K seeds asked the same n problems, v_ij is what is averaged: whether seed j is right on
problem i (of several samples, the share), or a difference of two such. With the means
p_i = mean_j v_ij and m_j = mean_i v_ij,

    value   = mean of p_i
    error^2 = s^2(p_i)/n + s^2(m_j)/K     (the second where K > 1)

and Student's interval with Satterthwaite's degrees of freedom. The first term is what other
problems would change, the second what other seeds would; each m_j holds some of the first as
well, so the interval errs on the wide side. One seed says nothing of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import fmean, variance


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
        from scipy.stats import t

        total = sum(squared for squared, _ in self.terms)
        if total <= 0:
            return self.value, self.value
        if total == inf:
            return -inf, inf
        freedom = total**2 / sum(squared**2 / df for squared, df in self.terms)
        half = float(t.ppf((1 + level) / 2, freedom)) * sqrt(total)
        return self.value - half, self.value + half


def over_seeds(values: Sequence[Sequence[float]]) -> Mean:
    """The mean of rows of problems, at least one, each with one value a seed."""
    return Mean(
        fmean(map(fmean, values)),
        (of_problems(values), *of_seeds([fmean(each) for each in zip(*values, strict=True)])),
    )


def of_problems(values: Sequence[Sequence[float]]) -> tuple[float, int]:
    """The term of the problems; infinite for a single one."""
    if len(values) == 1:
        return inf, 1
    return variance(map(fmean, values)) / len(values), len(values) - 1


def of_seeds(means: Sequence[float]) -> tuple[tuple[float, int], ...]:
    """The term of the seeds, of one mean each; none for a single seed."""
    return ((variance(means) / len(means), len(means) - 1),) if len(means) > 1 else ()
