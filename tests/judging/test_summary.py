"""The numbers of a table, each computed a second way."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mmeval.errors import DataError
from mmeval.judging.summary import CheckerTally, summarise, throughput
from mmeval.records import SCHEMA, Generation, Outcome, Sampling, Verdict, to_row
from mmeval.run_folder import (
    DataFacts,
    EngineFacts,
    Health,
    Manifest,
    ModelFacts,
    Session,
    Throughput,
)
from mmeval.stats.intervals import PRIOR, clustered, wilson

Z = 1.959963984540054
BEGUN = "2026-01-01T00:00:00+00:00"


def tally(answers: Sequence[tuple[str, Outcome, bool]]) -> CheckerTally:
    """Of (problem, outcome, truncated)."""
    found = CheckerTally()
    for name, outcome, truncated in answers:
        verdict = Verdict(problem_id=name, outcome=outcome, checker="c/1", truncated=truncated)
        found.add(verdict, f"text of {name}")
    return found


def test_one_answer_a_problem_has_wilsons_interval() -> None:
    answers: list[tuple[str, Outcome, bool]] = [
        (str(i), "right" if i < 3 else "wrong", False) for i in range(10)
    ]
    row = tally(answers).to_row()
    assert (row["low"], row["high"]) == wilson(3, 10)


def test_several_answers_have_wilsons_interval_of_what_they_are_worth() -> None:
    clusters = [(4, 4), (0, 4), (2, 4), (1, 2)]
    n, right = 14, 7
    residuals = [r - right / n * m for r, m in clusters]  # 2, -2, 0, 0
    variance = 4 / 3 * sum(e * e for e in residuals) / n**2
    worth = n**2 / sum(m * m for _, m in clusters)
    design = min(1.0, variance / (0.25 / worth))
    spread = 7**2 / (16 + 4 + 1)  # over how many problems the right answers are spread
    design += (1 - design) * (PRIOR / (PRIOR + spread)) ** 2
    z = float(stats.t.ppf(0.975, 3))
    half = z * sqrt(0.25 * design / worth + (z * design / worth / 2) ** 2)
    half /= 1 + z * z * design / worth
    assert clustered(clusters) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-12)


def test_the_clustered_interval_agrees_with_a_bootstrap_over_problems() -> None:
    rng = random.Random(1)
    clusters = []
    for _ in range(200):
        ability = rng.random()  # answers to one problem go together
        clusters.append((sum(rng.random() < ability for _ in range(8)), 8))
    low, high = clustered(clusters, level=0.95)
    shares = sorted(
        sum(r for r, _ in drawn) / sum(m for _, m in drawn)
        for drawn in (rng.choices(clusters, k=200) for _ in range(2000))
    )
    assert low == pytest.approx(shares[50], abs=0.006)
    assert high == pytest.approx(shares[1949], abs=0.006)
    naive = wilson(sum(r for r, _ in clusters), 1600)
    assert high - low > 1.5 * (naive[1] - naive[0]), "answers to a problem are not independent"


def test_intervals_without_spread_are_not_without_width() -> None:
    """As wide as one answer a problem, or wider: nothing says that answers differ."""
    for right, low, high in ((0, 0.0, wilson(0, 10)[1]), (4, wilson(10, 10)[0], 1.0)):
        found = clustered([(right, 4)] * 10)
        assert found[0] <= low and found[1] >= high
        assert 0.0 in found or 1.0 in found
    assert clustered([(1, 4)]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("problems", "answers", "share", "together"),
    [(30, 64, 0.05, 0.2), (50, 4, 0.95, 0.3), (100, 16, 0.5, 0.5), (30, 2, 0.2, 0.0)],
)
def test_the_interval_of_several_answers_holds_the_truth(
    problems: int, answers: int, share: float, together: float
) -> None:
    """In 1,000 draws of problems whose chances are beta-distributed; 30 problems of 64 answers
    at 0.05 are the hard cell (a normal interval held 82.7 %)."""
    rng, held = np.random.default_rng(11), 0
    for _ in range(1000):
        chances = np.full(problems, share)
        if together:
            size = (1 - together) / together
            chances = rng.beta(share * size, (1 - share) * size, problems)
        right = rng.binomial(answers, chances).tolist()
        low, high = clustered([(each, answers) for each in right])
        held += low <= share <= high
    assert held / 1000 >= 0.94


def test_problems_of_one_cluster_are_counted_as_one() -> None:
    answers: list[tuple[str, Outcome, bool]] = [
        (str(i), "right" if i < 6 else "wrong", False) for i in range(12)
    ]
    alone = tally(answers).to_row()
    found = CheckerTally(clusters={str(i): f"t{i // 3}" for i in range(12)})
    for name, outcome, _ in answers:
        found.add(Verdict(problem_id=name, outcome=outcome, checker="c/1"), "")
    row = found.to_row()
    assert row["accuracy"] == alone["accuracy"]
    assert row["high"] - row["low"] > 1.4 * (alone["high"] - alone["low"])


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
@settings(deadline=None)
def test_an_interval_holds_its_share_and_stays_within_0_and_1(rights: list[int]) -> None:
    low, high = clustered([(right, 4) for right in rights], 0.95)
    share = sum(rights) / (4 * len(rights))
    assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1


def test_finished_answers_are_counted_by_themselves() -> None:
    row = tally([("a", "right", False), ("b", "wrong", True), ("c", "no_answer", True)]).to_row()
    assert (row["finished"], row["accuracy_finished"], row["accuracy"]) == (1, 1.0, 1 / 3)
    assert tally([("a", "wrong", True)]).to_row()["accuracy_finished"] is None


def test_three_ends_of_answers_without_an_answer_are_kept() -> None:
    row = tally([(str(i), "no_answer", False) for i in range(5)]).to_row()
    assert row["no_answer_examples"] == ["text of 0", "text of 1", "text of 2"]


def test_nothing_judged_is_no_zero() -> None:
    with pytest.raises(DataError, match="nothing to summarise"):
        CheckerTally().to_row()


def test_health_counts_each_thing_once() -> None:
    health = Health()
    common: dict[str, Any] = {"prompt_tokens": 10, "tokens": 5}
    for generation in (
        Generation(problem_id="a", text="x", finish="stop", **common),
        Generation(problem_id="b", text="x", finish="length", **common),
        Generation(problem_id="c", text=" \n", finish="stop", stop_string="Q", **common),
        Generation(problem_id="d", finish="error", error="HTTP 500"),
        Generation(problem_id="e", text="x", finish="stop", same_as="a#0", **common),
    ):
        health.add(generation)
    assert to_row(health) == {
        "n": 5,
        "truncated": 1,
        "stop_cut": 1,
        "empty": 1,
        "failed": 1,
        "reused": 1,
        "prompt_tokens": 30,
        "tokens": 15,
    }


def test_throughput_is_all_tokens_over_all_seconds_of_generation() -> None:
    sessions = [
        Session(BEGUN, 5.0, 2.0, prompt_tokens=30, tokens=10),
        Session(BEGUN, 7.0, 8.0, prompt_tokens=20, tokens=90),
    ]
    assert throughput(sessions) == Throughput(
        engine_start_seconds=12.0,
        generation_seconds=10.0,
        prompt_tokens_per_second=5.0,
        tokens_per_second=10.0,
    )


@pytest.mark.parametrize(
    "sessions", [[], [Session(BEGUN, generation_seconds=3.0)], [Session(BEGUN, tokens=9)]]
)
def test_an_unknown_rate_is_none(sessions: list[Session]) -> None:
    assert throughput(sessions).tokens_per_second is None


def test_a_summary_says_what_is_partial_and_which_shard() -> None:
    manifest = Manifest(
        status="finished",
        created="2026-01-01T00:00:00+00:00",
        identity={"benchmark": "b", "split": "test"},
        model=ModelFacts(name="m", label="m"),
        data=DataFacts(problems=1, total=9, partial=True, asked_sha256=""),
        samples=1,
        sampling=Sampling(),
        engine=EngineFacts(name="hf"),
        versions={},
        shard=(1, 9),
    )
    row = summarise(manifest, Health(), {"c/1": tally([("a", "right", False)])})
    assert (row["schema"], row["partial"], row["shard"]) == (SCHEMA, True, [1, 9])
    assert (row["problems"], row["problems_in_split"]) == (1, 9)
    assert summarise(replace(manifest, shard=None), Health(), {})["shard"] is None
