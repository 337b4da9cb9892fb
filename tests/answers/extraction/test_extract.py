"""Extraction: one table of texts, and what holds for every text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mmeval.answers.comparison.compare import compare
from mmeval.answers.extraction.extract import EXPLICIT, FALLBACKS, extract
from tests.builders.source_tree import GOLDEN

CASES_FILE = GOLDEN / "extract.jsonl"
ROWS = [json.loads(line) for line in CASES_FILE.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row["text"][:50] or "empty" for row in ROWS])
def test_the_answer_of_a_text_and_the_rule_that_finds_it(row: dict[str, Any]) -> None:
    found = extract(row["text"])
    if row["value"] is None:
        assert found is None, row["why"]
        return
    assert found is not None, row["why"]
    assert (found.value, found.rule) == (row["value"], row["rule"]), row["why"]


@pytest.mark.parametrize(
    ("said", "gold", "outcome"),
    [
        ("9 red cars", "9", "right"),
        ("9 red cars", "9 cars", "right"),
        ("9 red cars", "8", "wrong"),
        ("9 rows", "9 columns", "undecided"),
        ("11 50-dollar bills", "11", "right"),
        ("11 50-dollar bills", "50", "wrong"),
        ("11 50-dollar bills", "550", "wrong"),
        ("10³", "10", "wrong"),
        ("10³", "1000", "right"),
        ("10⁵", "100000", "right"),
        ("5½", "5", "wrong"),
        ("3½ hours", "3.5", "right"),
        ("Option B", "B", "right"),
        ("Letter C", "D", "wrong"),
        ("5⅓", "16/3", "right"),
    ],
)
@pytest.mark.parametrize("frame", ["#### {}", "The answer is {}", "**Answer:** {}", "{}"])
def test_what_stands_behind_a_number(frame: str, said: str, gold: str, outcome: str) -> None:
    found = extract(frame.format(said))
    assert found is not None
    verdict = compare(found.value, gold).outcome
    wanted = {"right": "equal", "wrong": "different"}.get(outcome, outcome)
    assert verdict == wanted, found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Therefore the width is 5√3 m.", "5√3"),
        ("答案是3和5", "3 and 5"),
        ("答えは3と5です", "3 and 5"),
        ("정답은 3과 5입니다", "3 and 5"),
        ("정답은 3과목입니다", "3"),
        ("The answer is 5 remainder 2", "5 remainder 2"),
        ("Thus x > 5.", "x > 5"),
        ("So we get x ≤ 4.", "x ≤ 4"),
        ("The value is log 5.", "log 5"),
        ("The distance is sqrt(13).", "sqrt(13)"),
        ("It's 10 choose 3.", "10 choose 3"),
        ("She has 3 dozen eggs.", "3 dozen"),
        ("There were 2 million people.", "2 million"),
        ("He ran 2 and a half miles.", "2 1/2"),
        ("So the time is 2π s.", "2π"),
        ("x = 4 or x = 7 are the solutions.", "x = 4 or x = 7"),
        ("a = 1, b = 3 is the only pair of that kind.", "a = 1, b = 3"),
        ("La réponse est : 4 ou 7", "4 or 7"),
        ("Die Antwort lautet: 4 oder 7.", "4 or 7"),
        ("La respuesta es 4 y 7.", "4 and 7"),
        ("Ответ: 4 или 7", "4 or 7"),
        ("Die Antwort ist 4 und nicht 7.", "4"),
    ],
)
def test_formulas_of_a_sentence_are_taken_whole(text: str, value: str) -> None:
    found = extract(text)
    assert found is not None and found.value == value


def test_every_rule_has_a_case() -> None:
    rules = {row["rule"].partition(",")[0] for row in ROWS if row["rule"]}
    named = {rule.__name__.replace("_", " ") for rule in (*EXPLICIT, *FALLBACKS)}
    named -= {"last formula or number", "bold"}
    assert named <= rules | {"hashes"}
    assert {"last formula", "last number", "program output"} <= rules


PIECES = st.sampled_from(
    [
        "The answer is",
        ": ",
        " 18",
        "\\boxed{",
        "}",
        "\n",
        "#### ",
        "$",
        "**",
        '"answer": "',
        '"',
        "Question: ",
        "```python\n",
        "```output\n",
        "```",
        "</think>",
        "<|im_end|>",
        "(C)",
        ". ",
        "x",
        "\\frac{1}{2}",
        "=",
        ", ",
        " and ",
        " eggs",
        "−5",
        "1,000",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "{",
    ]
)


@settings(max_examples=800, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=20).map("".join)))
@example("\\boxed{0}\\boxed")  # the span was that of the empty one
def test_extracting_never_raises_and_spans_are_literal(text: str) -> None:
    found = extract(text)
    if found is not None:
        assert found.value.strip()
        if found.span is not None:
            start, end = found.span
            assert text[start:end].strip() == found.value.strip()


BAITS = [
    "$" * 50_000,
    "\\boxed{" * 9_000,
    "answer is " * 6_000,
    "(" * 60_000,
    # what perf/fuzz_checker.py found to be quadratic or worse
    "$" + "\n" * 59_000,
    "5" + " " * 59_000 + "0_5",
    "答案是5" + " " * 59_000 + "或6",
    "5 or more" + " " * 59_000 + "x",
    "," * 59_000,
    "\\[{}" * 15_000 + "\n",
    "<code>Question" + " " * 59_000,
    "answer" + " " * 50_000 + "x",
    "</s>x" * 12_000,
    "\\(\\boxed{" * 6_000 + "x",
]


@pytest.mark.parametrize("bait", BAITS, ids=[bait[:12] for bait in BAITS])
def test_bait_for_back_tracking_takes_no_time(bait: str) -> None:
    import time

    begin = time.process_time()
    extract(bait)
    extract("The answer is " + bait)
    extract("#### " + bait)
    assert time.process_time() - begin < 3


@pytest.mark.parametrize("bait", ["\\" * 15_900 + "x", "{" * 15_900, "\\phantom{" * 1_700])
def test_bait_in_an_answer_takes_no_time(bait: str) -> None:
    import time

    begin = time.process_time()
    assert compare(bait, "1").outcome == "undecided"
    assert time.process_time() - begin < 2


def test_the_span_counts_from_the_start_of_a_long_text() -> None:
    text = "filler. " * 20_000 + "The answer is: 42"
    found = extract(text)
    assert found is not None and found.span is not None
    assert text[slice(*found.span)] == "42"
