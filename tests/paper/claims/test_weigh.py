"""Claims: what decides them, how often it is wrong, and known truths on made runs."""

from __future__ import annotations

import json
import math
import random
import re
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval import catalog, cli
from mmeval.paper.claims.claim import Claim, Estimate, Region
from mmeval.paper.claims.weigh import Weighed, decide, p_value, weigh, weighed_row
from mmeval.paper.measurements import Search, search
from mmeval.paper.printed import numbers
from mmeval.stats.paired import Discordance, holm, score_bounds
from tests.builders.made_runs import Made, make_run
from tests.builders.measured_folders import (
    both_directions,
    diversity_report,
    perplexity_report,
    trained_run,
)

CLAIMS = catalog.load("claims", "metamath").claims
QUANTILE = NormalDist().inv_cdf


def normal(value: float, error: float = 1.0) -> Estimate:
    """An estimate with a normal interval."""

    def bounds(level: float) -> tuple[float, float]:
        half = -QUANTILE((1 - level) / 2) * error
        return value - half, value + half

    return Estimate(on="made", value=value, bounds=bounds)


def said_of(folder: Path, **asked: object) -> dict[str, Weighed]:
    """Claim -> what is said of it, on what lies in a folder."""
    found = search(Search(paths=(folder,), **asked))  # type: ignore[arg-type]
    return {each.claim.says: each for each in weigh(CLAIMS, found)}


# --- what decides ----------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.5, 1.0, 2.0, 3.5, -2.5])
def test_the_p_value_is_the_one_of_the_test_that_the_interval_inverts(value: float) -> None:
    expected = 2 * (1 - NormalDist().cdf(abs(value)))
    assert p_value(Region(low=0.0), normal(value)) == pytest.approx(expected, rel=1e-4)


def test_an_estimate_at_the_margin_has_p_1() -> None:
    assert p_value(Region(low=2.0), normal(2.0)) == 1.0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-5, 5).filter(lambda v: abs(v) > 0.01), min_size=1, max_size=12))
def test_decisions_are_holms(values: list[float]) -> None:
    family = [(Region(low=0.0), normal(value)) for value in values]
    rows = decide(family)
    adjusted = holm([2 * (1 - NormalDist().cdf(abs(value))) for value in values])
    for row, p, value in zip(rows, adjusted, values, strict=True):
        assert row.p == pytest.approx(p, rel=1e-3, abs=1e-9)
        if abs(p - 0.05) > 1e-4:
            rejected = "supported" if value > 0 else "contradicted"
            assert row.decision == (rejected if p < 0.05 else "not decided")


def test_the_order_of_a_family_changes_nothing() -> None:
    family = [(Region(low=0.0), normal(v)) for v in (3.0, 0.5, -2.8, 2.2)]
    forward, back = decide(family), decide(family[::-1])
    assert [r.decision for r in forward] == [r.decision for r in back[::-1]]
    assert [r.interval for r in forward] == [r.interval for r in back[::-1]]


def test_where_nothing_is_true_a_family_says_a_wrong_word_one_time_in_twenty_at_most() -> None:
    """Ten effects exactly at their margin; simulated 4,000 times, allowed 5 % and noise."""
    rng = random.Random(0)
    regions = [Region(low=1.0), Region(high=1.0)] * 5
    wrong = 0
    for _ in range(4_000):
        drawn = sorted((rng.gauss(0, 1) for _ in regions), key=abs, reverse=True)
        # The first of Holm's steps decides whether there is any wrong word at all.
        threshold = -QUANTILE(0.05 / len(regions) / 2)
        wrong += abs(drawn[0]) > threshold
    assert wrong / 4_000 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 4_000)
    rng = random.Random(1)
    said = 0
    for _ in range(300):
        family = [(region, normal(1.0 + rng.gauss(0, 1))) for region in regions]
        said += any(row.decision != "not decided" for row in decide(family))
    assert said / 300 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)
    assert said > 0, "a simulation that never errs tests nothing"


def made(value: float, **told: Any) -> tuple[Region, Estimate]:
    """A claim that lies above 0, with an estimate of a small error."""
    return Region(low=0.0), replace(normal(value, 0.01), **told)


@pytest.mark.parametrize(
    ("clusters", "family", "decision"),
    [
        (1, 1, "not decided"),
        (5, 1, "not decided"),
        (6, 1, "supported"),
        (12, 1, "supported"),
        (6, 2, "not decided"),
        (12, 40, "supported"),
        (8, 40, "not decided"),
    ],
)
def test_few_clusters_decide_no_finer_than_their_signs(
    clusters: int, family: int, decision: str
) -> None:
    """C clusters that all point one way do so by chance in 2^(1 - C) of draws."""
    rows = decide([made(1.0, clusters=clusters, n=500)] * family)
    assert {row.decision for row in rows} == {decision}
    assert all(row.p is not None and row.p >= 2.0 ** (1 - clusters) for row in rows)
    for row in rows:
        said = f"{clusters} of its 500 problems are independent" in row.remark
        assert said == (decision == "not decided")


def test_a_p_value_is_said_to_be_below_what_can_be_shown() -> None:
    rows = decide([made(1.0, least_p=1 / 5000, too_few="10,000 draws")] * 10)
    assert {row.p_words for row in rows} == {"< 1/500"}
    (alone,) = decide([made(0.02)])
    assert alone.p_words == "0.046"
    (tiny,) = decide([made(1.0)])
    assert tiny.p_words.startswith("< 1/")
    (draws,) = decide([made(1.0, least_p=0.2, too_few="8 draws")])
    assert (draws.decision, draws.p_words) == ("not decided", "< 1/5")
    assert draws.remark == "8 draws can show no p value below 1/5"


@given(st.lists(st.floats(-4, 4), min_size=2, max_size=8), st.floats(0.001, 0.5))
def test_what_may_not_decide_never_helps_another(values: list[float], least: float) -> None:
    family = [(Region(low=0.0), normal(value)) for value in values]
    capped = [(family[0][0], replace(family[0][1], least_p=least)), *family[1:]]
    for before, after in zip(decide(family)[1:], decide(capped)[1:], strict=True):
        assert after.decision in (before.decision, "not decided")


def test_what_could_not_come_out_otherwise_is_no_part_of_the_family(tmp_path: Path) -> None:
    rng = random.Random(4)
    sets = {"AnsAug": [0.0] * 300, "FOBAR": [rng.gauss(0.4, 0.05) for _ in range(300)]}
    sets["Rephrased"] = [rng.gauss(0.2, 0.05) for _ in range(300)]
    diversity_report(tmp_path / "div", sets)
    said = said_of(tmp_path)
    trivial = said["Rephrasing adds more diversity than AnsAug (text: question)."]
    assert trivial.decision == "by construction"
    assert trivial.measured[0].p is None
    assert "whatever they hold" in trivial.measured[0].remark
    levels = {row.level for each in said.values() for row in each.measured if row.p is not None}
    assert levels == {1 - 0.05 / 2, 1 - 0.05}, "two estimates in the family, not four"
    shown = claims("--runs", tmp_path)
    assert "2 by construction" in shown and "adjusted after Holm for 2 estimates" in shown


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.says[:60])
def test_a_printed_number_has_no_verdict(claim: Claim) -> None:
    (weighed,) = weigh([claim], search(Search()))
    assert weighed.decision == "not measured"
    assert {row.decision for row in weighed.printed} <= {None}
    assert {row["decision"] for row in weighed_row(weighed)["printed"]} <= {None}


# --- what was printed ------------------------------------------------------------------


def printed(says: str) -> tuple[float, float, float]:
    """(value, low, high) of the first printed estimate of a claim, 95 %."""
    claim = next(each for each in CLAIMS if each.says.startswith(says))
    estimate = claim.test.printed(numbers())[0]
    assert estimate.bounds is not None
    return estimate.value, *estimate.bounds(0.95)


def test_printed_accuracies_have_the_interval_of_their_problems() -> None:
    from scipy import stats

    value, low, high = printed("MetaMath-7B has 66.5 %")
    exact = stats.binomtest(877, 1319).proportion_ci(0.95, "wilson")
    assert value == 66.5
    assert (low / 100, high / 100) == pytest.approx((exact.low, exact.high))


def test_r_of_four_points_says_little() -> None:
    value, low, high = printed("Gain in accuracy follows")
    assert value == 0.972
    assert (low, high) == pytest.approx((0.166, 0.9994), abs=1e-3)


def test_70b_is_not_told_from_wizardmath_by_1319_problems() -> None:
    _, low, high = printed("MetaMath-70B beats WizardMath-70B on GSM8K")
    assert low < 0 < high


def test_saturation_is_printed_and_not_shown() -> None:
    value, low, high = printed("Answer augmentation saturates")
    assert value == pytest.approx(0.1)
    assert low < -3 and high > 3


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.says[:60])
def test_every_printed_number_of_a_claim_is_found(claim: object) -> None:
    """A misspelt element or model would silently print nothing."""
    test = claim.test  # type: ignore[attr-defined]
    wanted = len(getattr(test, "pairs", ()))
    assert len(test.printed(numbers())) >= wanted
    if type(test).__name__ in ("Reproduces", "Follows") or getattr(test, "pair", None):
        assert test.printed(numbers())


def test_no_claim_is_said_twice_and_each_says_how_it_is_measured() -> None:
    said = [each.says for each in CLAIMS]
    assert len(set(said)) == len(said) > 40
    assert all(each.measured_by.startswith("mmeval ") and each.source for each in CLAIMS)


def test_without_runs_nothing_is_measured() -> None:
    assert {each.decision for each in weigh(CLAIMS, search(Search()))} == {"not measured"}


# --- known truths ----------------------------------------------------------------------


def test_a_reproduced_accuracy_is_supported_and_another_contradicted(tmp_path: Path) -> None:
    make_run(
        tmp_path / "a",
        Made(letters="R" * 877 + "W" * 442, model="MetaMath-7B", benchmark="gsm8k"),
    )
    says = "MetaMath-7B has 66.5 % of GSM8K right, within 5."
    assert said_of(tmp_path)[says].decision == "supported"
    make_run(
        tmp_path / "a",
        Made(letters="R" * 600 + "W" * 719, model="MetaMath-7B", benchmark="gsm8k"),
    )
    assert said_of(tmp_path)[says].decision == "contradicted"


def test_a_collapse_is_told_from_a_small_loss(tmp_path: Path) -> None:
    baselines = next(each.says for each in CLAIMS if each.says.startswith("Baselines"))
    both_directions(tmp_path, "WizardMath-7B", ("R" * 200, "R" * 60 + "W" * 140))
    both_directions(tmp_path, "MetaMath-7B", ("R" * 200, "R" * 196 + "W" * 4))
    said = said_of(tmp_path)
    assert said[baselines].decision == "supported"
    (little,) = (each for says, each in said.items() if says.startswith("MetaMath loses"))
    assert little.decision == "supported"
    assert said["MetaMath beats WizardMath on backward questions."].decision == "supported"
    (row,) = said[baselines].measured
    assert row.estimate.value == pytest.approx(30)


@pytest.mark.parametrize("n", [100, 400, 1270])
@pytest.mark.parametrize(("forward", "backward"), [(5, 0), (5, 5), (2, 0), (1, 0), (0, 0), (8, 4)])
def test_a_model_with_little_to_lose_neither_collapses_nor_keeps_its_level(
    tmp_path: Path, n: int, forward: int, backward: int
) -> None:
    right, kept = n * forward // 100, n * backward // 100
    letters = ("R" * right + "W" * (n - right), "R" * kept + "W" * (n - kept))
    for model in ("WizardMath-7B", "MetaMath-7B"):
        both_directions(tmp_path, model, letters)
    for says, each in said_of(tmp_path).items():
        if says.startswith(("Baselines", "MetaMath loses")):
            assert each.decision in ("not decided", "not measured"), says


def test_a_small_loss_in_points_is_none_of_what_there_was(tmp_path: Path) -> None:
    """16 % forward and 7 % backward: 9 points, and more than half of all."""
    letters = ("R" * 160 + "W" * 840, "R" * 40 + "W" * 120 + "R" * 30 + "W" * 810)
    both_directions(tmp_path, "MetaMath-7B", letters)
    both_directions(tmp_path, "WizardMath-7B", letters)
    said = said_of(tmp_path)
    (little,) = (each for says, each in said.items() if says.startswith("MetaMath loses"))
    (collapse,) = (each for says, each in said.items() if says.startswith("Baselines"))
    assert (little.decision, collapse.decision) == ("contradicted", "supported")
    assert little.measured[0].estimate.value == pytest.approx(25)


def test_guesses_are_no_forward_answers(tmp_path: Path) -> None:
    """Who always says the most frequent answer has 30 % right, and nothing to lose."""
    from mmeval import jsonl

    letters = ("R" * 300 + "W" * 700, "W" * 1000)
    both_directions(tmp_path, "WizardMath-7B", letters)
    file = tmp_path / "WizardMath-7B-forward" / "problems.jsonl"
    rows = [row for _, row in jsonl.read_rows(file)]
    jsonl.write_rows(file, ({**row, "gold": "2"} if i < 300 else row for i, row in enumerate(rows)))
    (collapse,) = (e for says, e in said_of(tmp_path).items() if says.startswith("Baselines"))
    assert collapse.decision == "not decided"
    assert "as guesses may be" in collapse.measured[0].estimate.remark


def test_undecided_backward_answers_are_no_collapse(tmp_path: Path) -> None:
    both_directions(tmp_path, "WizardMath-7B", ("R" * 300, "R" * 120 + "U" * 180))
    (collapse,) = (e for says, e in said_of(tmp_path).items() if says.startswith("Baselines"))
    assert collapse.decision == "not decided"


def test_a_baseline_that_keeps_its_level_contradicts_the_collapse(tmp_path: Path) -> None:
    baselines = next(each.says for each in CLAIMS if each.says.startswith("Baselines"))
    both_directions(tmp_path, "WizardMath-7B", ("R" * 100 + "W" * 200, "R" * 100 + "W" * 200))
    assert said_of(tmp_path)[baselines].decision == "contradicted"


def test_one_that_contradicts_outweighs_those_that_support(tmp_path: Path) -> None:
    baselines = next(each.says for each in CLAIMS if each.says.startswith("Baselines"))
    both_directions(tmp_path, "WizardMath-7B", ("R" * 300, "W" * 300))
    both_directions(tmp_path, "SFT 7B", ("R" * 100 + "W" * 200, "R" * 100 + "W" * 200))
    said = said_of(tmp_path)[baselines]
    assert sorted(str(row.decision) for row in said.measured) == ["contradicted", "supported"]
    assert said.decision == "contradicted"


def test_the_solutions_in_the_backward_file_are_no_score() -> None:
    """Without runs on it, the file itself never counts as a measurement."""
    backward = [each for each in CLAIMS if "backward" in each.says.lower()]
    assert backward
    for each in backward:
        assert each.test.measured(search(Search())) == []


def test_accuracy_that_falls_with_length(tmp_path: Path) -> None:
    letters = "".join("R" if i < 600 else "W" for i in range(1200))  # longer numbers come last
    make_run(tmp_path / "a", Made(letters=letters, model="any", benchmark="gsm8k"))
    says = "Accuracy falls with the length of the question."
    assert said_of(tmp_path)[says].decision == "supported"


def test_two_sets_of_one_perplexity_are_not_decided_and_a_lower_one_is(tmp_path: Path) -> None:
    rng = random.Random(3)
    sets = {
        ("GSM8K", "response"): [rng.gauss(1.5, 0.3) for _ in range(400)],
        ("AnsAug", "response"): [rng.gauss(1.0, 0.3) for _ in range(400)],
        ("SV", "response"): [rng.gauss(1.5, 0.3) for _ in range(400)],
        ("answer-only", "N"): [rng.gauss(4.0, 0.3) for _ in range(400)],
        ("answer-only", "#### N"): [0.1] * 400,
    }
    perplexity_report(tmp_path / "ppl", sets)
    said = said_of(tmp_path)
    assert said["AnsAug has a lower perplexity than GSM8K CoT."].decision == "supported"
    assert said["AnsAug has a lower perplexity than answer-only."].decision == "supported"
    assert said["SV has a lower perplexity than GSM8K CoT."].decision == "not decided"
    assert said["FOBAR has a lower perplexity than GSM8K CoT."].decision == "not measured"


def test_the_order_of_diversity_and_what_follows_it(tmp_path: Path) -> None:
    rng = random.Random(4)
    gains = {"AnsAug": 0.1, "Rephrased": 0.2, "FOBAR": 0.4, "SV": 0.4}
    diversity_report(
        tmp_path / "div", {k: [rng.gauss(v, 0.05) for _ in range(300)] for k, v in gains.items()}
    )
    said = said_of(tmp_path)
    assert said["Rephrasing adds more diversity than AnsAug (text: question)."].decision == (
        "supported"
    )
    assert said["SV adds more diversity than FOBAR (text: question)."].decision == "not decided"
    (follows,) = (
        each
        for says, each in said.items()
        if says.startswith("Gain in accuracy") and says.endswith("(text: question).")
    )
    assert follows.decision == "not measured", "printed gains are no measurement"


def test_arms_are_compared_on_one_base_and_one_size(tmp_path: Path) -> None:
    for arm, letters, base in (
        ("SFT", "R" * 100 + "W" * 300, "tiny-1b"),
        ("AnsAug", "R" * 200 + "W" * 200, "tiny-1b"),
        ("AnsAug", "W" * 400, "tiny-2b"),
    ):
        name = f"{arm}-{base}"
        trained_run(tmp_path / name, letters, {"arm": arm, "rows": 400, "base": base})
    said = said_of(tmp_path)["Answer augmentation beats SFT on GSM8K."]
    (row,) = said.measured
    assert row.estimate.on == "AnsAug-tiny-1b - SFT-tiny-1b"
    assert (row.estimate.value, row.decision) == (25.0, "supported")


def test_the_arm_of_all_four_kinds_is_metamath_on_backward_questions(tmp_path: Path) -> None:
    for arm, letters in (("SFT", "R" * 100 + "W" * 300), ("all", "R" * 200 + "W" * 200)):
        trained_run(
            tmp_path / arm,
            letters,
            {"arm": arm, "rows": 400, "base": "tiny-1b"},
            benchmark="gsm8k_backward",
        )
    said = said_of(tmp_path)
    (row,) = said["MetaMath beats SFT on backward questions."].measured
    assert row.estimate.on == "all - SFT"
    assert (row.estimate.value, row.decision) == (25.0, "supported")
    assert said["MetaMath beats RFT on backward questions."].measured == ()


def test_an_arm_that_grows_no_more_saturates(tmp_path: Path) -> None:
    for rows, right in ((100, 500), (200, 3000), (400, 3002)):
        letters = "R" * right + "W" * (6000 - right)
        trained_run(tmp_path / f"r{rows}", letters, {"arm": "AnsAug", "rows": rows, "base": "b"})
    (name,) = (each.says for each in CLAIMS if each.says.startswith("Answer augmentation sat"))
    (row,) = said_of(tmp_path)[name].measured
    assert row.estimate.on == "r400 (0.2K to 0.4K)"
    assert row.decision == "supported"


def test_stand_ins_take_another_benchmark(tmp_path: Path) -> None:
    letters = "".join("R" if i < 600 else "W" for i in range(1200))
    make_run(tmp_path / "a", Made(letters=letters, model="any", benchmark="wordproblems"))
    says = "Accuracy falls with the length of the question."
    assert said_of(tmp_path)[says].decision == "not measured"
    assert said_of(tmp_path, stand_ins={"gsm8k": "wordproblems"})[says].decision == "supported"


# --- the verb --------------------------------------------------------------------------


def claims(*args: object) -> str:
    done = CliRunner().invoke(cli.mmeval, ["claims", *map(str, args)], prog_name="mmeval")
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_list_fits_the_terminal_and_names_the_commands(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="R" * 80 + "W" * 40, model="MetaMath-7B"))
    said = claims("--runs", tmp_path)
    assert max(map(len, said.splitlines())) <= 80
    assert "to measure" in said and "mmeval perplexity --model MODEL" in said
    assert "printed: Table 2" in said


def test_json_and_markdown_say_the_same(tmp_path: Path) -> None:
    both_directions(tmp_path, "MetaMath-7B", ("R" * 200, "R" * 196 + "W" * 4))
    rows = json.loads(claims("--runs", tmp_path, "--json"))
    lines = claims("--runs", tmp_path, "--markdown").splitlines()
    table = [line for line in lines if line.startswith("| ") and "---" not in line][1:]
    assert [line.split(" | ")[-1].rstrip(" |") for line in table] == [r["decision"] for r in rows]
    (row,) = (each for each in rows if each["claim"].startswith("MetaMath loses"))
    assert row["claimed"] == "above 90"
    assert {each["name"] for each in row["measured"][0]["sources"]} == {
        "MetaMath-7B-forward",
        "MetaMath-7B-backward",
    }


def test_a_label_is_a_text_in_a_table(tmp_path: Path) -> None:
    label = "<img src=x> | [a](http://x) @team *b*"
    both_directions(tmp_path, label, ("R" * 200, "R" * 196 + "W" * 4))
    table = claims("--runs", tmp_path, "--markdown")
    assert "img src=x" in table
    assert not re.search(r"(?<!\\)<img|@team|://x|(?<!\\)\[a\]|(?<!\\)\*b", table)
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


def test_a_list_of_ones_own_is_tested(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from mmeval.paper.claims.questions import ShortBeforeLong\n"
        "from mmeval.declare import Claim, Claims\n"
        "CLAIMS = Claims(name='mine', title='t', source='s', claims=(Claim(says='x',\n"
        "    source='y', test=ShortBeforeLong(benchmark='sums', least=3), measured_by='z'),))\n"
    )
    make_run(tmp_path / "runs" / "a", Made(letters="RRRWWW" * 30))
    assert '"claim": "x"' in claims(path, "--runs", tmp_path / "runs", "--json")


def test_answers_that_could_not_be_told_leave_a_claim_open(tmp_path: Path) -> None:
    """877 right and 400 failed: 66.5 % at least, 96.8 % at most."""
    letters = "R" * 877 + "W" * 42 + "F" * 400
    make_run(tmp_path / "a", Made(letters=letters, model="MetaMath-7B", benchmark="gsm8k"))
    said = said_of(tmp_path)["MetaMath-7B has 66.5 % of GSM8K right, within 5."]
    (row,) = said.measured
    assert row.interval is not None and row.interval[1] > 95
    assert said.decision == "not decided"


def test_an_answer_that_could_not_be_told_is_in_its_pair_either_way(tmp_path: Path) -> None:
    for arm, letters in (("SFT", "RRWWWWWF"), ("AnsAug", "RRRRRFWR")):
        trained_run(tmp_path / arm, letters, {"arm": arm, "rows": 8, "base": "b"})
    (row,) = said_of(tmp_path)["Answer augmentation beats SFT on GSM8K."].measured
    assert row.estimate.n == 8
    assert row.estimate.value == pytest.approx(50.0)  # as not right in both
    assert row.estimate.bounds is not None
    low = score_bounds(Discordance(n=8, gained=3, lost=0))[0]
    high = score_bounds(Discordance(n=8, gained=5, lost=0))[1]
    assert row.estimate.bounds(0.95) == pytest.approx((100 * low, 100 * high))
