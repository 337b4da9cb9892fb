"""Rejection sampling: one right path for each list of equations, the one unlike the others."""

from __future__ import annotations

from mmeval import catalog
from mmeval.augmenting import rejection
from mmeval.augmenting.keep import Answered
from mmeval.records import Generation, Problem
from tests.builders.generations import said

CHECKER = catalog.load("checkers", "mmeval/1")


def test_rejection_keeps_one_path_for_each_list_of_equations() -> None:
    texts = (
        "First 1000 + 18 = 1018.\nThe answer is 1018.",
        "In all they have got 1000 + 18 = 1018 of them, which I counted twice.\n#### 1018",
        "18 + 1000 = 1018.\n#### 1018",
        "1000 + 17 = 1018.\n#### 1018",
    )
    problem = Problem(
        id="t/pens", question="How many pens?", gold="1,018", meta={"solution": "First 1000 + 18."}
    )
    rows, sieved = rejection.keep([problem], said(problem, *texts), CHECKER, "GSM")
    assert [each.generation.sample for each in sieved.kept] == [1, 2]  # 1 is less like the gold's
    assert sieved.dropped == {rejection.SAME_EQUATIONS: 1, rejection.WRONG_CALCULATION: 1}
    assert {row.type for row in rows} == {"GSM_RFT"}


def answered(text: str, solution: str | None = None) -> Answered:
    meta = {} if solution is None else {"solution": solution}
    return Answered(
        problem=Problem(id="t/0", question="?", gold="5", meta=meta),
        generation=Generation(problem_id="t/0", sample=0, text=text, finish="stop"),
        reasoning=text,
    )


def test_the_path_is_chosen_that_is_most_unlike_the_solution_and_those_chosen_before() -> None:
    one = [answered("aaaa", "aaab"), answered("azzz", "aaab")]  # distances 1 and 3
    two = [answered("azzy", "aaab"), answered("bbaa", "aaab")]  # 1 + 3 and 4 + 3
    assert [each.reasoning for each in rejection.most_different([one, two])] == ["azzz", "bbaa"]


def test_of_equals_and_without_a_solution_the_first_is_chosen() -> None:
    group = [answered("abc"), answered("xyz")]
    assert rejection.most_different([group]) == [group[0]]


def test_what_is_wrong_or_calculates_nothing_is_counted() -> None:
    problem = Problem(id="t/0", question="How many?", gold="5")
    texts = (
        "2 + 3 = 5, and 1 + 1 = 3.\n#### 5",
        "So it is.\n#### 5",
        "Surely so.\n#### 5",  # no equations either
        "2 + 2 = 4.\n#### 4",
    )
    rows, sieved = rejection.keep([problem], said(problem, *texts), CHECKER, "MATH")
    assert sieved.dropped == {
        rejection.WRONG_CALCULATION: 1,
        rejection.SAME_EQUATIONS: 1,
        "another answer": 1,
    }
    assert [(row.type, row.response) for row in rows] == [
        ("MATH_RFT", "So it is.\nThe answer is: 5")
    ]
    assert len(sieved.kept) + sieved.dropped.total() == len(texts)
