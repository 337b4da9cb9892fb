"""Claims about data: medians of perplexity, diversity gains, and gains that follow one another."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import correlation, median

import pytest

from mmeval.paper.claims.claim import Estimate, Region
from mmeval.paper.claims.data import QUESTIONS, Arm, Follows, Lower, MoreDiverse
from mmeval.paper.claims.weigh import decide
from mmeval.paper.from_reports import distances
from mmeval.paper.measurements import Search, search
from mmeval.paper.printed import Numbers, Printed
from mmeval.results.report_folder import ReportDir
from mmeval.training_data.diversity.gain import measure_gain
from mmeval.training_data.perplexity.report import summaries
from mmeval.training_data.perplexity.scores import Row
from tests.builders.measured_folders import diversity_report, perplexity_report
from tests.builders.seeded_runs import found_in, seeded

LOWER = Lower(lower="AnsAug", higher="GSM8K")
"""`GSM_AnsAug` and `GSM8K CoT` are other names for the two."""


def nats(level: float, n: int = QUESTIONS) -> list[float]:
    return [level + 0.01 * i for i in range(n)]


def test_an_effect_is_the_difference_of_the_two_medians(tmp_path: Path) -> None:
    one, two = nats(0.5), nats(1.0)
    sets = {("mm/GSM_AnsAug", "response"): one, ("GSM8K", "response"): two}
    perplexity_report(tmp_path / "ppl", sets)
    (found,) = LOWER.measured(found_in(tmp_path))
    medians = [median(map(math.exp, each)) for each in (one, two)]
    assert found.value == pytest.approx(medians[0] - medians[1])
    assert (found.on, found.n) == ("perplexity, tiny", 2 * QUESTIONS)
    assert [each.name for each in found.sources] == ["ppl"]
    assert str(LOWER.region) == "below 0" and LOWER.printed(Numbers(all=())) == []


@pytest.mark.parametrize(
    "sets",
    [
        {("AnsAug", "response"): nats(0.5)},
        {("AnsAug", "response"): nats(0.5), ("GSM8K", "#### N"): nats(1.0)},
        {("AnsAug", "response"): nats(0.5, QUESTIONS - 1), ("GSM8K", "response"): nats(1.0)},
    ],
    ids=["one set", "a form that is not meant", "too few questions"],
)
def test_a_report_without_both_sets_says_nothing(
    sets: dict[tuple[str, str], list[float]], tmp_path: Path
) -> None:
    perplexity_report(tmp_path / "ppl", sets)
    assert LOWER.measured(found_in(tmp_path)) == []


def test_one_set_is_more_diverse_by_its_mean_distance(tmp_path: Path) -> None:
    diversity_report(tmp_path / "div", {"SV": nats(0.4), "GSM_FOBAR": nats(0.1)})
    claim = MoreDiverse(more="SV", less="FOBAR", text="question_answer")
    (found,) = claim.measured(found_in(tmp_path))
    assert found.value == pytest.approx(0.3)
    assert found.bounds is not None and found.bounds(0.95) == pytest.approx((0.3, 0.3)), "paired"
    assert "question_answer" in claim.effect and str(claim.region) == "above 0"


def scored(folder: ReportDir) -> list[Row]:
    """The rows of a made report, as `mmeval perplexity` holds them."""
    rest = {"bytes": 1, "words": 1, "whole_nll": 1.0, "whole_tokens": 1, "truncated": False}
    return [Row(**(rest | row)) for row in folder.rows()]


@pytest.mark.parametrize("questions", [(60, 60), (80, 50)])
def test_a_claim_has_the_interval_of_the_perplexity_report(
    tmp_path: Path, questions: tuple[int, int]
) -> None:
    rng = random.Random(1)
    one, two = ([rng.gauss(1, 0.3) for _ in range(n)] for n in questions)
    sets = {("GSM8K", "response"): one, ("AnsAug", "response"): two}
    folder = perplexity_report(tmp_path / "ppl", sets)
    (estimate,) = Lower(lower="AnsAug", higher="GSM8K").measured(search(Search(paths=(tmp_path,))))
    assert estimate.bounds is not None
    claimed = estimate.value, *estimate.bounds(0.95)
    _, against = summaries(scored(folder))
    assert (against.difference, against.low, against.high) == claimed
    turned, _ = summaries(scored(folder), reference="AnsAug")
    assert (turned.difference, turned.low, turned.high) == pytest.approx(
        (-claimed[0], -claimed[2], -claimed[1]), rel=1e-12
    )


def test_a_claim_draws_gains_as_the_diversity_report_does(tmp_path: Path) -> None:
    """Over a set without any distance, the difference of gains is the gain."""
    rng = random.Random(2)
    folder = diversity_report(
        tmp_path / "div", {"SV": [rng.random() for _ in range(50)], "FOBAR": [0.0] * 50}
    )
    claim = MoreDiverse(more="SV", less="FOBAR", text="question")
    (estimate,) = claim.measured(search(Search(paths=(tmp_path,))))
    assert estimate.bounds is not None
    own = next(each for each in distances(folder, "question") if each.name == "SV")
    gain = measure_gain(own.values, [int(each[1:]) for each in own.origins], 0, draws=10_000)
    assert (gain.low, gain.high) == pytest.approx(estimate.bounds(0.95), rel=1e-12)
    assert math.isclose(gain.gain, estimate.value, rel_tol=1e-12)


FOLLOWS = Follows(
    arms=tuple(
        Arm(set=name, series=name, printed_gain=f"{name} gain") for name in ("AnsAug", "SV", "RFT")
    ),
    reference="SFT",
    benchmark="gsm8k",
    element="Figure",
    text="question",
    printed_r=("text", "Pearson's r"),
)


def test_a_correlation_is_of_gains_measured_and_printed(tmp_path: Path) -> None:
    """All arms were run; the paper's own table lacks these gains."""
    diversity_report(tmp_path / "div", {"AnsAug": [0.1], "SV": [0.5], "RFT": [0.2]})
    for arm, letters in (("AnsAug", "RRWW"), ("SV", "RRRR"), ("RFT", "RRWW"), ("SFT", "RWWW")):
        seeded(tmp_path, arm, 0, letters)
    (found,) = FOLLOWS.measured(found_in(tmp_path))
    r = correlation([0.1, 0.5, 0.2], [25.0, 75.0, 25.0])
    assert (found.on, found.n) == ("diversity, words; 3 arms", 3)
    assert found.value == pytest.approx(r)
    assert found.bounds is not None and found.bounds(0.9) == (-1.0, 1.0)


def follows(names: str) -> Follows:
    arms = tuple(Arm(set=each, series=each, printed_gain=f"{each} gain") for each in names)
    return replace(FOLLOWS, arms=arms)


def of_arms(folder: Path, rights: Sequence[int], undecided: int = 0) -> Estimate:
    """Arms A, B, ... of rising diversity, each with so many of 100 right."""
    names = "ABCDEFGH"[: len(rights)]
    diversity_report(folder / "div", {name: [0.1 * i + 0.1] for i, name in enumerate(names)})
    seeded(folder, "SFT", 0, "W" * 100)
    for name, right in zip(names, rights, strict=True):
        letters = "R" * right + "U" * undecided + "W" * (100 - right - undecided)
        seeded(folder, name, 0, letters)
    (found,) = follows(names).measured(found_in(folder))
    return found


@pytest.mark.parametrize(
    ("rights", "decision"),
    [
        ([5, 10, 30, 60], "not decided"),  # r = 0.97 of four arms: 1 of 12 orders at best
        ([10, 20, 30, 40], "not decided"),  # r = 1
        ([5, 12, 20, 33, 41, 50, 62], "supported"),
        ([62, 50, 41, 33, 20, 12, 5], "contradicted"),
        ([20, 41, 5, 62, 12, 50, 33], "not decided"),
    ],
)
def test_arms_are_the_unit_of_a_correlation(
    rights: list[int], decision: str, tmp_path: Path
) -> None:
    found = of_arms(tmp_path, rights)
    (row,) = decide([(FOLLOWS.region, found)])
    assert row.decision == decision
    if len(rights) == 4:
        assert row.p is not None and row.p >= 1 / 12
        assert "orders of 4 arms can show no p value below 1/12" in row.remark


def test_undecided_answers_of_arms_leave_a_correlation_open(tmp_path: Path) -> None:
    found = of_arms(tmp_path, [5, 12, 20, 33, 41, 50, 62], undecided=30)
    (row,) = decide([(FOLLOWS.region, found)])
    assert row.decision == "not decided"


def test_gains_that_are_all_alike_have_no_correlation(tmp_path: Path) -> None:
    (row,) = decide([(FOLLOWS.region, of_arms(tmp_path, [20, 20, 20, 20]))])
    assert (row.decision, row.interval) == ("not decided", (-1.0, 1.0))
    assert "all alike" in row.remark


def test_printed_gains_are_no_measurement(tmp_path: Path) -> None:
    """Diversity measured here, and the paper's own gains in accuracy."""
    diversity_report(tmp_path / "div", {"AnsAug": [0.1], "SV": [0.5], "RFT": [0.2]})
    assert FOLLOWS.measured(found_in(tmp_path)) == []


def test_a_set_that_is_in_the_base_is_less_diverse_by_construction(tmp_path: Path) -> None:
    sets = {"AnsAug": [0.0] * 55 + [1e-8] * 5, "Rephrased": nats(0.1, 60), "FOBAR": nats(0.4, 60)}
    diversity_report(tmp_path / "div", sets)
    for more, less, constructed in (("Rephrasing", "AnsAug", True), ("FOBAR", "Rephrasing", False)):
        (found,) = MoreDiverse(more=more, less=less, text="question").measured(found_in(tmp_path))
        assert bool(found.by_construction) is constructed
        if constructed:
            assert "60 of 60 rows of AnsAug have their own question in the base" in (
                found.by_construction
            )


@pytest.mark.parametrize(("questions", "least"), [(30, 0.23), (100, 0.0063), (1000, 2 / 10_001)])
def test_no_p_lies_below_what_draws_and_questions_can_show(
    questions: int, least: float, tmp_path: Path
) -> None:
    diversity_report(tmp_path / "div", {"SV": nats(0.4, questions), "FOBAR": nats(0.1, questions)})
    (found,) = MoreDiverse(more="SV", less="FOBAR", text="question").measured(found_in(tmp_path))
    assert found.finest == pytest.approx(least, rel=0.02)
    (row,) = decide([(Region(low=0.0), found)])
    assert (row.p, row.p_at_most) == (found.finest, True)
    assert row.p_words.startswith("< 1/")
    assert row.decision == ("supported" if least < 0.05 else "not decided")
    assert bool(row.remark) == (least > 0.05)


def test_without_every_arm_there_is_no_correlation(tmp_path: Path) -> None:
    diversity_report(tmp_path / "div", {"AnsAug": [0.1], "SV": [0.5], "RFT": [0.2]})
    for arm, letters in (("AnsAug", "RRWW"), ("SV", "RRRR"), ("SFT", "RWWW")):
        seeded(tmp_path, arm, 0, letters)
    assert FOLLOWS.measured(found_in(tmp_path)) == []


def test_a_printed_correlation_says_what_so_few_points_do() -> None:
    printed = Printed(element="text", metric="Pearson's r", value=0.5)
    (found,) = FOLLOWS.printed(Numbers(all=(printed,)))
    assert (found.on, found.value, found.n) == ("text, 3 points", 0.5, 3)
    assert found.bounds is not None and found.bounds(0.95) == (-1.0, 1.0)
    assert FOLLOWS.printed(Numbers(all=())) == []
