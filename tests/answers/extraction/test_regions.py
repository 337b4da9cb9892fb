"""Which part of a generation may hold the answer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.extraction import regions
from mmeval.answers.extraction.extract import ANSWERED
from mmeval.answers.extraction.regions import after_thought, first_turn, outside_code

FENCES = ("```python\n", "```output\n", "```\n", "```", "```math\n", "x = 1\n", "5\n", "text ")
TAGS = ("<code>", "</code>", "<output>", "</output>", "<|code|>", "<|endofblock|>")
PIECES = st.lists(st.sampled_from((*FENCES, *TAGS)), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "plain", "output", "last", "why"),
    [
        ("no code", "no code", None, False, "nothing to blank"),
        ("a\n```python\nx = 1\n```\nb", "a\n \nb", None, False, "a program without output"),
        ("a\n```output\n1\n5\n```", "a\n ", "5", True, "the last line of an output at the end"),
        ("```output\n5\n```\nSo 5.", " \nSo 5.", "5", False, "a text behind it"),
        ("```python\nprint(5)", " ", None, False, "a block that is not closed"),
        ("```output\n5", " ", "5", True, "an output that is not closed"),
        ("```output\n\n```", " ", None, False, "an output that is empty"),
        ("```math\nx\n```", "```math\nx\n```", None, False, "no programming language"),
        ("<code>x</code> 5", "  5", None, False, "tags"),
        ("<output>7</output>", " ", "7", True, "an output in tags"),
        ("<|code|>x<|endofblock|>5", " 5", None, False, "DeepSeek's blocks"),
        ("```output\n5\n```\n```output\n6\n```", " \n ", "6", True, "the last output"),
        ("1 < 2", "1 < 2", None, False, "a sign that opens no tag"),
    ],
)
def test_programs_are_blanked_and_the_last_output_kept(
    text: str, plain: str, output: str | None, last: bool, why: str
) -> None:
    blanked, printed = outside_code(text)
    assert re.sub(" {2,}", " ", blanked) == re.sub(" {2,}", " ", plain), why
    assert (printed and printed.last_line) == output, why
    assert (printed is not None and not blanked[printed.end :].strip()) is last, why


@settings(max_examples=500, deadline=None)
@given(PIECES)
def test_a_blanked_text_keeps_its_length_and_the_place_of_all_else(text: str) -> None:
    blanked, printed = outside_code(text)
    assert len(blanked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, blanked, strict=True))
    if printed is not None:
        assert printed.text == text[printed.start : printed.end].strip() != ""
        assert not blanked[printed.start : printed.end].strip()


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(FENCES), max_size=12).map("".join))
def test_the_quick_way_for_usual_fences_is_the_slow_one(text: str) -> None:
    quick = regions._usual_blocks(text)
    if quick is not None:
        slow = regions._blocks(text, tagged=False)
        assert ("".join(quick[0]), quick[1]) == ("".join(slow[0]), slow[1])


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("<think>5?</think>6", "6"),
        ("a</think>b</think>c", "c"),
        ("<think>never ends", "<think>never ends"),
        ("plain", "plain"),
        ("<|channel|>analysis 5<|channel|>final<|message|>6", "6"),
        ("a</reasoning>b", "b"),
    ],
)
def test_the_answer_comes_after_the_thought(text: str, rest: str) -> None:
    assert text[after_thought(text) :] == rest


@pytest.mark.parametrize(
    ("text", "own", "why"),
    [
        ("The answer is 5.\nQuestion: next", "The answer is 5.\n", "an invented question"),
        ("The answer is 5.<|im_end|>x", "The answer is 5.", "a control token"),
        ("It is 5<|im_end|>x", "It is 5", "a control token ends it, answered or not"),
        ("<|im_end|>5", "<|im_end|>5", "nothing was said before it"),
        ("Question: 2?\nThe answer is 5.", "Question: 2?\nThe answer is 5.", "recited first"),
        ("We ask.\nQuestion: 2?\nIt is 5.", "We ask.\nQuestion: 2?\nIt is 5.", "not answered yet"),
        ("We have 5.\nQuestion: what?", "We have 5.\nQuestion: what?", "a number is no answer"),
        ("The answer is 5. Question: x", "The answer is 5. Question: x", "not at a line's start"),
        ("The answer is 5.\n## Problem 2", "The answer is 5.\n", "a heading"),
        ("The answer is 5.\nProblems", "The answer is 5.\nProblems", "a longer word"),
        ("plain 5", "plain 5", "no turn"),
    ],
)
def test_an_invented_turn_is_cut_off(text: str, own: str, why: str) -> None:
    cut = text[: first_turn(text, 0, ANSWERED)]
    assert cut.rstrip("# ") == own.rstrip("# "), why


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["Question: ", "\n", "The answer is 5", "<|im_end|>", "x ", "#"])).map(
        "".join
    )
)
def test_what_follows_the_cut_changes_nothing_before_it(text: str) -> None:
    end = first_turn(text, 0, ANSWERED)
    assert 0 <= end <= len(text)
    assert first_turn(text[:end], 0, ANSWERED) == end
