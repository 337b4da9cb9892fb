"""The region for which a claim is true, and what an interval says of it."""

from __future__ import annotations

import pytest

from mmeval.paper.claims.claim import Decision, Region


@pytest.mark.parametrize(
    ("region", "interval", "decision"),
    [
        (Region(low=0.0), (0.1, 2.0), "supported"),
        (Region(low=0.0), (-2.0, -0.1), "contradicted"),
        (Region(low=0.0), (-0.1, 2.0), "not decided"),
        (Region(low=0.0), (0.0, 2.0), "not decided"),
        (Region(high=1.0), (0.2, 0.9), "supported"),
        (Region(high=1.0), (1.1, 1.2), "contradicted"),
        (Region(low=10.0), (2.0, 8.0), "contradicted"),
        (Region(low=60, high=70), (62, 69), "supported"),
        (Region(low=60, high=70), (50, 59), "contradicted"),
        (Region(low=60, high=70), (71, 80), "contradicted"),
        (Region(low=60, high=70), (50, 80), "not decided"),
        (Region(low=60, high=70), (65, 71), "not decided"),
    ],
)
def test_an_interval_decides_where_it_lies_on_one_side(
    region: Region, interval: tuple[float, float], decision: Decision
) -> None:
    assert region.decide(interval) == decision


@pytest.mark.parametrize(
    ("region", "said"),
    [
        (Region(low=0.0), "above 0"),
        (Region(high=2.5), "below 2.5"),
        (Region(low=61.5, high=71.5), "between 61.5 and 71.5"),
    ],
)
def test_a_region_is_said_in_words(region: Region, said: str) -> None:
    assert str(region) == said
