"""The bootstrap by original question: against a plain loop, and how often it holds the truth."""

from __future__ import annotations

import itertools
import random
from statistics import fmean, median
from typing import Any

import numpy as np
import pytest

from mmeval.paper.from_reports import Samples
from mmeval.stats.bootstrap import DRAWS, draws_of, interval_of


def samples(name: str, rows: list[tuple[float, str]]) -> Samples:
    return Samples(name=name, values=tuple(v for v, _ in rows), origins=tuple(o for _, o in rows))


ONE = samples("one", [(3.0, "a"), (1.0, "a"), (2.0, "b"), (9.0, "c"), (4.0, "c")])
TWO = samples("two", [(1.5, "b"), (2.5, "c"), (8.0, "d"), (7.0, "d")])


@pytest.mark.parametrize(("statistic", "plain"), [("mean", fmean), ("median", median)])
@pytest.mark.parametrize("ratio", [True, False])
def test_a_draw_is_the_statistic_of_the_rows_of_the_questions_drawn(
    statistic: Any, plain: Any, ratio: bool
) -> None:
    """The same draws by a loop over lists."""
    names = list(dict.fromkeys(ONE.origins + TWO.origins))
    rng = np.random.default_rng(7)
    counts = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=DRAWS)
    expected = []
    for row in counts:
        times = dict(zip(names, row, strict=True))
        drawn = [
            [v for v, o in zip(s.values, s.origins, strict=True) for _ in range(times[o])]
            for s in (ONE, TWO)
        ]
        if all(drawn):
            one, two = map(plain, drawn)
            expected.append(one / two if ratio else one - two)
    found = draws_of((ONE, TWO), statistic, ratio, seed=7)
    assert len(found) == len(expected) < DRAWS
    assert found.tolist() == pytest.approx(expected)


def test_intervals_of_higher_levels_hold_those_of_lower_ones() -> None:
    bounds = interval_of((ONE, TWO), "mean", ratio=False)
    ends = [bounds(level) for level in (0.5, 0.9, 0.99, 0.999)]
    assert all(a[0] >= b[0] and a[1] <= b[1] for a, b in itertools.pairwise(ends))
    assert bounds(0.9) == interval_of((ONE, TWO), "mean", ratio=False)(0.9)


def test_drawing_questions_holds_the_truth_where_drawing_rows_would_not() -> None:
    """Twenty rows of one question say hardly more than one: 60 data sets, truth 0."""
    rng = random.Random(5)
    held = narrow = 0
    for _ in range(60):
        sets = []
        for name in ("x", "y"):
            rows = []
            for question in range(25):
                level = rng.gauss(0, 1)
                rows += [(level + rng.gauss(0, 0.1), f"{name}{question}") for _ in range(20)]
            sets.append(samples(name, rows))
        values = draws_of((sets[0], sets[1]), "mean", False, seed=0)
        low, high = np.quantile(values, [0.025, 0.975])
        held += bool(low <= 0 <= high)
        error = (np.var(sets[0].values) / 500 + np.var(sets[1].values) / 500) ** 0.5
        narrow += bool(abs(fmean(sets[0].values) - fmean(sets[1].values)) <= 1.96 * error)
    assert held >= 52, "95 % of 60 is 57; 52 is three standard errors below"
    assert narrow < 30
