"""Paired statistics: against statsmodels and scipy, by their definitions, by simulation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests

from mmeval.stats.bootstrap import Sample, bootstrap, mean
from mmeval.stats.paired import (
    Design,
    Discordance,
    Flip,
    Flips,
    holm,
    mcnemar,
    null_variance,
    score_bounds,
)
from tests.builders.source_tree import ROOT

TABLES = st.integers(2, 3000).flatmap(
    lambda n: st.integers(0, n).flatmap(
        lambda gained: st.builds(
            Discordance, n=st.just(n), gained=st.just(gained), lost=st.integers(0, n - gained)
        )
    )
)
SETTINGS = settings(deadline=None, max_examples=60)


# --- McNemar ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gained", "lost"), [(0, 0), (0, 1), (5, 5), (6, 16), (1, 7), (0, 40), (130, 90), (700, 800)]
)
def test_mcnemar_is_that_of_statsmodels(gained: int, lost: int) -> None:
    theirs = their_mcnemar([[10, gained], [lost, 10]], exact=True).pvalue
    assert mcnemar(gained, lost) == pytest.approx(theirs, rel=1e-9)


def test_mcnemar_of_thousands_of_discordant_problems_is_that_of_scipy() -> None:
    assert mcnemar(2400, 2600) == pytest.approx(stats.binomtest(2400, 5000).pvalue, rel=1e-9)


@given(gained=st.integers(0, 400), lost=st.integers(0, 400))
@SETTINGS
def test_mcnemar_does_not_care_which_run_is_first(gained: int, lost: int) -> None:
    assert mcnemar(gained, lost) == mcnemar(lost, gained)
    assert 0 < mcnemar(gained, lost) <= 1


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        mcnemar(-1, 3)


# --- Tango -----------------------------------------------------------------------------


def test_the_worked_example_of_tangos_paper() -> None:
    """Section 6.1, page 902, read in a public transcription of it: of 44 pairs of lenses 43
    were right by both, one by the standard alone; printed to three decimals: the score 1.709
    at a margin of 0.1, p = 0.044, and -0.096, the lower end of the 90 % interval."""
    score = (0 - 1 + 44 * 0.1) / math.sqrt(44 * null_variance(0, 1 / 44, -0.1))
    assert round(score, 3) == 1.709
    assert round(1 - NormalDist().cdf(score), 3) == 0.044
    low, _ = score_bounds(Discordance(n=44, gained=0, lost=1), level=0.9)
    assert round(low, 3) == -0.096


@pytest.mark.parametrize(
    ("table", "level", "low", "high", "source"),
    [
        # R package contingencytables (by the authors of Fagerland, Lydersen and Laake 2017),
        # ocbe-uio/contingencytables, tests/testthat/test-ch8.R: Cavo 2012 is [[59, 6], [16, 80]],
        # "Tango asymptotic score CI: estimate = -0.0621 (95% CI -0.1240 to -0.0054)"
        ((161, 6, 16), 0.95, -0.1240, -0.0054, "contingencytables"),
        # Fagerland, Lydersen and Laake, Stat. Med. 33 (2014) 2850, Table V: Bentur 2009 is
        # [[1, 1], [7, 12]], printed to three decimals; read where another project quotes it
        ((21, 1, 7), 0.95, -0.517, -0.026, "Fagerland 2014"),
        # R package PropCIs 0.3-0, scoreci.mp(25, 28, 618, 0.90), as a test elsewhere recorded it
        ((618, 28, 25), 0.90, -0.0148, 0.0247, "PropCIs"),
    ],
)
def test_score_intervals_that_other_programs_print(
    table: tuple[int, int, int], level: float, low: float, high: float, source: str
) -> None:
    n, gained, lost = table
    found = score_bounds(Discordance(n=n, gained=gained, lost=lost), level)
    decimals = 3 if source == "Fagerland 2014" else 4
    assert tuple(round(end, decimals) for end in found) == (low, high), source


def test_without_discordance_the_ends_have_a_closed_form() -> None:
    """Then the variance under d is |d|(1 - |d|), and n d = z sqrt(n d (1 - d)) is solved by
    z^2/(n + z^2)."""
    square = NormalDist().inv_cdf(0.975) ** 2
    end = square / (44 + square)
    found = score_bounds(Discordance(n=44, gained=0, lost=0))
    assert found == pytest.approx((-end, end), abs=1e-12)


def brute_force_bounds(table: Discordance, z: float) -> tuple[float, float]:
    """Tango's interval without a formula of his: the trinomial likelihood is maximised over
    both free chances at every difference, and the two crossings of the score are searched."""
    n, counts = table.n, (table.gained, table.lost, table.n - table.gained - table.lost)

    def score(d: float) -> float:
        def minus(inside: float) -> float:
            share_lost = max(0.0, -d) + inside * ((1 - d) / 2 - max(0.0, -d))
            chances = (share_lost + d, share_lost, 1 - 2 * share_lost - d)
            return -sum(k * math.log(max(p, 1e-300)) for k, p in zip(counts, chances, strict=True))

        inside = np.linspace(0, 1, 201)
        best = int(np.argmin([minus(each) for each in inside]))
        around = (inside[max(0, best - 1)], inside[min(200, best + 1)])
        found = optimize.minimize_scalar(
            minus, bounds=around, method="bounded", options={"xatol": 1e-13}
        ).x
        share_lost = max(0.0, -d) + found * ((1 - d) / 2 - max(0.0, -d))
        spread = 2 * share_lost + d - d * d
        return float((table.gained - table.lost - n * d) / math.sqrt(n * spread))

    seen = table.difference
    ends = (
        optimize.brentq(lambda d: score(d) - z, -1 + 1e-9, seen - 1e-9, xtol=1e-10),
        optimize.brentq(lambda d: score(d) + z, seen + 1e-9, 1 - 1e-9, xtol=1e-10),
    )
    return ends


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(
    ("n", "gained", "lost"), [(21, 1, 7), (44, 0, 1), (161, 6, 16), (200, 30, 0), (1319, 40, 60)]
)
def test_the_interval_is_the_brute_force_inversion_of_the_score_test(
    n: int, gained: int, lost: int, level: float
) -> None:
    table = Discordance(n=n, gained=gained, lost=lost)
    second = brute_force_bounds(table, float(stats.norm.ppf((1 + level) / 2)))
    assert score_bounds(table, level) == pytest.approx(second, abs=2e-5)


def likelihood_variance(gained: int, lost: int, n: int, d: float) -> float:
    """The variance under H0 by maximising the trinomial likelihood numerically."""
    low, high = max(0.0, -d), (1 - d) / 2

    def minus(share_lost: float) -> float:
        counts = (gained, lost, n - gained - lost)
        chances = (share_lost + d, share_lost, 1 - 2 * share_lost - d)
        pairs = zip(counts, chances, strict=True)
        return -sum(count * math.log(max(chance, 1e-300)) for count, chance in pairs)

    best = optimize.minimize_scalar(
        minus, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    ).x
    return float(2 * best + d - d * d)


@pytest.mark.parametrize("d", [-0.3, -0.05, 0.001, 0.02, 0.4])
@pytest.mark.parametrize(("gained", "lost", "n"), [(1, 7, 21), (40, 60, 1319), (30, 5, 200)])
def test_the_null_variance_is_the_one_of_the_constrained_likelihood(
    gained: int, lost: int, n: int, d: float
) -> None:
    second = likelihood_variance(gained, lost, n, d)
    assert null_variance(gained / n, lost / n, d) == pytest.approx(second, abs=2e-6)


@given(table=TABLES, level=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
@SETTINGS
def test_the_ends_are_differences_that_the_score_test_just_accepts(
    table: Discordance, level: float
) -> None:
    z = NormalDist().inv_cdf((1 + level) / 2)
    for end in score_bounds(table, level):
        if -1 + 1e-9 < end < 1 - 1e-9:
            spread = table.n * null_variance(table.gained / table.n, table.lost / table.n, end)
            excess = abs(table.gained - table.lost - table.n * end)
            assert excess == pytest.approx(z * math.sqrt(spread), abs=1e-6 * table.n)


@given(table=TABLES)
@SETTINGS
def test_bounds_mirror_when_the_runs_change_places_and_widen_with_level_and_correction(
    table: Discordance,
) -> None:
    low, high = score_bounds(table)
    swapped = Discordance(n=table.n, gained=table.lost, lost=table.gained)
    assert score_bounds(swapped) == pytest.approx((-high, -low), abs=1e-12)
    assert -1 <= low <= table.difference + 1e-12
    assert table.difference - 1e-12 <= high <= 1
    for wider in (score_bounds(table, 0.99), score_bounds(table, correction=1.0)):
        assert wider[0] <= low + 1e-12
        assert wider[1] >= high - 1e-12


@pytest.mark.parametrize(
    ("n", "gained", "lost"), [(0, 0, 0), (10, 6, 5), (10, -1, 2)], ids=["none", "many", "negative"]
)
def test_impossible_tables_are_refused(n: int, gained: int, lost: int) -> None:
    with pytest.raises(ValueError, match="needs n > 0"):
        Discordance(n=n, gained=gained, lost=lost)


@pytest.mark.parametrize(("level", "correction"), [(0.0, 0.0), (1.0, 0.0), (95, 0.0), (0.9, -1.0)])
def test_impossible_levels_are_refused(level: float, correction: float) -> None:
    with pytest.raises(ValueError, match="needs 0 < level < 1"):
        score_bounds(Discordance(n=10, gained=1, lost=1), level, correction)


@pytest.mark.parametrize("n", [1000, 1319])
@pytest.mark.parametrize(("up", "down"), [(0.05, 0.05), (0.02, 0.06), (0.15, 0.1), (0.3, 0.02)])
def test_the_interval_holds_the_true_difference_as_often_as_it_says(
    n: int, up: float, down: float
) -> None:
    rng = np.random.default_rng(20)
    drawn = rng.multinomial(n, [up, down, 1 - up - down], size=10_000)
    tables, counts = np.unique(drawn[:, :2], axis=0, return_counts=True)
    held = 0
    for (gained, lost), count in zip(tables.tolist(), counts.tolist(), strict=True):
        spread = math.sqrt(n * null_variance(gained / n, lost / n, up - down))
        held += count * (abs(gained - lost - n * (up - down)) <= 1.959964 * spread)
    assert held / 10_000 == pytest.approx(0.95, abs=0.01)


# --- several answers per problem, problems that hang together ---------------------------

CHANCES = st.lists(
    st.tuples(*(st.sampled_from([0.0, 0.25, 0.5, 1.0]) for _ in range(2))), min_size=2
)


def flips(shares: Sequence[tuple[float, float]], answers: int = 4, clusters: Any = ()) -> Flips:
    return Flips(flips=[Flip.of(*each) for each in shares], answers=answers, clusters=clusters)


@given(shares=CHANCES)
@SETTINGS
def test_an_interval_of_flips_holds_the_difference_and_ends_in_range(
    shares: list[tuple[float, float]],
) -> None:
    found = flips(shares)
    low, high = found.bounds()
    assert found.difference == pytest.approx(np.mean([b - a for a, b in shares]), abs=1e-12)
    assert -1 <= low <= found.difference + 1e-9 and found.difference - 1e-9 <= high <= 1
    assert 0 < found.p() <= 1


@given(shares=CHANCES)
@SETTINGS
def test_the_other_way_round_is_the_same_with_the_other_sign(
    shares: list[tuple[float, float]],
) -> None:
    there, back = flips(shares), flips([(b, a) for a, b in shares])
    assert back.bounds() == pytest.approx([-each for each in reversed(there.bounds())], abs=1e-9)
    assert back.p() == pytest.approx(there.p(), rel=1e-9)


def test_one_answer_to_independent_problems_is_tango_and_mcnemar() -> None:
    single = flips([(1, 0)] * 7 + [(0, 1)] * 3 + [(1, 1)] * 90, answers=1)
    table = Discordance(n=100, gained=3, lost=7)
    assert single.bounds(0.9, 1.0) == pytest.approx(score_bounds(table, 0.9, 1.0), abs=1e-12)
    assert single.p() == mcnemar(3, 7)


def test_nothing_that_differs_is_as_unsure_as_one_answer_each_or_more() -> None:
    """The audit's case: five problems with two answers each, all right, were certain."""
    low, high = flips([(1.0, 1.0)] * 5, answers=2).bounds(0.9, 1.0)
    once = score_bounds(Discordance(n=5, gained=0, lost=0), 0.9, 1.0)
    assert low <= once[0] < once[1] <= high


def test_a_total_loss_is_not_by_chance() -> None:
    """p was 1 where every difference was the same, and so their error 0."""
    lost = flips([(1.0, 0.0)] * 20, answers=2)
    assert lost.p() < 0.001
    assert lost.bounds()[1] < -0.5


def test_a_small_loss_of_every_problem_is_in_both_tables() -> None:
    """Of 64 answers each, 3 % lost everywhere: the table of clusters had half of it, and the gate
    never called it regressed."""
    tables, _ = flips([(0.9, 0.87)] * 300 + [(0.5, 0.47)] * 300, answers=64).tables()
    assert [each.difference for each in tables] == pytest.approx([-0.03, -0.03])


@pytest.mark.parametrize("answers", [1, 4, 16, 64])
@pytest.mark.parametrize("few", [False, True])
def test_a_drop_that_flips_call_detectable_is_caught(answers: int, few: bool) -> None:
    """Whether every problem loses a little or a few lose everything, in draws of two runs."""
    rng, n, p, margin, correction = np.random.default_rng(3), 400, 0.7, 0.01, 1.0

    def drawn(drop: float) -> Flips:
        chances = rng.beta(p * 2, (1 - p) * 2, n)
        gone = (rng.random(n) < drop / p) if few else drop / p
        sides = (rng.binomial(answers, each) / answers for each in (chances, chances * (1 - gone)))
        return flips(list(zip(*(each.tolist() for each in sides), strict=True)), answers)

    drop = drawn(0.0).detectable(0.05, margin)
    assert drop is not None and margin < drop < 0.15
    red = [drawn(drop).bounds(0.9, correction)[1] < -margin for _ in range(60)]
    assert np.mean(red) >= 0.8 - 0.1  # two standard errors of 60 draws


def test_copies_of_a_problem_in_one_cluster_are_worth_one() -> None:
    once = [(1.0, 0.5), (0.5, 0.5), (0.25, 1.0), (1.0, 1.0), (0.5, 0.25), (0.0, 0.5)]
    twice = flips(once * 2, clusters=[*range(6), *range(6)])
    assert twice.bounds() == pytest.approx(flips(once).bounds(), abs=1e-9)
    assert twice.p() == pytest.approx(flips(once).p(), abs=1e-9)


def test_problems_of_one_template_that_move_together_leave_more_open() -> None:
    shares = [(1.0, 1.0)] * 40 + [(1.0, 0.0)] * 10 + [(0.0, 1.0)] * 10
    alone = flips(shares, answers=1)
    by_ten = flips(shares, answers=1, clusters=[i // 10 for i in range(60)])
    assert by_ten.bounds()[1] - by_ten.bounds()[0] > 1.5 * (alone.bounds()[1] - alone.bounds()[0])


@pytest.mark.parametrize(
    ("shares", "clusters"), [([(1.0, 0.0)], ()), ([(1.0, 0.0)] * 9, ["one"] * 9)]
)
def test_a_single_cluster_tells_nothing(
    shares: list[tuple[float, float]], clusters: list[str]
) -> None:
    alone = flips(shares, clusters=clusters)
    assert (alone.bounds(), alone.p()) == ((-1.0, 1.0), 1.0)
    assert alone.detectable(0.05) is None


@pytest.mark.parametrize("wrong", [{"flips": []}, {"flips": [Flip(0, 0)] * 2, "clusters": [1]}])
def test_flips_without_problems_or_with_other_clusters_are_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="at least one problem, and a cluster"):
        Flips(**wrong)


@pytest.mark.parametrize(("problems", "answers"), [(20, 4), (100, 16), (300, 2)])
def test_at_the_margin_ok_is_said_of_few_draws(problems: int, answers: int) -> None:
    """A candidate that lost exactly what is allowed: the lower bound is above the margin in at
    most 5 % of 400 draws, of chances that differ from problem to problem."""
    rng, wrong = np.random.default_rng(5), 0
    for _ in range(400):
        chances = rng.beta(1.4, 0.6, problems)
        before = rng.binomial(answers, chances) / answers
        after = rng.binomial(answers, chances * (1 - 0.02 / 0.7)) / answers
        shares = list(zip(before.tolist(), after.tolist(), strict=True))
        wrong += flips(shares, answers=answers).bounds(0.9, 1.0)[0] > -0.02
    assert wrong / 400 <= 0.06  # 5 % and a standard deviation of the draws


# --- bootstrap, Holm --------------------------------------------------------------------


def bootstrap_bounds(differences: list[float], seed: int) -> tuple[float, float]:
    problems = Sample(values=differences, origins=range(len(differences)))
    return bootstrap((problems,), mean, seed=np.random.default_rng(seed)).bounds()


def test_the_bootstrap_is_that_of_scipy() -> None:
    differences = [1.0] * 40 + [-1.0] * 60 + [0.0] * 1219
    ours = bootstrap_bounds(differences, 0)
    theirs = stats.bootstrap(
        (differences,), np.mean, method="percentile", n_resamples=4000, rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.001)
    assert ours == bootstrap_bounds(differences, 0)


def test_the_bootstrap_does_not_care_for_the_order_of_problems() -> None:
    forward = [1.0] * 3 + [0.0] * 5 + [-1.0] * 4
    backward = forward[::-1]
    assert bootstrap_bounds(forward, 5) == bootstrap_bounds(backward, 5)


@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=12))
@SETTINGS
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    # multipletests ends every call with gc.collect(), a quarter of a second among all tests.
    with mock.patch("gc.collect"):
        theirs = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(theirs, abs=1e-12)


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == []


# --- sizes -----------------------------------------------------------------------------


def chance_of_red(n: int, design: Design, share: float, drop: float) -> float:
    """Exact: the chance that the upper bound lies below -margin, by all tables."""
    z = stats.norm.ppf(1 - design.alpha)
    d = -design.margin
    total = 0.0
    discordant = np.arange(n + 1)
    weights = stats.binom.pmf(discordant, n, share)
    for count in discordant[weights > 1e-10]:
        gained = np.arange(count + 1)
        lost = count - gained
        b = -gained - lost + (2 * n - gained + lost) * d
        root = np.sqrt(np.maximum(0, b * b + 8 * n * lost * d * (1 - d)))
        variance = np.maximum(0, n * (2 * (root - b) / (4 * n) + d * (1 - d)))
        red = gained - lost - n * d + 1 < -z * np.sqrt(variance)
        chances = stats.binom.pmf(gained, count, (share - drop) / 2 / share)
        total += weights[count] * chances[red].sum()
    return float(total)


SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.4, 0.8)
MARGINS = (0.0, 0.005, 0.01, 0.02, 0.05)
SIZES = (50, 100, 200, 500, 1319)


def worst(n: int, margin: float) -> float:
    """How often a candidate at the margin is red, whatever the discordance."""
    design = Design(discordance=0.1, margin=margin)
    return max(chance_of_red(n, design, share, margin) for share in SHARES if share >= margin)


def test_a_candidate_at_the_margin_is_red_at_most_alpha_of_the_time() -> None:
    chances = {n: [worst(n, margin) for margin in MARGINS] for n in SIZES}
    assert max(max(row) for row in chances.values()) <= 0.05
    lines = ["| n | " + " | ".join(f"drop {100 * m:g}" for m in MARGINS) + " |"]
    lines.append("|---|" + "---|" * len(MARGINS))
    for n, row in chances.items():
        lines.append(f"| {n:,} | " + " | ".join(f"{100 * chance:.1f}" for chance in row) + " |")
    table = "\n".join(lines)
    page = ROOT / "docs" / "statistics.md"
    assert f"<!-- gate -->\n\n{table}\n" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("n", [50, 100, 200, 500, 1319])
@pytest.mark.parametrize("margin", [0.0, 0.01, 0.02, 0.05])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.3])
def test_a_drop_called_detectable_is_caught_four_times_of_five(
    n: int, margin: float, share: float
) -> None:
    design = Design(discordance=share, margin=margin)
    drop = design.detectable(n)
    assert drop is not None
    assert drop > margin
    assert chance_of_red(n, design, min(1.0, share + drop), drop) >= 0.8


@given(
    share=st.floats(0.01, 0.5), margin=st.floats(0, 0.1), drop=st.floats(-0.1, 0.2), n=st.just(0)
)
@SETTINGS
def test_needed_and_detectable_say_the_same(
    share: float, margin: float, drop: float, n: int
) -> None:
    design = Design(discordance=share, margin=margin)
    needed = design.needed(drop)
    if needed is not None and drop > margin + 0.001:
        n = needed
        found = design.detectable(n)
        assert found is not None
        assert found <= drop + 1e-9
        if n > 1:
            fewer = design.detectable(n - 1)
            assert fewer is None or fewer >= drop - 1e-3


def test_at_the_margin_no_number_of_problems_would_do() -> None:
    assert Design(discordance=0.1, margin=0.02).needed(0.02) is None


def test_one_problem_detects_nothing() -> None:
    assert Design(discordance=0.1).detectable(1) is None
