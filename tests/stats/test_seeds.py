"""Runs of one training with several seeds are one measurement, with the spread of the seeds."""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mmeval
from mmeval import catalog
from mmeval.paper import from_runs
from mmeval.paper.claims.weigh import Row, weigh
from mmeval.paper.figures.make import check, filled_sheets
from mmeval.paper.from_runs import accuracy, gained, gap, thirds
from mmeval.paper.measurements import Measurements, Search, search
from mmeval.paper.roles import Role
from mmeval.paper.runs import Run
from mmeval.results.arms import against
from mmeval.results.pairing import Terms, pair
from mmeval.stats.paired import Discordance, score_bounds
from mmeval.stats.seeds import matched_seeds, over_seeds
from tests.builders.made_runs import Made, make_run
from tests.builders.measured_folders import RULE, trained_run

FACTS = {"recipe": "sft", "base": "tiny-1b", "rows": 100, "response_tokens": 45_000}


def seeded(folder: Path, arm: str, seed: int, letters: str, **told: Any) -> None:
    """A run of an arm trained with a seed; all seeds of it have one label, as in a study."""
    facts = FACTS | {"arm": arm, "seed": seed} | told.pop("facts", {})
    name = f"{arm}-{seed}-{told.get('benchmark', '')}-{len(list(folder.iterdir()))}"
    trained_run(folder / name, letters, facts, **({"model": f"tiny + {arm}"} | told))


def both_ways(folder: Path, arm: str, seed: int, letters: tuple[str, str]) -> None:
    """The same forwards and backwards."""
    twins = {i: {"twin": f"gsm8k/{i:04x}"} for i in range(len(letters[1]))}
    seeded(folder, arm, seed, letters[0])
    seeded(folder, arm, seed, letters[1], benchmark="gsm8k_backward", meta=twins)


def found_in(folder: Path) -> Measurements:
    return search(Search(paths=(folder,)))


def the_run(folder: Path, arm: str = "SFT", benchmark: str = "gsm8k") -> Run:
    run = found_in(folder).find(benchmark, Role(series=arm))
    assert run is not None
    return run


def claimed(folder: Path, says: str) -> list[Row]:
    claims = catalog.load("claims", "metamath").claims
    (one,) = weigh([each for each in claims if each.says.startswith(says)], found_in(folder))
    return list(one.measured)


# --- the interval ----------------------------------------------------------------------


def test_one_seed_has_students_interval_of_its_problems() -> None:
    values = [[1.0], [0.0], [0.0], [1.0], [1.0]]
    found = over_seeds(values)
    flat = [row[0] for row in values]
    assert found.value == pytest.approx(0.6)
    low, high = stats.t.interval(0.9, 4, 0.6, stats.sem(flat))
    assert found.bounds(0.9) == pytest.approx((low, high))


def test_problems_that_all_seeds_answer_alike_leave_the_error_of_the_problems() -> None:
    one, three = over_seeds([[1.0], [0.0]] * 9), over_seeds([[1.0] * 3, [0.0] * 3] * 9)
    assert three.bounds() == pytest.approx(one.bounds())


def test_seeds_that_differ_as_a_whole_leave_the_error_of_the_seeds() -> None:
    found = over_seeds([[0.2, 0.4, 0.9]] * 50)
    low, high = stats.t.interval(0.95, 2, 0.5, stats.sem([0.2, 0.4, 0.9]))
    assert found.bounds() == pytest.approx((low, high))


def test_a_difference_of_seeds_that_is_nothing_is_called_one_at_most_as_often_as_said() -> None:
    generator = np.random.default_rng(0)
    wrong = 0
    for _ in range(400):
        problem = generator.normal(0.3, 0.15, size=(200, 1))
        arms = [
            generator.random((200, 3)) < np.clip(problem + generator.normal(0, 0.03, 3), 0, 1)
            for _ in range(2)
        ]
        low, high = over_seeds((arms[0].astype(float) - arms[1]).tolist()).bounds()
        wrong += not low <= 0 <= high
    assert wrong / 400 <= 0.06


@pytest.mark.parametrize(
    ("one", "two", "places"),
    [
        ([0, 1, 2], [2, 0], [(0, 1), (2, 0)]),
        ([None], [1, 2], [(0, 0), (0, 1)]),
        ([1, 2], [None], [(0, 0), (1, 0)]),
        ([1, 2, 3], [4, 5], [(0, 0), (1, 1)]),
        ([None], [None], [(0, 0)]),
    ],
)
def test_models_of_two_arms_stand_side_by_side_by_seed(
    one: list[object], two: list[object], places: list[tuple[int, int]]
) -> None:
    assert matched_seeds(one, two) == places


def test_a_comparison_a_claim_and_arms_take_the_same_differences(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "RRWWRU")
    seeded(tmp_path, "AnsAug", 0, "WRRWFR")
    one, two = the_run(tmp_path), the_run(tmp_path, "AnsAug")
    claimed_of = from_runs.differences([(one, two)])
    compared = pair(one.judged, two.judged, Terms(checkers=(one.checker,)))
    assert list(claimed_of.values()) == [[each] for each in compared.differences]
    assert tuple(claimed_of) == compared.ids
    assert compared.table == Discordance(n=4, gained=1, lost=1)
    assert (compared.undecided, compared.failed) == (1, 1)
    shares = [
        pd.DataFrame({0: {key: each.low for key, each in run.judged.answers(run.checker).items()}})
        for run in (two, one)
    ]
    of_arms = against(*shares).loc[list(compared.ids)]
    assert of_arms.to_numpy().tolist() == list(claimed_of.values())


def test_one_problem_says_nothing() -> None:
    found = over_seeds([[0.0, 1.0]])
    assert found.value == 0.5
    assert found.bounds() == (-np.inf, np.inf)


# --- what is one training ---------------------------------------------------------------


def test_seeds_of_one_training_are_one_run(tmp_path: Path) -> None:
    for seed, rows, tokens in ((2, 104, 45_093), (0, 98, 45_011), (1, 101, 45_700)):
        seeded(tmp_path, "SFT", seed, "RW", facts={"rows": rows, "response_tokens": tokens})
    (run,) = found_in(tmp_path).runs
    assert [each.judged.path.name[:5] for each in run.seeds] == ["SFT-0", "SFT-1", "SFT-2"]
    assert run.role.rows == 101
    assert "3 seeds" in run.source.about


@pytest.mark.parametrize(
    "other",
    [
        {"facts": {"seed": 0}},
        {"facts": {"seed": None}},
        {"facts": {"arm": "AnsAug"}},
        {"facts": {"recipe": "rft"}},
        {"facts": {"base": "tiny-2b"}},
        {"facts": {"data": [{"name": "other", "rows": 100}]}},
        {"facts": {"response_tokens": 90_000, "rows": 200}},
        {"letters": "RWW"},
        {"benchmark": "gsm8k_backward"},
        {"identity": {"prompt": "another"}},
    ],
    ids=str,
)
def test_what_differs_by_more_than_the_seed_is_a_run_of_its_own(
    other: dict[str, Any], tmp_path: Path
) -> None:
    seeded(tmp_path, "SFT", 0, "RW")
    told = dict(other)
    seeded(tmp_path, "SFT", 1, told.pop("letters", "RW"), **told)
    assert [each.others for each in found_in(tmp_path).runs] == [(), ()]


def test_sizes_without_told_tokens_are_told_apart_by_rows(tmp_path: Path) -> None:
    for seed, rows in ((0, 20_000), (1, 20_000), (0, 40_000), (1, 40_000)):
        seeded(tmp_path, "AnsAug", seed, "RW", facts={"rows": rows, "response_tokens": None})
    found = [(run.role.rows, len(run.seeds)) for run in found_in(tmp_path).runs]
    assert sorted(found) == [(20_000, 2), (40_000, 2)]


@pytest.mark.parametrize("data", [3, "x", [3], [{}], {"name": "x"}])
def test_data_that_was_told_in_no_known_form_does_no_harm(data: object, tmp_path: Path) -> None:
    for seed in (0, 1):
        seeded(tmp_path, "SFT", seed, "RW", facts={"data": data})
    assert len(found_in(tmp_path).runs) == 1


def test_a_single_problem_over_seeds_may_be_anything(tmp_path: Path) -> None:
    for seed, letter in enumerate("RW"):
        seeded(tmp_path, "SFT", seed, letter)
    found = accuracy(the_run(tmp_path))
    assert found is not None and (found.value, found.low, found.high) == (50.0, 0.0, 100.0)


def test_models_that_were_not_trained_here_are_not_pooled(tmp_path: Path) -> None:
    for name in "ab":
        make_run(tmp_path / name, Made(letters="RW", model="same", benchmark="gsm8k"))
    assert len(found_in(tmp_path).runs) == 2


# --- numbers -----------------------------------------------------------------------------


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


# --- claims ------------------------------------------------------------------------------


def test_a_claim_about_two_arms_takes_the_seeds_that_both_have(tmp_path: Path) -> None:
    sft, better = "R" * 100 + "W" * 300, "R" * 200 + "W" * 200
    for seed in (0, 1, 2):
        seeded(tmp_path, "SFT", seed, sft)
    for seed in (1, 2):
        seeded(tmp_path, "AnsAug", seed, better)
    seeded(tmp_path, "AnsAug", 7, "W" * 400)
    (row,) = claimed(tmp_path, "Answer augmentation beats SFT on GSM8K.")
    assert row.estimate.on == "tiny + AnsAug, 3 seeds - tiny + SFT, 3 seeds"
    assert (row.estimate.value, row.estimate.n) == (25.0, 400)


def test_seeds_that_disagree_leave_a_claim_open_that_one_of_them_supports(tmp_path: Path) -> None:
    for seed, right in enumerate((80, 220, 0)):
        seeded(tmp_path, "SFT", seed, "R" * 60 + "W" * 340)
        seeded(tmp_path, "AnsAug", seed, "R" * right + "W" * (400 - right))
    (row,) = claimed(tmp_path, "Answer augmentation beats SFT on GSM8K.")
    assert row.estimate.value == pytest.approx(10.0)
    assert row.decision == "not decided"
    assert row.interval is not None and row.interval[1] <= 100


def test_an_arm_of_one_seed_is_compared_with_that_seed(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "R" * 10 + "W" * 30)
    seeded(tmp_path, "AnsAug", 0, "R" * 20 + "W" * 20)
    seeded(tmp_path, "AnsAug", 1, "W" * 40)
    (row,) = claimed(tmp_path, "Answer augmentation beats SFT on GSM8K.")
    low, high = score_bounds(Discordance(n=40, gained=10, lost=0))
    assert row.estimate.value == 25.0
    assert row.interval == pytest.approx((100 * low, 100 * high))


def test_a_model_without_a_seed_stands_beside_each_seed_of_another(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "R" * 20 + "W" * 20, facts={"seed": None})
    for seed in (0, 1):
        seeded(tmp_path, "AnsAug", seed, "R" * (30 + seed) + "W" * (10 - seed))
    (row,) = claimed(tmp_path, "Answer augmentation beats SFT on GSM8K.")
    assert row.estimate.value == pytest.approx(100 * mean([0.25, 0.275]))


def test_a_collapse_is_the_mean_of_each_seeds_own(tmp_path: Path) -> None:
    both_ways(tmp_path, "SFT", 0, ("R" * 160 + "W" * 40, "R" * 40 + "W" * 160))
    both_ways(tmp_path, "SFT", 1, ("R" * 80 + "W" * 120, "R" * 20 + "W" * 180))
    (row,) = claimed(tmp_path, "Baselines")
    assert row.estimate.value == pytest.approx(100 * mean([0.6, 0.3]))


def test_length_is_told_over_seeds(tmp_path: Path) -> None:
    letters = "R" * 600 + "W" * 600  # longer numbers come last
    for seed in (0, 1):
        seeded(tmp_path, "SFT", seed, letters)
    (row,) = claimed(tmp_path, "Accuracy falls with the length")
    assert row.decision == "supported"
    assert row.estimate.value == pytest.approx(100)


def test_seeds_are_no_sizes(tmp_path: Path) -> None:
    """Equal tokens are not equal rows: 98 rows and 104 are no step of size."""
    for seed, rows in ((0, 98), (1, 104)):
        seeded(tmp_path, "AnsAug", seed, "RW" * 50, facts={"rows": rows})
    assert claimed(tmp_path, "Answer augmentation saturates") == []


def test_a_printed_accuracy_is_compared_with_the_mean(tmp_path: Path) -> None:
    facts = {"arm": "MetaMath", "base": "Llama-2-7b-hf"}
    for seed, right in enumerate((870, 880, 884)):
        letters = "R" * right + "W" * (1319 - right)
        seeded(tmp_path, "MetaMath", seed, letters, facts=facts, checkers=(RULE,))
    (row,) = claimed(tmp_path, "MetaMath-7B has 66.5 % of GSM8K")
    assert row.estimate.value == pytest.approx(100 * 878 / 1319)
    assert row.decision == "supported"
