"""Forward and backward answers side by side: the gap, and what of the forward ones is kept."""

from __future__ import annotations

import pytest

from mmeval.results.linked import Linked, kept, kept_bounds
from mmeval.results.verdict_rows import ONE
from mmeval.stats.intervals import clustered, wilson
from mmeval.stats.paired import Discordance, score_bounds
from tests.builders.made_runs import LETTERS


def linked(forward: str, backward: str, clusters: str = "") -> Linked:
    pairs = [
        (ONE[LETTERS[one]], ONE[LETTERS[two]]) for one, two in zip(forward, backward, strict=True)
    ]
    return Linked(pairs=pairs, clusters=list(clusters or range(len(pairs))))


def test_a_gap_of_told_pairs_is_tangos() -> None:
    value, low, high = linked("RRRRWWWN", "RRWWRWWR").gap(0.95)
    assert value == 0.0
    assert (low, high) == score_bounds(Discordance(n=8, gained=2, lost=2))


@pytest.mark.parametrize("letter", "UF")
def test_no_pair_is_left_out_for_an_answer_that_was_not_told(letter: str) -> None:
    told = "RRRRRRWWWW"
    value, low, high = linked(told, letter * 3 + "RRRWWWW").gap(0.95)
    assert value == pytest.approx(0.3), "as not right"
    assert low == score_bounds(Discordance(n=10, gained=0, lost=0))[0], "as right"
    assert high == score_bounds(Discordance(n=10, gained=3, lost=0))[1]


def test_an_undecided_forward_answer_may_have_been_right() -> None:
    value, low, high = linked("UURRWW", "WWWRWW").gap(0.95)
    assert value == pytest.approx(1 / 6)
    assert low == score_bounds(Discordance(n=6, gained=1, lost=0))[0]
    assert high == score_bounds(Discordance(n=6, gained=3, lost=0))[1]


def test_what_is_kept_is_of_those_right_forward() -> None:
    link = linked("RRRRWWWW", "RRWWRWWW")
    assert kept([link]) == 0.5
    assert kept_bounds([link], 0.95) == wilson(2, 4)


@pytest.mark.parametrize(
    ("forward", "backward", "least", "most"),
    [
        ("RRRRWW", "RRUWWW", (2, 4), (3, 4)),  # backward undecided
        ("RRRUWW", "RRWWWW", (2, 4), (2, 3)),  # forward undecided, backward not right
        ("RRRFWW", "RRWRWW", (2, 3), (3, 4)),  # forward undecided, backward right
        ("RRRUWW", "RRWUWW", (2, 4), (3, 4)),  # both
    ],
)
def test_what_is_kept_holds_every_way_the_undecided_could_have_gone(
    forward: str, backward: str, least: tuple[int, int], most: tuple[int, int]
) -> None:
    low, high = kept_bounds([linked(forward, backward)], 0.95)
    assert (low, high) == (wilson(*least)[0], wilson(*most)[1])


@pytest.mark.parametrize(("forward", "backward"), [("WW", "RW"), ("UU", "UU"), ("FF", "RR")])
def test_nothing_right_forward_leaves_all_open(forward: str, backward: str) -> None:
    link = linked(forward, backward)
    assert kept([link]) is None
    assert kept_bounds([link], 0.95) == (0.0, 1.0)


def test_questions_of_one_original_are_taken_together() -> None:
    link = linked("RRRRRR", "RRWWRW", "aabbcc")
    assert kept_bounds([link], 0.95) == clustered([(2, 2), (0, 2), (1, 2)], 0.95)


def test_seeds_that_differ_widen_what_is_kept() -> None:
    alike = [linked("R" * 20, "R" * 10 + "W" * 10)] * 3
    differing = [linked("R" * 20, "R" * k + "W" * (20 - k)) for k in (2, 10, 18)]
    assert kept(alike) == kept(differing) == 0.5
    (low, high), (least, most) = kept_bounds(alike, 0.95), kept_bounds(differing, 0.95)
    assert 0 <= least < low < high < most <= 1
    everything = kept_bounds([linked("R" * 20, "R" * 20)] * 3, 0.95)
    assert everything[0] < 0.9, "three seeds that keep everything are no certainty"
