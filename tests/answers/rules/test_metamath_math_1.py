"""The paper's MATH rule: its oddities one by one, and the verdicts of its own script.

`tests/golden/metamath_math_1.jsonl` is explained in `test_metamath_gsm8k_1.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.rules.metamath_math_1 import CANARIES, CHECKER, MARKER, compare, extract
from mmeval.answers.thoughts import find_thought
from mmeval.judging.judge import judge_text
from tests.builders.source_tree import GOLDEN

PIECES = (
    MARKER,
    ".\n",
    "\\frac",
    "\\sqrt",
    "\\text{ ",
    "{",
    "}",
    "/",
    ",",
    ".",
    "-",
    "0",
    "=",
    " ",
)
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"{MARKER}5", "5"),
        (f"{MARKER}5.", "5"),
        (f"{MARKER}5..", "5."),  # one full stop more stays
        (f"{MARKER}5.\nThe rest.", "5"),
        (f"{MARKER}5\nThe rest.", "5\nThe rest"),  # the line ends without a full stop
        (f"{MARKER}4. {MARKER}5", "5"),  # the last marker
        (f"{MARKER} .5 ", ".5"),
        (f"{MARKER}", ""),
        ("The answer is:5", None),
        ("\\boxed{5}", None),
    ],
)
def test_the_answer_is_the_rest_of_the_sentence(text: str, value: str | None) -> None:
    found = extract(text)
    assert (None if found is None else found.value) == value
    if found is not None and found.span is not None:
        assert text[slice(*found.span)] == value


@pytest.mark.parametrize(
    ("answer", "gold", "outcome", "why"),
    [
        (r"\dfrac12", r"\frac{1}{2}", "right", "a displayed fraction without braces"),
        ("1/2", r"\frac{1}{2}", "right", "a slash between integers"),
        (".5", r"\frac{1}{2}", "right", "the one decimal that it knows"),
        ("0.25", r"\frac{1}{4}", "wrong", "no other"),
        (r"50\%", "50", "right", "an escaped percent sign goes"),
        ("50%", "50", "wrong", "a bare one stays"),
        ("10,000", "10000", "wrong", "separators stay"),
        ("x=5", "5", "right", "a left side of one character"),
        ("xyz=5", "5", "wrong", "of three"),
        (r"3\text{ cm}", "3", "right", "a unit behind a blank in its group"),
        (r"3 \text{cm}", "3", "wrong", "without that blank"),
        (r"\$18", "18", "right", "an escaped dollar sign goes"),
        (r"90^\circ", "90", "right", "degrees go"),
        (r"\sqrt3", r"\sqrt{3}", "right", "a root without braces"),
        ("x/2", "x/2", "right", "where it stumbles, the text as it is"),
        ("x/2", "x / 2", "wrong", "then blanks count"),
        ("x+1", "1+x", "wrong", "no algebra"),
        ("", "5", "no_answer", "nothing"),
    ],
)
def test_an_oddity_of_the_rule(answer: str, gold: str, outcome: str, why: str) -> None:
    assert compare(answer, gold).outcome == outcome, why


@pytest.mark.parametrize(("answer", "gold"), CANARIES)
def test_a_canary_is_wrong_both_ways(answer: str, gold: str) -> None:
    assert compare(answer, gold).outcome == compare(gold, answer).outcome == "wrong"


CASES = rows(GOLDEN / "metamath_math_1.jsonl")


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{c['why'][:40]}" for n, c in enumerate(CASES)])
def test_math_verdicts_are_those_of_the_papers_script(case: dict[str, str]) -> None:
    verdict = judge_text(case["text"], case["gold"], CHECKER)
    assert verdict.outcome == case["expected"], (case, verdict)


@given(text=TEXTS.filter(lambda text: MARKER not in text and ".\n" not in text))
@settings(deadline=None)
def test_a_math_answer_equals_itself(text: str) -> None:
    value = text.strip().removesuffix(".").strip()
    if value and find_thought(MARKER + text).state == "none":  # Hypothesis writes marks, too
        assert judge_text(f"{MARKER}{text}", value, CHECKER).outcome == "right"


@given(first=TEXTS, second=TEXTS)
@settings(deadline=None)
def test_comparing_math_answers_is_symmetric_up_to_what_is_no_answer(
    first: str, second: str
) -> None:
    there, back = CHECKER.compare(first, second), CHECKER.compare(second, first)
    assert (there.outcome == "right") == (back.outcome == "right")


def test_every_math_gold_is_right_when_it_is_stated(data: Path) -> None:
    table = rows(data / "math" / "math500.jsonl")
    golds = [row["answer"] for row in table]
    refused = [
        each for each in golds if judge_text(CHECKER.state(each), each, CHECKER).outcome != "right"
    ]
    assert (len(golds), refused) == (500, [])
