"""Many pairs at once: each distinct one once, and the workers only for what is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mmeval.answers.comparison import many
from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.many import Pair, compare_pairs, equal
from mmeval.answers.comparison.match import Result
from mmeval.answers.comparison.policies import DEFAULT, PRESETS, Policies

OPEN = (r"\sin^2 x + \cos^2 x", "1")
PROVED = Result(outcome="equal", rule="sympy")


class Workers:
    """A pool that proves everything and remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[Pair], Policies]] = []

    def compare_many(self, pairs: Sequence[Pair], policies: Policies) -> list[Result]:
        self.calls.append((list(pairs), policies))
        return [PROVED for _ in pairs]


def test_results_are_in_order_and_each_open_pair_goes_to_the_workers_once() -> None:
    workers: Any = Workers()
    pairs = [("1", "1.0"), OPEN, ("1", "2"), OPEN, ("1", "1.0")]
    found = compare_pairs(pairs, pool=workers)
    assert [each.outcome for each in found] == ["equal", "equal", "different", "equal", "equal"]
    assert workers.calls == [([OPEN], DEFAULT)]
    assert found[1] is found[3]


def test_a_pair_is_compared_once_however_often_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []

    def counting(a: str, b: str, policies: Policies) -> Result:
        compared.append((a, b))
        return compare(a, b, policies)

    monkeypatch.setattr(many, "compare", counting)
    compare_pairs([("1", "2"), ("2", "1"), ("1", "2")])
    assert compared == [("1", "2"), ("2", "1")]


def test_what_is_undecided_for_another_reason_stays_here() -> None:
    workers: Any = Workers()
    pairs = [("9^{9^{9^9}}", "1"), (r"\begin{cases}1", "2")]
    assert [each.reason for each in compare_pairs(pairs, pool=workers)] == ["size", "unparsed"]
    assert workers.calls == []


def test_no_pool_is_made_where_nothing_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        pytest.fail("a pool was started")

    monkeypatch.setattr(many, "shared_pool", refuse)
    assert compare_pairs([]) == []
    assert equal("1/2", "0.5") == compare("1/2", "0.5")


def test_the_conventions_are_those_of_the_call() -> None:
    workers: Any = Workers()
    assert equal("x = 4", "y = 4").outcome == "different"
    assert equal("x = 4", "y = 4", PRESETS["lighteval"]).outcome == "equal"
    compare_pairs([OPEN], PRESETS["lighteval"], workers)
    assert workers.calls == [([OPEN], PRESETS["lighteval"])]
