"""Two runs of a task as numbers above their comparison; and which are twins."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.results.judged import JudgedRun, load_judged
from mmeval.results.site import pairs
from mmeval.results.site.pairs import pairs_of, twins_of
from mmeval.stats.paired import Discordance, Flip, Flips, mcnemar, score_bounds
from tests.builders.made_runs import Made, make_run


def runs(folder: Path, *made: Made) -> tuple[list[JudgedRun], list[str]]:
    """Judged runs and their slugs, a, b, ..."""
    names = "abcdefgh"[: len(made)]
    found = [
        load_judged(make_run(folder / name, each).path)
        for name, each in zip(names, made, strict=True)
    ]
    return found, list(names)


def test_two_runs_are_compared_as_the_verb_compares_them(tmp_path: Path) -> None:
    found, slugs = runs(tmp_path, Made(letters="RRWWU"), Made(letters="RWRRRW"))
    (row,) = pairs_of(found, slugs)
    low = score_bounds(Discordance(n=5, gained=2, lost=1))[0]  # U against R: gained or alike
    high = score_bounds(Discordance(n=5, gained=3, lost=1))[1]
    assert row == {
        "a": "a",
        "b": "b",
        "checker": "test/1",
        "n": 5,
        "difference": pytest.approx(0.4),
        "low": pytest.approx(low),
        "high": pytest.approx(high),
        "p": max(mcnemar(2, 1), mcnemar(3, 1)),
        "test": "exact McNemar",
        "gained": 3,
        "lost": 1,
        "undecided": 1,
        "only_a": 0,
        "only_b": 1,
    }


def test_several_answers_are_clustered_by_problem(tmp_path: Path) -> None:
    letters = ("RRWW" + "RWWW", "RRRW" + "RRRW")
    found, slugs = runs(tmp_path, *(Made(letters=each, samples=2) for each in letters))
    (row,) = pairs_of(found, slugs)
    shares = [(1.0, 1.0), (0.5, 1.0), (0.0, 1.0), (0.0, 0.0)]
    flips = Flips(flips=[Flip.of(*each) for each in shares], answers=2)
    assert row["test"] == "score test, clustered by problem"
    assert row["difference"] == pytest.approx(0.375)
    assert (row["low"], row["high"]) == pytest.approx(flips.bounds())
    assert row["p"] == pytest.approx(flips.p())


def test_every_two_runs_of_one_task_and_every_checker_of_both(tmp_path: Path) -> None:
    both = ("a/1", "b/1")
    found, slugs = runs(
        tmp_path,
        Made(letters="RW", checkers=both),
        Made(letters="RW", checkers=both),
        Made(letters="RW", checkers=("b/1", "c/1")),
        Made(letters="RW", benchmark="other", checkers=both),
        Made(letters="RW", first=9, checkers=both),  # nothing in common
    )
    told = [(row["a"], row["b"], row["checker"]) for row in pairs_of(found, slugs)]
    assert told == [("a", "b", "a/1"), ("a", "b", "b/1"), ("a", "c", "b/1"), ("b", "c", "b/1")]


def test_very_many_pairs_are_left_to_the_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "MOST", 2)
    assert len(pairs_of(*runs(tmp_path, *[Made(letters="RW")] * 3))) == 2


@pytest.mark.parametrize(
    ("ids", "twins", "found"),
    [
        ([{"a", "b"}, {"c"}], [set(), {"b"}], [[0, 1]]),
        ([{"a"}, {"c"}], [{"c"}, {"a"}], [[1, 0], [0, 1]]),
        ([{"a"}, {"b"}], [{"a"}, set()], []),  # its own questions
        ([{"a"}, {"a"}, {"c"}], [set(), set(), {"a"}], [[0, 2], [1, 2]]),
    ],
)
def test_twins_are_runs_whose_questions_were_made_from_anothers(
    ids: list[set[str]], twins: list[set[str]], found: list[list[int]]
) -> None:
    assert twins_of([*map(frozenset, ids)], [*map(frozenset, twins)]) == found
