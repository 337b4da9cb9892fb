"""Claims about data: medians of perplexity, diversity gains, and gains that follow one another."""

from __future__ import annotations

import math
import random
from pathlib import Path
from statistics import correlation, median

import pytest

from mmeval.paper.claims.data import QUESTIONS, Arm, Follows, Lower, MoreDiverse
from mmeval.paper.from_reports import distances
from mmeval.paper.measurements import Search, search
from mmeval.paper.printed import Numbers, Printed
from mmeval.results.report_folder import ReportDir
from mmeval.stats.intervals import fisher_bounds
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
    assert (found.on, found.n) == ("diversity, words; accuracy measured", 3)
    assert found.value == pytest.approx(r)
    assert found.bounds is not None and found.bounds(0.9) == fisher_bounds(r, 3, 0.9)


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
