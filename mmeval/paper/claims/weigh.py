"""Whether what was measured supports a claim, contradicts it, or leaves it open.

A claim holds where its effect lies in a region that was declared beforehand: above a
margin, below one, or between two. All effects measured in one call are a family: their
intervals are adjusted after Holm, so that the chance of a wrong word about any of them is
at most `ALPHA`. An interval within the region supports the claim, one wholly outside
contradicts it, and one that holds an end of the region decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mmeval.paper.claims.claim import Claim, Decision, Estimate, Region
from mmeval.paper.measurements import Measurements
from mmeval.stats.paired import holm

ALPHA = 0.05
"""For the whole family."""
_HALVINGS = 40
"""Bisections of the logarithm of a p value, which leave one part in a million."""
_SMALLEST = 1e-12
"""Smaller p values are reported as this: no interval can be computed at such a level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One estimate of one claim, decided."""

    estimate: Estimate
    interval: tuple[float, float] | None
    level: float
    """Of the interval, after Holm."""
    p: float | None
    """Adjusted after Holm: the smallest alpha of the family at which it would be decided."""
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A claim, with what was printed and what was measured."""

    claim: Claim
    printed: tuple[Row, ...]
    """Each with its own 95 % interval: quoted numbers are no family of ours."""
    measured: tuple[Row, ...]
    """Empty: not measured."""

    @property
    def decision(self) -> Decision:
        """Of all that was measured: one that contradicts outweighs those that support."""
        decisions = {row.decision for row in self.measured}
        for each in ("contradicted", "not decided", "supported"):
            if each in decisions:
                return each
        return "not measured"


def weigh(claims: Sequence[Claim], evidence: Measurements) -> list[Weighed]:
    """Every claim in its order, all measured estimates as one family."""
    measured = [claim.test.measured(evidence) for claim in claims]
    flat = [
        (claim.test.region, estimate)
        for claim, estimates in zip(claims, measured, strict=True)
        for estimate in estimates
    ]
    rows = iter(decide(flat))
    return [
        Weighed(
            claim=claim,
            printed=tuple(
                _alone(claim.test.region, each) for each in claim.test.printed(evidence.numbers)
            ),
            measured=tuple(next(rows) for _ in estimates),
        )
        for claim, estimates in zip(claims, measured, strict=True)
    ]


def decide(family: Sequence[tuple[Region, Estimate]], alpha: float = ALPHA) -> list[Row]:
    """Each estimate decided, in the order given, all of them together after Holm.

    The smallest p value is compared with alpha / m, the next with alpha / (m - 1), and so on
    until one is greater; its interval and those of all behind it have that one's level.
    """
    p_values = [p_value(region, each) for region, each in family]
    adjusted = holm(p_values)
    rows: dict[int, Row] = {}
    stopped, share = False, alpha
    for rank, index in enumerate(sorted(range(len(family)), key=p_values.__getitem__)):
        if not stopped:
            share = alpha / (len(family) - rank)
            stopped = adjusted[index] > alpha
        region, estimate = family[index]
        interval = estimate.bounds(1 - share) if estimate.bounds is not None else None
        rows[index] = Row(
            estimate=estimate,
            interval=interval,
            level=1 - share,
            p=adjusted[index],
            decision="not decided" if interval is None else region.decide(interval),
        )
    return [rows[index] for index in range(len(family))]


def p_value(region: Region, estimate: Estimate) -> float:
    """The smallest alpha at which the interval of level 1 - alpha decides the claim, in
    [1e-12, 1]: the p value of the test that the interval inverts.

    Intervals of higher levels hold those of lower ones, so the levels that decide are all
    those below one: deciding is monotone in alpha, and bisection finds where it begins. In
    the logarithm, so that 40 halvings leave a relative error below 1e-10.
    """
    bounds = estimate.bounds
    if bounds is None:
        return 1.0

    def decided(alpha: float) -> bool:
        return region.decide(bounds(1 - alpha)) != "not decided"

    low, high = math.log(_SMALLEST), 0.0
    if decided(_SMALLEST):
        return _SMALLEST
    if not decided(1 - 1e-9):
        return 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if decided(math.exp(middle)) else (middle, high)
    return math.exp(high)


def _alone(region: Region, estimate: Estimate) -> Row:
    """A printed estimate, with its own interval."""
    interval = estimate.bounds(1 - ALPHA) if estimate.bounds is not None else None
    return Row(
        estimate=estimate,
        interval=interval,
        level=1 - ALPHA,
        p=None,
        decision="not decided" if interval is None else region.decide(interval),
    )


def weighed_row(tested: Weighed) -> dict[str, Any]:
    """A claim as JSON has it."""
    claim = tested.claim
    return {
        "claim": claim.says,
        "source": claim.source,
        "effect": claim.test.effect,
        "claimed": str(claim.test.region),
        "decision": tested.decision,
        "printed": [_row(each) for each in tested.printed],
        "measured": [_row(each) for each in tested.measured],
        "measured_by": None if tested.measured else claim.measured_by,
    }


def _row(row: Row) -> dict[str, Any]:
    low, high = row.interval or (None, None)
    return {
        "on": row.estimate.on,
        "value": row.estimate.value,
        "low": low,
        "high": high,
        "level": row.level,
        "p": row.p,
        "n": row.estimate.n,
        "decision": row.decision,
        "sources": [{"name": each.name, "sha256": each.sha256} for each in row.estimate.sources],
    }
