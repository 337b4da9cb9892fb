"""The paper's two rules: their verdicts are those that the paper's own scripts gave.

`tests/golden/metamath_*.jsonl` holds made-up answers; `expected` was recorded by running
`extract_answer_number` and the comparison of eval_gsm8k.py, and `process_results` of
eval_math.py with its util.py, on each: True is `right`, False `wrong`, None `no_answer`
and an exception `failed`. An empty answer under the MATH rule is False there, `no_answer`
here.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mmeval import catalog
from mmeval.declare import Checker
from mmeval.judging.judge import judge_text
from tests.builders.source_tree import GOLDEN

MARK = "The answer is: "
GSM8K: Checker = catalog.load("checkers", "metamath-gsm8k/1")
MATH: Checker = catalog.load("checkers", "metamath-math/1")
PIECES = (MARK, ".\n", "\\frac", "\\sqrt", "\\text{ ", "{", "}", "/", ",", ".", "-", "0", "9" * 320)
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def cases(name: str) -> list[Any]:
    return [
        pytest.param(row, id=f"{number}-{row['why'][:40]}")
        for number, row in enumerate(rows(GOLDEN / name))
    ]


@pytest.mark.parametrize("case", cases("metamath_gsm8k_1.jsonl"))
def test_gsm8k_verdicts_are_those_of_the_papers_script(case: dict[str, str]) -> None:
    verdict = judge_text(case["text"], case["gold"], GSM8K)
    assert verdict.outcome == case["expected"], (case, verdict)


@pytest.mark.parametrize("name", ["metamath_gsm8k_1.jsonl", "metamath_math_1.jsonl"])
def test_a_golden_table_has_200_distinct_cases_with_reason_and_source(name: str) -> None:
    table = rows(GOLDEN / name)
    assert len({(row["text"], row["gold"]) for row in table}) == len(table) >= 200
    assert all(row["why"] and row["source"] for row in table)
    outcomes = Counter(row["expected"] for row in table)
    assert min(outcomes[each] for each in ("right", "wrong", "no_answer")) >= 15


@pytest.mark.parametrize("name", ["metamath_gsm8k_1.jsonl", "metamath_math_1.jsonl"])
def test_golden_texts_are_short_made_up_tails(name: str) -> None:
    assert all(len(row["text"].strip("0123456789")) <= 80 for row in rows(GOLDEN / name)[:250])


@pytest.mark.parametrize("checker", [GSM8K, MATH], ids=lambda each: each.name)
def test_a_checker_of_the_paper_says_where_its_rule_was_published(checker: Checker) -> None:
    assert checker.source.startswith("https://github.com/meta-math/MetaMath/blob/fe667b1/")


@given(text=TEXTS, gold=TEXTS)
@example(text=f"{MARK}{'9' * 400}/0", gold="1")
@example(text=f"{MARK}\ud83d", gold="\ud83d")
@settings(deadline=None, max_examples=400)
def test_no_text_and_no_gold_raises(text: str, gold: str) -> None:
    for checker in (GSM8K, MATH):
        found = checker.extract(text)
        if found is not None:
            assert checker.compare(found.value, gold).outcome in {
                "right",
                "wrong",
                "no_answer",
                "failed",
            }


@given(text=TEXTS)
@settings(deadline=None, max_examples=400)
def test_the_span_is_where_the_answer_stands_behind_the_last_marker(text: str) -> None:
    for checker in (GSM8K, MATH):
        found = checker.extract(text)
        assert (found is None) == (MARK not in text)
        if found and found.span:
            start, end = found.span
            assert text[start:end] == found.value
            assert start >= text.rfind(MARK) + len(MARK)
        elif found:
            assert found.value == ""


@given(gold=st.integers(min_value=-(2**53), max_value=2**53))
@settings(deadline=None)
def test_an_integer_that_is_stated_is_right_with_and_without_its_minus(gold: int) -> None:
    assert judge_text(GSM8K.state(str(gold)), str(gold), GSM8K).outcome == "right"
    if gold:
        assert judge_text(GSM8K.state(str(-gold)), str(gold), GSM8K).outcome == "wrong"


@given(top=st.integers(-(10**6), 10**6), bottom=st.integers(1, 10**6))
@settings(deadline=None)
def test_a_fraction_of_modest_numbers_is_the_rounded_quotient(top: int, bottom: int) -> None:
    assert judge_text(f"{MARK}{top}/{bottom}", str(round(top / bottom)), GSM8K).outcome == "right"


@pytest.mark.parametrize(
    ("text", "gold", "outcome", "said"),
    [
        (f"{MARK}2/00", "1", "failed", "the denominator is zero"),
        (f"{MARK}-{'9' * 400}", "1", "failed", "infinity"),
        (f"{MARK}18", "# 18", "failed", "the gold '# 18' is not an integer"),
        (f"{MARK}x", "18", "no_answer", "no number follows the last 'The answer is: '"),
        (f"{MARK}/5", "18", "no_answer", "'/5' has no finite value"),
    ],
)
def test_a_gsm8k_note_says_what_the_outcome_alone_does_not(
    text: str, gold: str, outcome: str, said: str
) -> None:
    verdict = judge_text(text, gold, GSM8K)
    assert verdict.outcome == outcome
    assert verdict.note is not None
    assert said in verdict.note
    assert len(verdict.note) < 200


def test_a_missing_marker_and_a_marker_without_an_answer_are_told_apart() -> None:
    for checker in (GSM8K, MATH):
        missing, empty = (judge_text(text, "5", checker) for text in ("five", MARK))
        assert (missing.outcome, empty.outcome) == ("no_answer", "no_answer")
        assert (missing.extract_rule, missing.note) == (None, None)
        assert empty.extract_rule is not None and empty.note is not None
        assert empty.extracted is None


def test_a_megabyte_of_digits_or_braces_is_judged_at_once() -> None:
    for body in ("9" * 10**6, "{" * 10**6, "\\frac" * 10**5 + "1", "1/" * 10**5, "\\sqrt1" * 10**5):
        for checker in (GSM8K, MATH):
            assert judge_text(MARK + body, "5", checker).outcome in {"wrong", "no_answer"}


def test_the_paper_models_published_outputs_are_counted_as_published(data: Path) -> None:
    table = rows(data / "outputs" / "gsm8k__metamath_7b__gsmplus.jsonl")
    outcomes = Counter(
        judge_text(row["completion"], str(row["answer"]), GSM8K).outcome for row in table
    )
    assert outcomes == {"right": 881, "wrong": 433, "no_answer": 5}


def test_only_golds_with_two_commas_cannot_be_answered_under_the_gsm8k_rule(data: Path) -> None:
    golds = [row["answer"].rpartition("#### ")[2] for row in rows(data / "gsm8k" / "test.jsonl")]
    refused = [
        each for each in golds if judge_text(GSM8K.state(each), each, GSM8K).outcome != "right"
    ]
    assert len(golds) == 1319
    assert refused == [each for each in golds if each.count(",") > 1]
