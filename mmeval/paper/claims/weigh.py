"""Whether what was measured supports a claim, contradicts it, or leaves it open.

A claim holds where its effect lies in a region that was declared beforehand: above a
margin, below one, or between two. All effects measured in one call are a family: their
intervals are adjusted after Holm, so that the chance of a wrong word about any of them is
at most `ALPHA`. An interval within the region supports the claim, one wholly outside
contradicts it, and one that holds an end of the region decides nothing. Nor does one of a level
finer than its draws or its few clusters can show (`Estimate.finest`). What could not have come
out otherwise is no evidence: it is marked, and no part of the family. A verdict comes from what was
measured; printed numbers stand beside it and have none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mmeval.paper.claims.claim import Claim, Decision, Estimate, Region
from mmeval.paper.measurements import Measurements
from mmeval.stats.paired import holm

ALPHA = 0.05
"""For the whole family."""
ORDER: tuple[Decision, ...] = ("contradicted", "not decided", "supported", "by construction")
"""Of several decisions of a claim the first of these counts."""
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
    """Adjusted after Holm: the smallest alpha of the family at which it would be decided; None
    for what is no part of the family."""
    p_at_most: bool = False
    """Whether p is what its draws or clusters can show at the least, and may be smaller."""
    decision: Decision | None
    """None for a printed number."""
    remark: str = ""
    """Why it is decided so, where the interval does not say it."""

    @property
    def p_words(self) -> str:
        """`0.013`, `< 1/250`; empty for none."""
        if self.p is None:
            return ""
        if self.p < 1e-6:
            return "< 1/1,000,000"
        if not self.p_at_most:
            return f"{self.p:.2g}" if self.p >= 0.001 else f"{self.p:.6f}"
        return f"< 1/{math.floor(1 / self.p):,}" if self.p < 1 else "1"


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
        for each in ORDER:
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
    decided = iter(decide([each for each in flat if not each[1].by_construction]))
    rows = iter([_constructed(each) if each.by_construction else next(decided) for _, each in flat])
    return [
        Weighed(
            claim=claim,
            printed=tuple(map(_quoted, claim.test.printed(evidence.numbers))),
            measured=tuple(next(rows) for _ in estimates),
        )
        for claim, estimates in zip(claims, measured, strict=True)
    ]


def decide(family: Sequence[tuple[Region, Estimate]], alpha: float = ALPHA) -> list[Row]:
    """Each estimate decided, in the order given, all of them together after Holm.

    The smallest p value is compared with alpha / m, the next with alpha / (m - 1), and so on
    until one is greater; its interval and those of all behind it have that one's level.
    """
    p_values = [max(each.finest, p_value(region, each)) for region, each in family]
    adjusted = holm(p_values)
    rows: dict[int, Row] = {}
    stopped, share = False, alpha
    for rank, index in enumerate(sorted(range(len(family)), key=p_values.__getitem__)):
        if not stopped:
            share = alpha / (len(family) - rank)
            stopped = adjusted[index] > alpha
        region, estimate = family[index]
        interval = estimate.bounds(1 - share) if estimate.bounds is not None else None
        fine = share >= estimate.finest
        rows[index] = Row(
            estimate=estimate,
            interval=interval,
            level=1 - share,
            p=adjusted[index],
            p_at_most=p_values[index] <= max(estimate.finest, _SMALLEST),
            decision=region.decide(interval) if fine and interval is not None else "not decided",
            remark=estimate.remark if fine else _too_few(estimate, share),
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


def _too_few(estimate: Estimate, alpha: float) -> str:
    """What it would take to decide at that alpha."""
    if estimate.clusters is not None and 2.0 ** (1 - estimate.clusters) > alpha:
        needed = math.ceil(1 - math.log2(alpha))
        return (
            f"{estimate.clusters:,} of its {estimate.n or estimate.clusters:,} problems are "
            f"independent: at this level it takes {needed}"
        )
    return f"{estimate.too_few} can show no p value below 1/{math.floor(1 / estimate.finest):,}"


def _quoted(estimate: Estimate) -> Row:
    """A printed number, with its own interval and no verdict."""
    interval = estimate.bounds(1 - ALPHA) if estimate.bounds is not None else None
    return Row(estimate=estimate, interval=interval, level=1 - ALPHA, p=None, decision=None)


def _constructed(estimate: Estimate) -> Row:
    return replace(_quoted(estimate), decision="by construction", remark=estimate.by_construction)


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
        "note": claim.note,
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
        "p_at_most": row.p_at_most,
        "n": row.estimate.n,
        "clusters": row.estimate.clusters,
        "remark": row.remark,
        "decision": row.decision,
        "sources": [{"name": each.name, "sha256": each.sha256} for each in row.estimate.sources],
    }
