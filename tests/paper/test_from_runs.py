"""Numbers of runs: what they are for one run, over several seeds, and counted another way."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pandas as pd
import pytest
from scipy import stats

import mmeval
from mmeval import catalog
from mmeval.paper.figures.make import check, filled_sheets
from mmeval.paper.from_runs import (
    accuracy,
    gained,
    gap,
    gap_bounds,
    gaps,
    ids_by_third,
    pair_counts,
    thirds,
)
from mmeval.paper.runs import matched
from mmeval.results.arms import against
from mmeval.results.pairing import Terms, bounds, pair
from mmeval.stats.paired import Discordance, Flip, Flips, score_bounds
from mmeval.stats.seeds import over_seeds
from tests.builders.made_runs import Made, make_run
from tests.builders.measured_folders import RULE, both_directions
from tests.builders.seeded_runs import both_ways, found_in, seeded, the_run

# --- one run ------------------------------------------------------------------------------


def test_an_accuracy_is_in_percent_with_wilsons_interval(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "R" * 14 + "W" * 5 + "N")
    found = accuracy(the_run(tmp_path))
    exact = stats.binomtest(14, 20).proportion_ci(0.95, "wilson")
    assert found is not None
    assert (found.value, found.n, found.most) == (70.0, 20, None)
    assert (found.low, found.high) == pytest.approx((100 * exact.low, 100 * exact.high))
    assert (found.who, found.by, found.recount()) == ("tiny + SFT", RULE, 70.0)
    assert accuracy(None) is None


def test_undecided_answers_are_what_the_most_counts_as_right(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "RRWUF")
    found = accuracy(the_run(tmp_path))
    assert found is not None
    assert (found.value, found.most) == (40.0, 80.0)


@pytest.mark.parametrize(
    ("letters", "sizes"), [("RRRWWWWWW", (3, 3, 3)), ("RW" * 5, (3, 3, 4)), ("RW", (0, 1, 1))]
)
def test_thirds_are_of_as_many_problems_by_length(
    letters: str, sizes: tuple[int, ...], tmp_path: Path
) -> None:
    seeded(tmp_path, "SFT", 0, letters)
    run = the_run(tmp_path)
    parts = ids_by_third(run)
    assert tuple(map(len, parts.values())) == sizes
    lengths = {each.id: len(each.question) for each in run.judged.run.problems()}
    in_order = [lengths[key] for ids in parts.values() for key in ids]
    assert in_order == sorted(lengths.values())


def test_a_third_is_right_as_often_as_its_problems_are(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "R" * 6 + "W" * 3)  # one digit each: thirds in the order asked
    parts = thirds(found_in(tmp_path), "accuracy", the_run(tmp_path))
    assert {name: each.value for name, each in parts.items()} == {
        "short": 100.0,
        "medium": 100.0,
        "long": 0.0,
    }
    assert [each.recount() for each in parts.values()] == [100.0, 100.0, 0.0]


def test_linked_pairs_are_all_counted_with_the_undecided_as_not_right(tmp_path: Path) -> None:
    both_directions(tmp_path, "m", ("RRRWWUR", "RWNRWRF"))
    forward, backward = (
        next(each for each in found_in(tmp_path).runs if each.benchmark == name)
        for name in ("gsm8k", "gsm8k_backward")
    )
    table = pair_counts(forward, backward)
    assert (table.n, table.gained, table.lost) == (7, 3, 2)
    found = gap(found_in(tmp_path), "reversal_gap", (forward, backward))
    assert found is not None
    assert found.n == 7
    assert (found.value, found.recount()) == pytest.approx((100 / 7, 100 / 7))
    least, most = (
        score_bounds(Discordance(n=7, gained=2, lost=2)),
        score_bounds(Discordance(n=7, gained=3, lost=1)),
    )
    assert (found.low, found.high) == pytest.approx((100 * least[0], 100 * most[1]))


def test_seeds_of_a_gap_leave_no_pair_out(tmp_path: Path) -> None:
    both_ways(tmp_path, "SFT", 0, ("R" * 10, "R" * 5 + "U" * 5))
    both_ways(tmp_path, "SFT", 1, ("R" * 10, "R" * 5 + "W" * 5))
    forward, backward = (the_run(tmp_path, benchmark=b) for b in ("gsm8k", "gsm8k_backward"))
    found = gap(found_in(tmp_path), "reversal_gap", (forward, backward))
    assert found is not None and found.low is not None and found.high is not None
    assert found.n == 20
    assert (found.value, found.recount()) == pytest.approx((50, 50))
    low = over_seeds([[0.0, 0.0]] * 5 + [[0.0, 1.0]] * 5).bounds()[0]
    high = over_seeds([[0.0, 0.0]] * 5 + [[1.0, 1.0]] * 5).bounds()[1]
    assert (found.low, found.high) == pytest.approx((100 * max(-1, low), 100 * min(1, high)))


def test_of_several_answers_the_first_are_linked(tmp_path: Path) -> None:
    meta = {i: {"twin": f"gsm8k/{i:04x}"} for i in range(3)}
    seeded(tmp_path, "SFT", 0, "RRW" + "WWW", samples=2)
    seeded(tmp_path, "SFT", 0, "RWW" + "RRR", samples=2, benchmark="gsm8k_backward", meta=meta)
    table = pair_counts(the_run(tmp_path), the_run(tmp_path, benchmark="gsm8k_backward"))
    assert (table.n, table.gained, table.lost) == (3, 1, 0)


def test_no_gap_without_a_run_or_between_two_models(tmp_path: Path) -> None:
    both_ways(tmp_path, "SFT", 0, ("RW", "RW"))
    both_ways(tmp_path, "AnsAug", 0, ("RW", "RW"))
    everything = found_in(tmp_path)
    forward = the_run(tmp_path)
    for other in (None, the_run(tmp_path, "AnsAug", "gsm8k_backward")):
        assert gap(everything, "reversal_gap", (forward, other)) is None
    assert gap(everything, "reversal_gap", (None, forward)) is None


def test_gaps_are_of_shares_with_the_undecided_either_way(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "RWWU" + "WWRR", samples=2)
    seeded(tmp_path, "AnsAug", 0, "RRWR" + "RWWR", samples=2)
    sft, better = the_run(tmp_path), the_run(tmp_path, "AnsAug")
    both = matched(sft, better)
    assert [row for (row,) in gaps(both).values()] == [
        (0.5, 0.5, 0.5),
        (0.5, 0.5, 0.5),
        (-0.5, -0.5, -0.5),
        (0.0, 0.5, 0.5),  # R and U against two right: U may have been right
    ]
    found = gained(sft, better)
    least, most = (
        Flips(flips=[Flip.of(*each) for each in shares], answers=2)
        for shares in (
            [(0.5, 1.0), (0.0, 0.5), (0.5, 0.0), (1.0, 1.0)],
            [(0.5, 1.0), (0.0, 0.5), (0.5, 0.0), (0.5, 1.0)],
        )
    )
    assert found is not None
    assert found.n == 4
    assert found.value == pytest.approx(25)
    assert found.low == pytest.approx(100 * least.bounds()[0])
    assert found.high == pytest.approx(100 * most.bounds()[1])
    assert found.recount() == pytest.approx(found.value)
    assert gained(sft, None) is None


def test_a_comparison_a_claim_and_arms_take_the_same_differences(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "RRWWRU")
    seeded(tmp_path, "AnsAug", 0, "WRRWFR")
    one, two = the_run(tmp_path), the_run(tmp_path, "AnsAug")
    claimed_of = gaps([(one, two)])
    compared = pair(one.judged, two.judged, Terms(checkers=(one.checker,)))
    assert [gap.seen for (gap,) in claimed_of.values()] == list(compared.differences)
    assert [gap.low for (gap,) in claimed_of.values()] == [-1, 0, 1, 0, -1, 0]
    assert [gap.high for (gap,) in claimed_of.values()] == [-1, 0, 1, 0, 0, 1]
    assert tuple(claimed_of) == compared.ids
    assert compared.table == Discordance(n=6, gained=2, lost=2)
    assert (compared.undecided, compared.failed) == (1, 1)
    assert gap_bounds([(one, two)], 0.95) == bounds(compared, 0.95)
    shares = [
        pd.DataFrame({0: {key: each.low for key, each in run.judged.answers(run.checker).items()}})
        for run in (two, one)
    ]
    of_arms = against(*shares).loc[list(compared.ids)]
    assert of_arms.to_numpy().tolist() == [[each] for each in compared.differences]


# --- several seeds ------------------------------------------------------------------------


def test_an_accuracy_is_the_mean_over_seeds_and_holds_their_spread(tmp_path: Path) -> None:
    for seed, letters in enumerate(("RRRRRRWWWW", "RRRRWWWWWW", "RWWWWWWWWN")):
        seeded(tmp_path, "SFT", seed, letters)
    found = accuracy(the_run(tmp_path))
    assert found is not None
    assert found.value == pytest.approx(100 * mean([0.6, 0.4, 0.1]))
    rows = [
        [float(one[i] == "R") for one in ("RRRRRRWWWW", "RRRRWWWWWW", "RWWWWWWWWN")]
        for i in range(10)
    ]
    low, high = over_seeds(rows).bounds()
    assert (found.low, found.high) == pytest.approx((max(0.0, 100 * low), min(100.0, 100 * high)))
    assert (found.n, found.most) == (30, None)
    assert found.recount() == pytest.approx(found.value)


def test_what_could_not_be_told_is_in_what_the_mean_could_be(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "RRUW")
    seeded(tmp_path, "SFT", 1, "RWWF")
    found = accuracy(the_run(tmp_path))
    assert found is not None
    assert (found.value, found.most) == (37.5, 62.5)


def test_seeds_that_have_everything_wrong_are_no_surer_than_one(tmp_path: Path) -> None:
    for seed in (0, 1):
        seeded(tmp_path, "SFT", seed, "W" * 20)
    found = accuracy(the_run(tmp_path))
    assert found is not None
    assert found.value == 0 and found.high == pytest.approx(16.11, abs=0.01)  # Wilson, 0 of 20


def test_thirds_of_a_mean_average_to_it(tmp_path: Path) -> None:
    for seed, letters in enumerate(("RRRRRRWWW", "RRRWWRWWW")):
        seeded(tmp_path, "SFT", seed, letters)
    run = the_run(tmp_path)
    parts = thirds(found_in(tmp_path), "accuracy", run)
    whole = accuracy(run)
    assert whole is not None
    assert mean(each.value for each in parts.values()) == pytest.approx(whole.value)
    for each in parts.values():
        assert each.recount() == pytest.approx(each.value)


def test_a_gap_pairs_each_seed_with_itself(tmp_path: Path) -> None:
    """All seeds have one label: taking the first forward run of the label would give the
    gap of two models."""
    both_ways(tmp_path, "SFT", 0, ("R" * 8 + "W" * 2, "R" * 2 + "W" * 8))
    both_ways(tmp_path, "SFT", 1, ("R" * 4 + "W" * 6, "R" * 4 + "W" * 6))
    forward, backward = (the_run(tmp_path, benchmark=b) for b in ("gsm8k", "gsm8k_backward"))
    found = gap(found_in(tmp_path), "reversal_gap", (forward, backward))
    assert found is not None
    assert found.value == pytest.approx(100 * mean([0.6, 0.0]))
    assert found.recount() == pytest.approx(found.value)
    single = gap(found_in(tmp_path), "reversal_gap", (forward.seeds[1], backward.seeds[1]))
    assert single is not None and single.value == 0


def test_figure_6_shows_an_arm_once_and_its_check_agrees(tmp_path: Path) -> None:
    both_ways(tmp_path, "SFT", 0, ("R" * 8 + "W" * 2, "R" * 2 + "W" * 8))
    both_ways(tmp_path, "SFT", 1, ("R" * 4 + "W" * 6, "R" * 4 + "W" * 6))
    figure = catalog.load("figures", "figure_06_reversal")
    (sheet,) = filled_sheets([figure], found_in(tmp_path))
    drawn = {(each.series, each.x): each.measured.value for each in sheet.cells if each.measured}
    assert drawn == {
        ("forward", "SFT 100 rows"): pytest.approx(60),
        ("backward", "SFT 100 rows"): pytest.approx(30),
        ("gap on linked problems", "SFT 100 rows"): pytest.approx(30),
    }
    assert "means over 2 seeds" in sheet.remarks[0]
    assert [each.wrong for each in check(sheet, None, None) if each.wrong] == []


def test_what_one_arm_gains_is_taken_seed_by_seed(tmp_path: Path) -> None:
    for seed, letters in enumerate(("RRRRRRRRWW", "RRWWWWWWWW")):
        seeded(tmp_path, "SFT", seed, letters)
        seeded(tmp_path, "AnsAug", seed, letters.replace("W", "R", 1))
    found = gained(the_run(tmp_path), the_run(tmp_path, "AnsAug"))
    assert found is not None and found.low is not None and found.high is not None
    assert found.value == pytest.approx(10)
    assert found.high - found.low < 35, "the seeds differ by 60 points, the differences hardly"
    assert found.recount() == pytest.approx(found.value)


def test_a_single_problem_over_seeds_may_be_anything(tmp_path: Path) -> None:
    for seed, letter in enumerate("RW"):
        seeded(tmp_path, "SFT", seed, letter)
    found = accuracy(the_run(tmp_path))
    assert found is not None and (found.value, found.low, found.high) == (50.0, 0.0, 100.0)


def test_seeds_are_told_apart_by_their_seed_on_every_benchmark(tmp_path: Path) -> None:
    """By their folders a seed's forward and backward runs had two names, and `reversal_gap`
    left all seeds out without a word."""
    both_ways(tmp_path, "SFT", 0, ("R" * 8 + "W" * 2, "R" * 2 + "W" * 8))
    both_ways(tmp_path, "SFT", 1, ("R" * 4 + "W" * 6, "R" * 4 + "W" * 6))
    report = mmeval.analyse("reversal_gap", sorted(tmp_path.iterdir()))
    gaps = {
        row[0]: row[[each.name for each in report.columns].index("gap")]
        for row in report.rows
        if row[4] == "all"
    }
    assert gaps == {"tiny + SFT, seed 0": pytest.approx(0.6), "tiny + SFT, seed 1": 0.0}


def test_a_lone_seed_keeps_its_models_label(tmp_path: Path) -> None:
    both_ways(tmp_path, "SFT", 3, ("RW", "RW"))
    report = mmeval.analyse("reversal_gap", sorted(tmp_path.iterdir()))
    assert {row[0] for row in report.rows} == {"tiny + SFT"}


def test_who_was_asked_backward_questions_alone_is_named(tmp_path: Path) -> None:
    both_ways(tmp_path, "SFT", 0, ("RW", "RW"))
    meta = {i: {"twin": f"gsm8k/{i:04x}"} for i in range(2)}
    made = Made(letters="RW", model="lone", benchmark="gsm8k_backward", meta=meta, checkers=(RULE,))
    make_run(tmp_path / "lone", made)
    report = mmeval.analyse("reversal_gap", sorted(tmp_path.iterdir()))
    assert "lone has no run of the forward questions here: not in the table" in report.notes
