"""Arms on the templates their problems were made from: what few templates can say."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import numpy as np
import pytest
from scipy import stats

import mmeval
from mmeval.errors import DataError
from mmeval.stats.seeds import of_clusters, of_problems, over_seeds
from tests.builders.made_runs import Made, make_run
from tests.builders.report_tables import by_arm


def run(path: Path, letters: str, arm: str | None, seed: int = 0, of: str = "") -> Path:
    """A judged run; `of` has a letter for the template of each problem."""
    meta = {i: {"template": name} for i, name in enumerate(of)}
    made = make_run(path, Made(letters=letters, model=path.name, meta=meta))
    if arm is not None:
        manifest = made.manifest()
        facts = {"recipe": "sft", "arm": arm, "rows": 100, "seed": seed}
        made.write_manifest(manifest | {"model": {**manifest["model"], "training": facts}})
    return path


def test_templates_are_counted_and_the_interval_is_theirs(tmp_path: Path) -> None:
    of = "aaaabbbbccccdddd"
    paths = [
        run(tmp_path / "sft", "RWWWRWWWRWWWRRWW", "SFT", of=of),
        run(tmp_path / "all", "RRRRRRRWRWWWRWWW", "all", of=of),
        run(tmp_path / "start", "WWWWWWWWWWWWWWWW", None, of=of),
    ]
    report = mmeval.analyse("arms_by_template", paths)
    found = by_arm(report)
    assert set(found) == {"all", "start"}
    row = found["all"]
    assert (row["templates"], row["better"], row["worse"]) == (4, 2, 1)
    each = [0.75, 0.5, 0.0, -0.25]
    assert row["difference"] == mean(each)
    # Templates of one size: the interval of their means.
    low, high = stats.t.interval(0.95, 3, mean(each), stats.sem(each))
    assert (row["low"], row["high"]) == pytest.approx((max(-1.0, low), min(1.0, high)))
    assert "all is 25.0 points above SFT" in report.summary
    assert "on 2 of 4 templates" in report.summary


def test_seeds_add_their_own_error(tmp_path: Path) -> None:
    of = "aabbcc"
    letters = {
        ("SFT", 0): "RWRWRW",
        ("SFT", 1): "WWWWWW",
        ("all", 0): "RRRRRR",
        ("all", 1): "RWWWRW",
    }
    paths = [
        run(tmp_path / f"{arm}{seed}", text, arm, seed, of) for (arm, seed), text in letters.items()
    ]
    row = by_arm(mmeval.analyse("arms_by_template", paths))["all"]
    assert row["seeds"] == 2
    differences = [[0, 1], [1, 0], [0, 0], [1, 0], [0, 1], [1, 0]]
    by_template = [mean(mean(each) for each in differences[i : i + 2]) for i in (0, 2, 4)]
    by_seed = [mean(each[k] for each in differences) for k in (0, 1)]
    terms = (stats.sem(by_template) ** 2, stats.sem(by_seed) ** 2)
    half = (
        sum(stats.t.ppf(0.975, df) ** 2 * each for each, df in zip(terms, (2, 1), strict=True))
        ** 0.5
    )
    assert row["high"] == pytest.approx(min(1.0, mean(by_seed) + half))


@pytest.mark.parametrize("letter", "UF")
def test_undecided_answers_are_in_both_ends_and_decide_no_template(
    letter: str, tmp_path: Path
) -> None:
    of = "aaaabbbbccccdddd"
    sft, arm = "WWWWWWWWRRRRRRWW", f"RRRRR{letter * 3}RRR{letter}WWWW"
    paths = [run(tmp_path / "sft", sft, "SFT", of=of), run(tmp_path / "all", arm, "all", of=of)]
    row = by_arm(mmeval.analyse("arms_by_template", paths))["all"]
    assert row["difference"] == mean([1.0, 0.25, -0.25, -0.5])
    assert (row["better"], row["worse"]) == (2, 1), "the third may be as good"
    low, _ = stats.t.interval(0.95, 3, 0.125, stats.sem([1.0, 0.25, -0.25, -0.5]))
    _, high = stats.t.interval(0.95, 3, 0.375, stats.sem([1.0, 1.0, 0.0, -0.5]))
    assert (row["low"], row["high"]) == pytest.approx((max(-1.0, low), min(1.0, high)))


def test_one_template_leaves_everything_open(tmp_path: Path) -> None:
    paths = [
        run(tmp_path / "a", "RWWW", "SFT", of="aaaa"),
        run(tmp_path / "b", "RRRR", "all", of="aaaa"),
    ]
    row = by_arm(mmeval.analyse("arms_by_template", paths))["all"]
    assert (row["difference"], row["low"], row["high"]) == (0.75, -1.0, 1.0)


def test_problems_without_a_template_are_refused(tmp_path: Path) -> None:
    paths = [run(tmp_path / "a", "RW", "SFT"), run(tmp_path / "b", "RR", "all")]
    with pytest.raises(DataError, match="no problem says what template"):
        mmeval.analyse("arms_by_template", paths)


def test_without_a_trained_model_there_is_no_arm(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no run is of a model that mmeval train made"):
        mmeval.analyse("arms_by_template", [run(tmp_path / "a", "RW", None, of="ab")])


def test_a_single_arm_is_told_as_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is one arm, and none to compare it with"):
        mmeval.analyse("arms_by_template", [run(tmp_path / "a", "RW", "SFT", of="ab")])


def test_each_problem_a_cluster_of_its_own_is_no_clustering() -> None:
    values = np.random.default_rng(0).random((40, 3)).tolist()
    assert of_clusters(values, list(range(40))) == of_problems(values)
    squared, freedom = of_problems(values)
    assert squared == pytest.approx(stats.sem([mean(each) for each in values]) ** 2)
    assert freedom == 39


def test_clustered_intervals_hold_the_truth_where_others_do_not() -> None:
    """Templates move the difference by 10 points (one sd); 12 of them, 40 problems each."""
    generator = np.random.default_rng(0)
    held = {"clustered": 0, "not": 0}
    clusters = [i // 40 for i in range(480)]
    for _ in range(300):
        chance = 0.3 + np.repeat(generator.normal(0, 0.1, 12), 40)
        values = (generator.random(480) < np.clip(chance, 0, 1)).astype(float)[:, None].tolist()
        for name, given in (("clustered", clusters), ("not", ())):
            low, high = over_seeds(values, given).bounds()
            held[name] += low <= 0.3 <= high
    assert held["clustered"] / 300 > 0.91
    assert held["not"] / 300 < 0.85
