"""What is lost from forward to backward questions, and from short to long ones."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest

from mmeval import catalog
from mmeval.paper.claims.questions import Reversal, ShortBeforeLong
from mmeval.paper.printed import Numbers, numbers
from mmeval.stats.intervals import difference_bounds
from mmeval.stats.paired import Discordance, score_bounds
from tests.builders.made_runs import Made, make_run
from tests.builders.measured_folders import both_directions
from tests.builders.seeded_runs import both_ways, claimed, found_in, seeded


def reversal(more: bool = True) -> Reversal:
    return Reversal(
        series=("SFT", "WizardMath"),
        forward="gsm8k",
        backward="gsm8k_backward",
        margin=10,
        more=more,
    )


def test_a_loss_is_more_or_less_than_its_margin() -> None:
    assert str(reversal().region) == "above 10"
    assert str(reversal(more=False).region) == "below 10"


def test_a_loss_is_of_linked_problems_with_tangos_interval(tmp_path: Path) -> None:
    both_directions(tmp_path, "WizardMath-7B", ("RRRRRWWUR", "RWWWRRWRF"))
    (found,) = reversal().measured(found_in(tmp_path))
    low = score_bounds(Discordance(n=9, gained=3, lost=2))[0]  # U as wrong, F as right
    high = score_bounds(Discordance(n=9, gained=4, lost=1))[1]
    assert (found.on, found.n, found.clusters) == ("WizardMath-7B", 9, 9)
    assert found.value == pytest.approx(100 * 2 / 9)
    assert found.bounds is not None
    assert found.bounds(0.95) == pytest.approx((100 * low, 100 * high))
    assert {each.name for each in found.sources} == {
        "WizardMath-7B-forward",
        "WizardMath-7B-backward",
    }


def test_other_series_and_models_run_one_way_alone_are_not_measured(tmp_path: Path) -> None:
    both_directions(tmp_path, "MetaMath-7B", ("RR", "WW"))
    make_run(tmp_path / "b", Made(letters="R", model="WizardMath-7B", benchmark="gsm8k_backward"))
    assert reversal().measured(found_in(tmp_path)) == []
    assert reversal().printed(Numbers(all=())) == []


def test_a_collapse_is_the_mean_of_each_seeds_own(tmp_path: Path) -> None:
    both_ways(tmp_path, "SFT", 0, ("R" * 160 + "W" * 40, "R" * 40 + "W" * 160))
    both_ways(tmp_path, "SFT", 1, ("R" * 80 + "W" * 120, "R" * 20 + "W" * 180))
    (row,) = claimed(tmp_path, "Baselines")
    assert row.estimate.value == pytest.approx(100 * mean([0.25, 0.25]))
    assert row.estimate.on == "tiny + SFT, 2 seeds"


def test_thirds_have_newcombes_interval(tmp_path: Path) -> None:
    # 12 numbers of one and two digits: the first four questions are shortest, the last longest
    make_run(tmp_path / "a", Made(letters="RRRW" + "RWRW" + "RWWW", model="m", benchmark="gsm8k"))
    (found,) = ShortBeforeLong(benchmark="gsm8k", least=12).measured(found_in(tmp_path))
    low, high = difference_bounds((1, 4), (3, 4))
    assert (found.on, found.value, found.n) == ("m", 50.0, 12)
    assert found.bounds is not None
    assert found.bounds(0.95) == pytest.approx((100 * low, 100 * high))


@pytest.mark.parametrize(
    "made",
    [
        {"letters": "RRRWRWRWRWW"},  # eleven
        {"letters": "RRRWRWRWRWWW" * 2, "samples": 2},
    ],
    ids=["few", "several answers"],
)
def test_too_few_problems_and_several_answers_say_nothing(
    made: dict[str, object], tmp_path: Path
) -> None:
    make_run(tmp_path / "a", Made(model="m", benchmark="gsm8k", **made))  # type: ignore[arg-type]
    assert ShortBeforeLong(benchmark="gsm8k", least=12).measured(found_in(tmp_path)) == []


def test_undecided_answers_are_in_both_ends_of_thirds(tmp_path: Path) -> None:
    made = Made(letters="RRUW" + "RWRW" + "RUWW", model="m", benchmark="gsm8k")
    make_run(tmp_path / "a", made)
    (found,) = ShortBeforeLong(benchmark="gsm8k", least=12).measured(found_in(tmp_path))
    assert (found.value, found.n) == (25.0, 12)
    assert found.bounds is not None
    low, high = difference_bounds((2, 4), (2, 4))[0], difference_bounds((1, 4), (3, 4))[1]
    assert found.bounds(0.95) == pytest.approx((100 * low, 100 * high))


def test_thirds_of_templates_are_as_sure_as_their_templates(tmp_path: Path) -> None:
    letters = "R" * 60 + "W" * 60 + "W" * 60
    meta = {i: {"template": f"t{i // 30}"} for i in range(180)}
    make_run(tmp_path / "a", Made(letters=letters, model="m", benchmark="gsm8k", meta=meta))
    (found,) = ShortBeforeLong(benchmark="gsm8k").measured(found_in(tmp_path))
    assert found.clusters == 2
    assert found.bounds is not None and found.bounds(0.95)[0] < 0


def test_of_each_model_the_first_run_is_measured(tmp_path: Path) -> None:
    for name in "ab":
        make_run(tmp_path / name, Made(letters="RRWRWW", model="m", benchmark="gsm8k"))
    assert len(ShortBeforeLong(benchmark="gsm8k", least=3).measured(found_in(tmp_path))) == 1


def test_seeds_that_differ_widen_the_interval_of_thirds(tmp_path: Path) -> None:
    for seed, letters in enumerate(("R" * 30 + "W" * 60, "R" * 10 + "W" * 80)):
        seeded(tmp_path, "SFT", seed, letters)
    (found,) = ShortBeforeLong(benchmark="gsm8k").measured(found_in(tmp_path))
    assert found.value == pytest.approx(100 * mean([1.0, 1 / 3]))
    assert found.bounds is not None
    low, high = found.bounds(0.95)
    assert low == -100.0 and high == 100.0, "two seeds that differ by 67 points leave all open"


def test_length_is_told_over_seeds(tmp_path: Path) -> None:
    letters = "R" * 600 + "W" * 600  # longer numbers come last
    for seed in (0, 1):
        seeded(tmp_path, "SFT", seed, letters)
    (row,) = claimed(tmp_path, "Accuracy falls with the length")
    assert row.decision == "supported"
    assert row.estimate.value == pytest.approx(100)


@pytest.mark.parametrize(("kept", "decision"), [(395, "supported"), (300, "contradicted")])
def test_rephrased_questions_are_answered_as_their_originals(
    kept: int, decision: str, tmp_path: Path
) -> None:
    twins = {i: {"twin": f"original_questions/{i:04x}"} for i in range(400)}
    original = Made(letters="R" * 400, model="m", benchmark="original_questions")
    letters = "R" * kept + "W" * (400 - kept)
    other = Made(letters=letters, model="m", benchmark="rephrased_questions", meta=twins)
    make_run(tmp_path / "a", original)
    make_run(tmp_path / "b", other)
    (row,) = claimed(tmp_path, "Rephrased questions are answered about as well")
    assert row.decision == decision


def test_the_quality_of_rephrased_questions_was_printed() -> None:
    claims = catalog.load("claims", "metamath").claims
    (claim,) = (each for each in claims if each.says.startswith("Rephrased questions are answered"))
    (found,) = claim.test.printed(numbers())
    assert (found.value, found.on, found.bounds) == (4.44, "section 3.2", None)
