"""Whether a hidden number is determined: proved by its calculation, or unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval import catalog
from mmeval.augmenting.masks.improved import improved_masks
from mmeval.augmenting.uniqueness import examine
from mmeval.problems.load import DataOptions, load_problems
from mmeval.records import Problem

CASES = [
    ("Ann has 41 pens and loses 13.", "41-13=28", "28", "41", "determined", "linear"),
    ("Ann has 41 pens and loses 13.", "41-13=28", "28", "13", "determined", "the other one"),
    ("11 bags of 13 pens, 6 lost.", "11*13=143\n143-6=137", "137", "13", "determined", "in steps"),
    ("It is 35% of 240.", "240*35/100=84", "84", "35", "determined", "a percentage"),
    ("Ann has 41 pens.", "", "41", "41", "unknown", "no calculation"),
    ("7 pens a day for a week.", "7*7=49", "49", "7", "unknown", "7 is also the days of a week"),
    ("41 pens and 41 caps.", "41+41=82", "82", "41", "unknown", "which of the two"),
    ("41 pens, 17 lost.", "41-17=23", "23", "41", "unknown", "a wrong step"),
    ("41 pens for 17 boys.", "41/17=2.41", "2.41", "41", "unknown", "a rounded step"),
    ("41 pens, 17 lost.", "41-17=24\n24+5=29", "24", "41", "unknown", "not the last step"),
    ("41 pens, 17 lost.", "100-17=83", "83", "41", "unknown", "x does not occur: no proof"),
    ("41 pens of 17 boys.", "40*17=680", "680", "41", "unknown", "40 may be 41 - 1"),
    ("41 pens of 17 boys.", "41*17=697\n697*41=28577", "28577", "41", "unknown", "x twice: x^2"),
    ("Ann bought pens for 35 coins, 13% off.", "13/100*35=x", "4", "13", "unknown", "no number"),
    ("n 41, 17", "s1 = n2 - n6", "24", "41", "determined", "named steps"),
    ("n 41, 17", "s1 = n2 - n2\ns2 = s1 + n6", "17", "41", "undetermined", "x cancels: proved"),
    ("n 41, 17", "s1 = n6 * 2", "34", "41", "unknown", "named steps without it"),
    ("n 41, 17", "s1 = n2 * n2", "1681", "41", "unknown", "two solutions"),
]


@pytest.mark.parametrize("case", CASES, ids=[case[-1] for case in CASES])
def test_a_hidden_number(case: tuple[str, ...]) -> None:
    question, steps, gold, hidden, state, why = case
    problem = Problem(id="t/0", question=question, gold=gold, meta={"calculation": steps})
    mask = next(m for m in improved_masks(question, "GSM") if m.gold == hidden)
    assert examine(problem, mask).state == state, why


def test_word_problems_are_told_by_their_own_formulas() -> None:
    """Of digits, all are told; they agree with the proof by which twins are made."""
    from mmeval.problems.word_problems import fill, template

    file = catalog.folder("benchmarks") / "wordproblems_test.toml"
    told = 0
    for filled, _ in fill.problems(template.load(file), "0:test", 80):
        question = filled.question()
        problem = Problem(
            id="t/0",
            question=question,
            gold=str(filled.gold),
            meta={"calculation": filled.calculation()},
        )
        by_place = {mask.at: mask for mask in improved_masks(question, "GSM")}
        for name in filled.template.numbers:
            at = fill._place(filled.question(name))
            if at in by_place:
                proof = examine(problem, by_place[at])
                assert (proof.state == "determined") == fill.proved(filled, name)
                told += 1
    assert told > 150


def test_gsm8k_proofs_are_no_guesses(data: Path) -> None:
    """About one number in ten is told; a looser rule would tell more, and guess."""
    benchmark = catalog.load("benchmarks", "gsm8k")
    problems = load_problems(benchmark, "test", DataOptions(folder=data)).problems
    proved = sum(
        examine(problem, mask).state == "determined"
        for problem in problems
        for mask in improved_masks(problem.question, "GSM")
    )
    assert 400 < proved < 700
