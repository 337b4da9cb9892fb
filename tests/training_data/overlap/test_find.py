"""Contamination found by text: what is found, under which kind, and what is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.catalog import load
from mmeval.problems.load import DataOptions, load_problems
from mmeval.records import Problem
from mmeval.training_data.overlap.find import (
    Overlap,
    OverlapIndex,
    OverlapRule,
    find_overlap,
    gives_answer,
    words,
)
from mmeval.training_data.overlap.unmask import unmask
from mmeval.training_data.rows import DataFile, TrainingRow, read_file, row_id
from tests.builders.backward_texts import FOBAR, FORWARD, SV

PROBLEM = Problem(id="t/1", question=FORWARD, gold="600")
OTHER = Problem(id="t/2", question="How many legs have three spiders?", gold="24")


def row(query: str, response: str = "We see.\nThe answer is: 7", **fields: str) -> TrainingRow:
    return TrainingRow(id=row_id(query, response), query=query, response=response, **fields)


def found(*rows: TrainingRow, rule: OverlapRule | None = None) -> list[Overlap]:
    return list(find_overlap(rows, [PROBLEM, OTHER], rule))


def test_a_row_without_an_answer_is_not_filled_and_still_found() -> None:
    made = unmask(FOBAR, "")
    assert made is not None
    assert not made.filled
    assert "$x" in made.question
    assert [o.kind for o in found(row(FOBAR, response=""))] == ["backward"]


@settings(deadline=None)
@given(query=st.text(max_size=200), response=st.text(max_size=50))
def test_any_text_can_be_looked_at(query: str, response: str) -> None:
    tail = "What is the value of unknown variable x?"
    unmask(query + tail, response)
    list(find_overlap([row(query), row(query + tail, response)], [PROBLEM, OTHER]))


@pytest.mark.parametrize(
    ("case", "kind", "evidence", "gives"),
    [
        (row(FORWARD), "question", ("question", "ngram"), False),
        (row(f"  {FORWARD.upper()} "), "question", ("question", "ngram"), False),
        (row(FORWARD, "#### 600"), "question", ("question", "ngram"), True),
        (row("Reworded.", original_question=FORWARD), "original_question", None, False),
        (row(FORWARD.replace("1,500", "1,700")), "ngram", ("ngram",), False),
        (row("Read this.", f"{FORWARD} It is 600."), "ngram", ("ngram",), True),
        (row(FOBAR, "The answer is: 1500"), "backward", ("question", "ngram"), True),
        (row(FOBAR, "The answer is: 1500", original_question=FORWARD), "backward", None, True),
        (row(SV, "The answer is: 1500"), "backward", ("ngram",), True),
    ],
    ids=[
        "the question itself",
        "other case and white space",
        "with its answer",
        "made from it by its own word",
        "another number",
        "recited in the response",
        "FOBAR without original_question",
        "FOBAR with original_question",
        "SV without original_question",
    ],
)
def test_a_row_that_holds_a_test_problem_is_found(
    case: TrainingRow, kind: str, evidence: tuple[str, ...] | None, gives: bool
) -> None:
    (overlap,) = found(case)
    assert (overlap.row_id, overlap.problem_id, overlap.kind) == (case.id, "t/1", kind)
    assert overlap.gives_answer is gives
    if evidence is not None:
        assert overlap.evidence == evidence


@pytest.mark.parametrize(
    "query",
    [
        "A baker buys flour and bakes 40 loaves. How many are left when 12 were sold?",
        FORWARD[: len(FORWARD) // 3],
        "How many legs have four spiders?",  # shorter than 8 words: only the whole counts
    ],
)
def test_a_row_on_the_same_subject_is_clean(query: str) -> None:
    assert found(row(query)) == []


def test_a_short_problem_is_found_whole_and_counted() -> None:
    assert [o.problem_id for o in found(row("how many legs have three  spiders?"))] == ["t/2"]
    assert OverlapIndex([PROBLEM, OTHER], OverlapRule()).too_short == 1


def test_operators_count_and_commas_in_numbers_do_not() -> None:
    assert words("x^2-3x = 1,450.5!") == ["x", "^", "2", "-", "3", "x", "=", "1450.5"]
    assert words("See [asy] draw((0,0)); [/asy] the End") == ["see", "the", "end"]


def test_an_answer_is_given_as_a_word_not_as_a_piece_of_one() -> None:
    assert not gives_answer(row("1600 sacks", "60 0"), PROBLEM)
    assert gives_answer(row("It costs $600.", "no"), PROBLEM)
    assert not gives_answer(row("?!", "!"), Problem(id="t", question="q", gold="..."))


def test_no_problems_are_refused() -> None:
    with pytest.raises(ValueError, match="no test problems"):
        list(find_overlap([row("a")], []))


@pytest.mark.parametrize(
    "wrong", [{"n": 0}, {"share": 0.0}, {"share": 1.1}, {"backward_share": 0.0}]
)
def test_a_rule_that_finds_everything_or_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="shares in"):
        OverlapRule(**wrong)  # type: ignore[arg-type]


@settings(deadline=None)
@given(order=st.permutations(range(4)))
def test_what_is_found_does_not_depend_on_the_order(order: list[int]) -> None:
    cases = [row(FOBAR), row(SV), row(FORWARD), row("Something else altogether.")]
    assert {o.row_id: o for o in found(*(cases[i] for i in order))} == {
        o.row_id: o for o in found(*cases)
    }


# The real test sets. What is expected was counted on the published files.


@pytest.fixture(scope="module")
def gsm8k(data: Path) -> list[Problem]:
    loaded = load_problems(load("benchmarks", "gsm8k"), "test", DataOptions(folder=data))
    return list(loaded.problems)


@pytest.mark.parametrize(("style", "rows", "least"), [("fobar", 867, 867), ("sv", 403, 396)])
def test_backward_twins_of_gsm8k_test_are_found_by_their_text_alone(
    data: Path, gsm8k: list[Problem], style: str, rows: int, least: int
) -> None:
    index = OverlapIndex(gsm8k, OverlapRule())
    ids = {problem.question.strip(): problem.id for problem in gsm8k}
    file = data / "gsm8k_backward" / "GSM8K_Backward.jsonl"
    total = twins = 0
    with file.open(encoding="utf-8") as lines:
        for each in map(json.loads, lines):
            if ("If we know the answer" in each["question"]) != (style == "fobar"):
                continue
            total += 1
            # The field `original_question` is withheld.
            overlaps = index.overlaps(row(each["question"], f"The answer is: {each['answer']}"))
            twin = ids[each["original_question"].strip()]
            twins += any(o.problem_id == twin and o.kind == "backward" for o in overlaps)
    assert total == rows
    assert twins >= least


def test_gsm8k_train_is_clean_but_for_a_few_near_copies(data: Path, gsm8k: list[Problem]) -> None:
    train = read_file(DataFile(name="train", path=data / "gsm8k" / "train.jsonl"))
    overlaps = list(find_overlap(train, gsm8k))
    assert {o.kind for o in overlaps} <= {"ngram"}
    assert len({o.row_id for o in overlaps}) <= 3
