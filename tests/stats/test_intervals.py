"""The Wilson interval, against scipy's and against its own definition."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from mmeval.stats.intervals import (
    clustered,
    difference_bounds,
    quantile,
    student_tail,
    wilson,
    wilson_coverage,
)
from tests.builders.source_tree import ROOT

SHARES = st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize(
    ("right", "n"), [(0, 1), (1, 1), (0, 1319), (1319, 1319), (881, 1319), (1, 5000), (250, 500)]
)
def test_it_is_scipys_interval(right: int, n: int, level: float) -> None:
    scipy_stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    theirs = scipy_stats.binomtest(right, n).proportion_ci(level, "wilson")
    assert wilson(right, n, level) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(share=SHARES)
@settings(deadline=None)
def test_its_ends_are_the_shares_that_a_score_test_just_accepts(share: tuple[int, int]) -> None:
    right, n = share
    z = NormalDist().inv_cdf(0.975)
    for end in wilson(right, n):
        if 0 < end < 1:
            score = abs(right / n - end) / math.sqrt(end * (1 - end) / n)
            assert score == pytest.approx(z, rel=1e-6)


@given(share=SHARES)
@settings(deadline=None)
def test_it_holds_the_share_and_stays_in_0_to_1(share: tuple[int, int]) -> None:
    right, n = share
    low, high = wilson(right, n)
    assert 0 <= low <= right / n <= high <= 1
    assert (low == 0) == (right == 0)
    assert (high == 1) == (right == n)


@pytest.mark.parametrize(("right", "n", "level"), [(0, 0, 0.95), (2, 1, 0.95), (-1, 5, 0.95)])
def test_impossible_counts_are_refused(right: int, n: int, level: float) -> None:
    with pytest.raises(ValueError, match="needs 0 <= right <= n"):
        wilson(right, n, level)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_is_a_fraction(level: float) -> None:
    with pytest.raises(ValueError, match="level must be in"):
        wilson(1, 2, level)


# --- coverage --------------------------------------------------------------------------

PAGE = ROOT / "docs" / "statistics.md"
PUBLISHED_N = (20, 32, 50, 100, 200, 500, 1000, 1319, 5000)
PUBLISHED_P = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)


def coverage_table() -> str:
    lines = ["| n | " + " | ".join(f"p = {p:g}" for p in PUBLISHED_P) + " |"]
    lines.append("|---|" + "---|" * len(PUBLISHED_P))
    for n in PUBLISHED_N:
        cells = (f"{100 * wilson_coverage(n, p):.1f}" for p in PUBLISHED_P)
        lines.append(f"| {n:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def test_the_published_coverage_table_is_the_one_computed_here() -> None:
    assert f"<!-- coverage -->\n\n{coverage_table()}\n" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("n", [1000, 1270, 1319, 5000])
def test_coverage_is_within_a_point_of_nominal_for_a_thousand_answers(n: int) -> None:
    shares = [0.02 + 0.96 * step / 160 for step in range(161)]
    assert max(abs(wilson_coverage(n, p) - 0.95) for p in shares) <= 0.01


@pytest.mark.parametrize(("n", "p"), [(32, 0.005), (100, 0.3), (1000, 0.02), (1319, 0.665)])
def test_exact_coverage_is_scipys_and_that_of_10_000_draws(n: int, p: float) -> None:
    scipy_stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    held = [low <= p <= high for low, high in (wilson(k, n) for k in range(n + 1))]
    chances = scipy_stats.binom.pmf(range(n + 1), n, p)
    assert wilson_coverage(n, p) == pytest.approx(sum(chances[held]), abs=1e-9)
    drawn = np.random.default_rng(11).binomial(n, p, size=10_000)
    assert np.mean([held[k] for k in drawn]) == pytest.approx(wilson_coverage(n, p), abs=0.012)


def test_a_share_of_0_has_no_coverage() -> None:
    with pytest.raises(ValueError, match="p must be in"):
        wilson_coverage(10, 0.0)


@pytest.mark.parametrize(
    ("first", "second"), [((877, 1319), (724, 1319)), ((0, 20), (5, 20)), ((30, 30), (1, 40))]
)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_a_difference_of_two_samples_has_newcombes_interval(
    first: tuple[int, int], second: tuple[int, int], level: float
) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    (a, n), (b, m) = first, second
    theirs = confint_proportions_2indep(b, m, a, n, method="newcomb", alpha=1 - level)
    assert difference_bounds(first, second, level) == pytest.approx(theirs, abs=1e-12)


def test_a_difference_turned_round_is_the_negative() -> None:
    low, high = difference_bounds((3, 10), (7, 12))
    assert difference_bounds((7, 12), (3, 10)) == pytest.approx((-high, -low))


@pytest.mark.parametrize("freedom", [1, 2, 3, 5, 11, 29, 100, 1318, 50_000])
def test_students_quantile_and_tail_are_scipys(freedom: int) -> None:
    for share in (0.5, 0.6, 0.9, 0.95, 0.975, 0.995, 0.99998, 0.025):
        ours, theirs = quantile(share, freedom), special.stdtrit(freedom, share)
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9), share
    for t in (0.0, 0.1, 1.0, 2.0, 5.0, 40.0):
        assert student_tail(t, freedom) == pytest.approx(special.stdtr(freedom, -t), rel=1e-9)


def test_a_run_of_several_answers_is_judged_where_scipy_is_not() -> None:
    """`make demo` in a fresh clone has the hf packages alone."""
    code = (
        "import sys; sys.modules['scipy'] = None; sys.modules['numpy'] = None\n"
        "from mmeval.stats.intervals import clustered\n"
        "from mmeval.stats.paired import Flip, Flips\n"
        "print(clustered([(1, 2), (2, 2), (0, 2)]))\n"
        "print(Flips(flips=[Flip(0.5, 0.0), Flip(0.0, 0.5)], answers=2).p())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("problems", [30, 100])
@pytest.mark.parametrize(("truth", "together"), [(0.05, 0.2), (0.5, 0.0), (0.5, 0.3), (0.95, 0.3)])
def test_the_interval_of_several_answers_holds_as_often_as_stated(
    problems: int, truth: float, together: float
) -> None:
    rng, answers, draws = np.random.default_rng(1), 64, 600
    size = (1 - together) / together if together else math.inf
    chances = (
        rng.beta(truth * size, (1 - truth) * size, (draws, problems))
        if together
        else np.full((draws, problems), truth)
    )
    right = rng.binomial(answers, chances)
    bounds = [clustered([(each, answers) for each in one]) for one in right.tolist()]
    held = np.mean([low <= truth <= high for low, high in bounds])
    most = 0.999 if problems < 100 else 0.985  # of few, how alike answers are is hardly known
    assert 0.93 <= held <= most
    if (problems, together) == (100, 0.0):  # it was 1.8 times as wide as it need be
        assert np.median([high - low for low, high in bounds]) < 1.25 * 3.92 * math.sqrt(
            truth * (1 - truth) / (problems * answers)
        )


@given(
    clusters=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9)), min_size=2, max_size=60),
    shuffled=st.randoms(use_true_random=False),
)
def test_a_clustered_interval_is_the_same_in_any_order_to_its_last_digit(
    clusters: list[tuple[float, int]], shuffled: random.Random
) -> None:
    asked = [(share * n, n) for share, n in clusters]
    whole = [(round(each), n) for each, n in asked]
    for first in (asked, whole):
        again = shuffled.sample(first, len(first))
        assert clustered(again) == clustered(first)
