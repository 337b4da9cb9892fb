"""Arms over seeds: means, paired differences, and what one seed cannot say."""

from __future__ import annotations

from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pytest
from scipy import stats

import mmeval
from mmeval.errors import DataError
from tests.builders.made_runs import Made, make_run
from tests.builders.report_tables import by_arm


def run(
    path: Path, letters: str, arm: str | None = None, seed: int | None = 0, templates: str = ""
) -> Path:
    """A judged run of a model that was trained so, or of one that was not."""
    meta = {number: {"template": each} for number, each in enumerate(templates)}
    made = make_run(path, Made(letters=letters, model=path.name, meta=meta))
    if arm is not None:
        manifest = made.manifest()
        facts = {"recipe": "sft", "arm": arm, "rows": 100, "seed": seed}
        made.write_manifest(manifest | {"model": {**manifest["model"], "training": facts}})
    return path


def test_one_seed_has_an_interval_over_problems(tmp_path: Path) -> None:
    a, b = run(tmp_path / "a", "RRWW" * 5, "SFT"), run(tmp_path / "b", "RRRW" * 5, "AnsAug")
    found = by_arm(mmeval.analyse("trained_arms", [a, b]))
    low, high = stats.t.interval(0.95, 19, 0.5, stats.sem([1, 1, 0, 0] * 5))
    assert found["SFT"]["accuracy"] == 0.5
    assert (found["SFT"]["low"], found["SFT"]["high"]) == pytest.approx((low, high))
    assert (found["SFT"]["seeds"], found["SFT"]["problems"]) == (1, 20)
    assert found["SFT"]["difference"] is None
    low, high = stats.t.interval(0.95, 19, 0.25, stats.sem([0, 0, 1, 0] * 5))
    assert found["AnsAug"]["difference"] == 0.25
    assert (found["AnsAug"]["difference low"], found["AnsAug"]["difference high"]) == (
        pytest.approx((low, high))
    )


def test_problems_of_one_template_are_one_observation(tmp_path: Path) -> None:
    """20 problems that are alike by fives say what four say."""
    alike = {
        "templates": run(
            tmp_path / "a", "RRRRRWWWWWRRRRRWWWWW", "SFT", templates="aaaaabbbbbcccccddddd"
        ),
        "alone": run(tmp_path / "b", "RWRW", "SFT"),
    }
    rows = {name: by_arm(mmeval.analyse("trained_arms", [path])) for name, path in alike.items()}
    ends = [(row["SFT"]["low"], row["SFT"]["high"]) for row in rows.values()]
    assert ends[0] == pytest.approx(ends[1])


@pytest.mark.parametrize("letter", "UF")
def test_undecided_answers_are_in_both_ends(letter: str, tmp_path: Path) -> None:
    a = run(tmp_path / "a", f"RR{letter}W" * 5, "SFT")
    b = run(tmp_path / "b", f"R{letter}WW" * 5, "AnsAug")
    found = by_arm(mmeval.analyse("trained_arms", [a, b]))
    sft, other = found["SFT"], found["AnsAug"]
    assert (sft["accuracy"], other["accuracy"], other["difference"]) == (0.5, 0.25, -0.25)
    low, _ = stats.t.interval(0.95, 19, 0.5, stats.sem([1, 1, 0, 0] * 5))
    _, high = stats.t.interval(0.95, 19, 0.75, stats.sem([1, 1, 1, 0] * 5))
    assert (sft["low"], sft["high"]) == pytest.approx((low, high))
    low, _ = stats.t.interval(0.95, 19, -0.5, stats.sem([0, -1, -1, 0] * 5))
    high = 0.0  # undecided as right in AnsAug, not in SFT: nothing differs
    assert (other["difference low"], other["difference high"]) == pytest.approx((low, high))


def test_seeds_are_averaged_and_their_spread_widens_the_interval(tmp_path: Path) -> None:
    letters = {0: "RRRRRRWWWW", 1: "RRRRWWWWWW", 2: "RWWWWWWWWW"}
    paths = [run(tmp_path / f"s{k}", text, "SFT", k) for k, text in letters.items()]
    row = by_arm(mmeval.analyse("trained_arms", paths))["SFT"]
    seeds = [0.6, 0.4, 0.1]
    problems = np.array([[c == "R" for c in text] for text in letters.values()]).mean(axis=0)
    assert row["accuracy"] == pytest.approx(mean(seeds))
    assert row["seeds"] == 3
    terms = (np.var(problems, ddof=1) / 10, stdev(seeds) ** 2 / 3)
    half = (
        sum(stats.t.ppf(0.975, df) ** 2 * each for each, df in zip(terms, (9, 2), strict=True))
        ** 0.5
    )
    assert row["high"] == pytest.approx(min(1.0, mean(seeds) + half))


def test_differences_are_taken_seed_by_seed(tmp_path: Path) -> None:
    """A seed that is good for both arms says nothing about their difference."""
    paths = [
        run(tmp_path / "a0", "RRRRRRRRWW", "SFT", 0),
        run(tmp_path / "a1", "RRWWWWWWWW", "SFT", 1),
        run(tmp_path / "b0", "RRRRRRRRRW", "all", 0),
        run(tmp_path / "b1", "RRRWWWWWWW", "all", 1),
    ]
    row = by_arm(mmeval.analyse("trained_arms", paths))["all"]
    assert row["difference"] == pytest.approx(0.1)
    low, high = row["difference low"], row["difference high"]
    assert isinstance(low, float) and isinstance(high, float)
    assert high - low < 0.35, "the seeds differ by 0.6, the differences hardly"


def test_the_interval_of_a_mean_holds_its_value_about_as_often_as_it_says() -> None:
    import pandas as pd

    from mmeval import catalog

    analysis = catalog.load("analyses", "trained_arms")
    interval = analysis.measure.__globals__["interval"]
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        seeds = generator.normal(0.4, 0.03, size=3)
        problem = generator.normal(0, 0.15, size=(300, 1))
        shares = np.clip(seeds[None, :] + problem, 0.01, 0.99)
        right = generator.random((300, 3)) < shares
        _, low, high = interval(pd.DataFrame(right.astype(float)))
        held += low <= 0.4 <= high
    assert 0.92 <= held / 400 <= 1.0


def test_the_start_is_an_arm_of_its_own(tmp_path: Path) -> None:
    paths = [run(tmp_path / "start", "RWWW"), run(tmp_path / "a", "RRWW", "SFT")]
    found = by_arm(mmeval.analyse("trained_arms", paths))
    assert set(found) == {"start", "SFT"}
    assert found["start"]["difference"] == -0.25


def test_the_spread_of_the_references_seeds_is_in_the_difference_of_a_lone_model(
    tmp_path: Path,
) -> None:
    """Three seeds of SFT that differ by 60 points leave the start's distance to it open."""
    letters = ("RRRRRRRRWW", "RRRRRWWWWW", "RRWWWWWWWW")
    paths = [run(tmp_path / f"s{k}", text, "SFT", k) for k, text in enumerate(letters)]
    row = by_arm(mmeval.analyse("trained_arms", [*paths, run(tmp_path / "start", "RWWWWWWWWW")]))
    low, high = row["start"]["difference low"], row["start"]["difference high"]
    assert row["start"]["difference"] == pytest.approx(0.1 - 0.5)
    assert isinstance(low, float) and isinstance(high, float)
    assert low < -0.8 and high > 0, "of three seeds alone: -0.4 +- 0.75"


def test_a_difference_is_of_the_seeds_that_both_arms_have(tmp_path: Path) -> None:
    paths = [
        run(tmp_path / "a0", "RRWW", "SFT", 0),
        run(tmp_path / "a1", "RRRR", "SFT", 1),
        run(tmp_path / "b0", "RRRW", "all", 0),
        run(tmp_path / "b7", "WWWW", "all", 7),
    ]
    assert by_arm(mmeval.analyse("trained_arms", paths))["all"]["difference"] == 0.25


def test_without_sft_the_reference_is_the_first_arm_by_name(tmp_path: Path) -> None:
    paths = [run(tmp_path / "s", "RRRR", "SV"), run(tmp_path / "a", "RRWW", "AnsAug")]
    for order in (paths, paths[::-1]):
        found = by_arm(mmeval.analyse("trained_arms", order))
        assert found["AnsAug"]["difference"] is None
        assert found["SV"]["difference"] == 0.5


def test_runs_without_a_trained_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no run is of a model that mmeval train made"):
        mmeval.analyse("trained_arms", [run(tmp_path / "a", "RW")])


@pytest.mark.parametrize(
    ("second", "arm", "seed", "reason"),
    [
        ("RRWW", "SFT", 0, "not of different seeds"),
        ("RRW", "SFT", 1, "asked different problems"),
        ("RRW", "all", 0, "all was asked 3 problems and SFT 4, of which 3 are the same"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    second: str, arm: str, seed: int, reason: str, tmp_path: Path
) -> None:
    paths = [run(tmp_path / "a", "RRWW", "SFT", 0), run(tmp_path / "b", second, arm, seed)]
    with pytest.raises(DataError, match=reason):
        mmeval.analyse("trained_arms", paths)


def test_frames_tell_what_a_model_was_trained_on(tmp_path: Path) -> None:
    frame = mmeval.load_run(run(tmp_path / "a", "RW", "FOBAR", 7)).frame()
    assert frame["arm"].tolist() == ["FOBAR"] * 2
    assert frame["training_seed"].tolist() == [7, 7]
    assert frame["training_rows"].tolist() == [100, 100]
    plain = mmeval.load_run(run(tmp_path / "b", "RW")).frame()
    assert plain["arm"].isna().all() and plain["training_seed"].isna().all()
