"""Accuracy of one model and of two compared: Wilson's and Tango's intervals in points."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest
from scipy import stats

from mmeval.paper.claims.accuracy import Better, Reproduces, in_points, on_run, paired, problems
from mmeval.paper.claims.claim import Estimate
from mmeval.paper.from_runs import THIRDS
from mmeval.paper.printed import Numbers, Printed
from mmeval.stats.intervals import clustered, difference_bounds
from mmeval.stats.paired import Discordance, Flip, Flips, score_bounds
from tests.builders.made_runs import Made, make_run
from tests.builders.measured_folders import RULE, trained_run
from tests.builders.seeded_runs import claimed, found_in, seeded, the_run


def number(model: str, value: float, **told: str) -> Printed:
    facts = {"element": "Table 1", "size": "7B", "benchmark": "gsm8k", "source": "X, Table 1"}
    return Printed(model=model, value=value, metric="accuracy %", **(facts | told))


def interval(estimate: Estimate) -> tuple[float, float]:
    assert estimate.bounds is not None
    return estimate.bounds(0.95)


# --- in points ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "points"),
    [((0.1, 0.25), (10.0, 25.0)), ((-1.5, 2.0), (-100.0, 100.0)), ((-1.0, 0.0), (-100.0, 0.0))],
)
def test_points_are_cut_to_what_a_difference_can_be(
    bounds: tuple[float, float], points: tuple[float, float]
) -> None:
    assert in_points(lambda level: bounds)(0.95) == pytest.approx(points)


def test_a_benchmark_that_is_not_shipped_has_no_known_number_of_problems() -> None:
    assert problems("gsm8k") == 1319
    assert problems("Game of 24") is None


# --- one model ------------------------------------------------------------------------------

CLAIM = Reproduces(
    element="Table 1", model="MetaMath", size="7B", benchmark="gsm8k", margin=5, value=66.5
)


def test_a_reproduction_lies_within_the_margin_of_the_printed_value() -> None:
    assert (CLAIM.region.low, CLAIM.region.high) == (61.5, 71.5)


def test_the_run_that_plays_the_model_is_measured(tmp_path: Path) -> None:
    assert CLAIM.measured(found_in(tmp_path)) == []
    facts = {"arm": "MetaMath", "rows": 5, "base": "Mistral-7B-v0.1"}
    trained_run(tmp_path / "mistral", "W" * 10, facts)  # another base: not the paper's own model
    trained_run(tmp_path / "own", "R" * 13 + "W" * 7, facts | {"base": "Llama-2-7b-hf"})
    (found,) = CLAIM.measured(found_in(tmp_path))
    exact = stats.binomtest(13, 20).proportion_ci(0.95, "wilson")
    assert (found.on, found.value, found.n) == ("own", 65.0, 20)
    assert interval(found) == pytest.approx((100 * exact.low, 100 * exact.high))
    assert [each.name for each in found.sources] == ["own"]


def test_the_interval_reaches_as_far_as_undecided_answers_could_have_gone(tmp_path: Path) -> None:
    facts = {"arm": "MetaMath", "rows": 5, "base": "Llama-2-7b-hf"}
    trained_run(tmp_path / "own", "R" * 13 + "W" * 3 + "UUFF", facts)
    (found,) = CLAIM.measured(found_in(tmp_path))
    least, most = (stats.binomtest(k, 20).proportion_ci(0.95, "wilson") for k in (13, 17))
    assert interval(found) == pytest.approx((100 * least.low, 100 * most.high))


def test_several_answers_to_a_problem_are_no_independent_evidence(tmp_path: Path) -> None:
    facts = {"arm": "MetaMath", "rows": 5, "base": "Llama-2-7b-hf"}
    trained_run(tmp_path / "own", "RRWWW" + "RWWWW", facts, samples=2)
    (found,) = CLAIM.measured(found_in(tmp_path))
    low, high = clustered([(2, 2), (1, 2), (0, 2), (0, 2), (0, 2)], 0.95)
    assert (found.value, found.n) == (30.0, 5)
    assert interval(found) == pytest.approx((100 * low, 100 * high))


def test_a_printed_value_has_the_interval_of_the_benchmarks_problems() -> None:
    (found,) = CLAIM.printed(Numbers(all=(number("MetaMath", 66.5),)))
    exact = stats.binomtest(877, 1319).proportion_ci(0.95, "wilson")
    assert (found.on, found.value, found.n) == ("Table 1", 66.5, 1319)
    assert interval(found) == pytest.approx((100 * exact.low, 100 * exact.high))
    assert CLAIM.printed(Numbers(all=())) == []


def test_a_printed_value_of_unknown_problems_has_no_interval() -> None:
    claim = Reproduces(element="Table 1", model="A", size="7B", benchmark="drop", margin=1, value=3)
    (found,) = claim.printed(Numbers(all=(number("A", 3.0, benchmark="drop"),)))
    assert (found.bounds, found.n) == (None, None)


def test_a_printed_accuracy_is_compared_with_the_mean(tmp_path: Path) -> None:
    facts = {"arm": "MetaMath", "base": "Llama-2-7b-hf"}
    for seed, right in enumerate((870, 880, 884)):
        letters = "R" * right + "W" * (1319 - right)
        seeded(tmp_path, "MetaMath", seed, letters, facts=facts, checkers=(RULE,))
    (row,) = claimed(tmp_path, "MetaMath-7B has 66.5 % of GSM8K")
    assert row.estimate.value == pytest.approx(100 * 878 / 1319)
    assert row.decision == "supported"


# --- two models -----------------------------------------------------------------------------


def better(**told: object) -> Better:
    facts: dict[str, object] = {"better": "AnsAug", "worse": "SFT", "benchmark": "gsm8k"}
    return Better(**(facts | told))  # type: ignore[arg-type]


def test_two_runs_have_tangos_interval_of_their_discordant_problems(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "RRWWWWWWWR")
    seeded(tmp_path, "AnsAug", 0, "RRRRRWWWWW")
    (found,) = better().measured(found_in(tmp_path))
    low, high = score_bounds(Discordance(n=10, gained=3, lost=1))
    assert (found.on, found.value, found.n) == ("tiny + AnsAug - tiny + SFT", 20.0, 10)
    assert interval(found) == pytest.approx((100 * low, 100 * high))


def test_several_answers_have_the_interval_of_what_they_are_worth(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "RWWW" + "WWWR", samples=2)
    seeded(tmp_path, "AnsAug", 0, "RRWW" + "RWWR", samples=2)
    (found,) = better().measured(found_in(tmp_path))
    shares = [(0.5, 1.0), (0.0, 0.5), (0.0, 0.0), (0.5, 0.5)]
    low, high = Flips(flips=[Flip.of(*each) for each in shares], answers=2).bounds()
    assert found.value == 25.0
    assert interval(found) == pytest.approx((100 * low, 100 * high))


def test_two_rules_say_nothing_of_two_models(tmp_path: Path) -> None:
    seeded(tmp_path, "SFT", 0, "RW", checkers=("mmeval/1",))
    seeded(tmp_path, "AnsAug", 0, "RW")
    assert paired(the_run(tmp_path, "AnsAug"), the_run(tmp_path)) is None
    assert better().measured(found_in(tmp_path)) == []


def test_models_are_compared_on_one_base_and_of_the_asked_size(tmp_path: Path) -> None:
    for base, letters in (("tiny-1b", "RRWW"), ("tiny-2b", "RWWW")):
        seeded(tmp_path, "SFT", 0, "WWWW", facts={"base": base})
        seeded(tmp_path, "AnsAug", 0, letters, facts={"base": base})
    seeded(tmp_path, "AnsAug", 0, "RRRR", facts={"base": "tiny-3b"})  # no SFT beside it
    assert [each.value for each in better().measured(found_in(tmp_path))] == [50.0, 25.0]
    assert [each.value for each in better(size="2B").measured(found_in(tmp_path))] == [25.0]


def test_another_name_of_the_better_one_is_taken_where_the_first_was_not_run(
    tmp_path: Path,
) -> None:
    seeded(tmp_path, "SFT", 0, "WWWW")
    seeded(tmp_path, "all", 0, "RWWW")
    claim = better(better="MetaMath", also_better=("all four",))
    (found,) = claim.measured(found_in(tmp_path))
    assert found.value == 25.0
    seeded(tmp_path, "MetaMath", 0, "RRRW")
    (found,) = claim.measured(found_in(tmp_path))
    assert found.value == 75.0


def test_a_printed_pair_has_newcombes_interval(tmp_path: Path) -> None:
    claim = better(pairs=(("Table 1", "A", "B", "7B"),), problems=200, margin=2.0)
    table = Numbers(all=(number("A", 60.0), number("B", 50.0)))
    (found,) = claim.printed(table)
    low, high = difference_bounds((100, 200), (120, 200))
    assert (claim.region.low, claim.region.high) == (2.0, None)
    assert (found.on, found.value, found.n) == ("Table 1, 7B", 10.0, 200)
    assert interval(found) == pytest.approx((100 * low, 100 * high))
    assert claim.printed(Numbers(all=table.all[:1])) == []


def test_a_run_is_called_by_its_seeds_and_its_part(tmp_path: Path) -> None:
    run = trained_run(tmp_path / "a", "RRW", {"arm": "SFT", "rows": 5, "base": "b"})
    assert on_run(the_run(tmp_path)) == "a"
    manifest = run.manifest()
    manifest["data"] |= {"partial": True, "total": 1319}
    run.write_manifest(manifest)
    assert on_run(the_run(tmp_path)) == "a, 3 problems"
    for seed in (0, 1):
        seeded(tmp_path, "AnsAug", seed, "RW")
    assert on_run(the_run(tmp_path, "AnsAug")) == "tiny + AnsAug, 2 seeds"


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


def test_a_model_without_a_size_is_compared_with_one_that_has(tmp_path: Path) -> None:
    """Neither the 7B model nor a difference of 1 point on 200 problems is a lead of 70B."""
    for name, right in (("MetaMath-70B", 180), ("MetaMath-7B", 100), ("GPT-3.5-Turbo", 120)):
        made = Made(letters="R" * right + "W" * (200 - right), model=name, benchmark="gsm8k")
        make_run(tmp_path / name, made)
    (row,) = claimed(tmp_path, "MetaMath-70B is ahead of GPT-3.5-Turbo")
    assert row.estimate.on == "MetaMath-70B - GPT-3.5-Turbo"
    assert (row.estimate.value, row.decision) == (30.0, "supported")


def test_two_models_are_compared_on_a_third_of_the_problems(tmp_path: Path) -> None:
    """Questions grow with their numbers: the last 40 of 120 are the longest."""
    for name, letters in (
        ("SFT", "R" * 40 + "W" * 80),
        ("MetaMath", "R" * 40 + "W" * 40 + "R" * 40),
    ):
        seeded(tmp_path, name, 0, letters)
    found = [claimed(tmp_path, f"MetaMath beats SFT on the {t} third")[0] for t in THIRDS]
    assert [row.estimate.value for row in found] == [0.0, 0.0, 100.0]
    assert [row.decision for row in found] == ["not decided", "not decided", "supported"]
    assert {row.estimate.n for row in found} == {40}
    for seed in (1, 2):
        for name, letters in (("SFT", "W" * 120), ("MetaMath", "W" * 80 + "R" * 40)):
            seeded(tmp_path, name, seed, letters)
    (row,) = claimed(tmp_path, "MetaMath beats SFT on the long third")
    assert (row.estimate.value, row.estimate.n) == (100.0, 40)


@pytest.mark.parametrize(
    ("better", "worse", "benchmark", "says"),
    [
        (
            "AnsAug on MATH",
            "SFT on MATH",
            "hendrycks_math",
            "Answer augmentation beats SFT on MATH",
        ),
        ("MATH all", "SFT MATH", "gsm8k", "Augmenting MATH's questions helps on GSM8K"),
        ("all", "SFT", "hendrycks_math", "Augmenting GSM8K's questions helps on MATH"),
    ],
)
def test_arms_on_math_and_what_they_bring_elsewhere(
    better: str, worse: str, benchmark: str, says: str, tmp_path: Path
) -> None:
    for name, right in ((better, 120), (worse, 60)):
        seeded(tmp_path, name, 0, "R" * right + "W" * (200 - right), benchmark=benchmark)
    (row,) = claimed(tmp_path, says)
    assert (row.estimate.value, row.decision) == (30.0, "supported")


def test_means_over_seeds_that_have_all_right_are_no_certainty(tmp_path: Path) -> None:
    for seed in (0, 1):
        facts = {"base": "Llama-2-7b-hf"}
        seeded(tmp_path, "MetaMath", seed, "R" * 4, facts=facts, checkers=(RULE,))
    (found,) = CLAIM.measured(found_in(tmp_path))
    assert interval(found)[0] < 80 and interval(found)[1] == 100
