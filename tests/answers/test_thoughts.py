"""Where a thought ends: by every mark, by the prompt's end, and by the other texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmeval.answers.extraction.extract import extract
from mmeval.answers.thoughts import (
    _SIGNS,
    MARKS,
    find_thought,
    opens_thought,
    prompts_open,
    told,
)
from mmeval.records import Generation, ThoughtState, from_row, to_row

THOUGHT, ANSWER = r"Is it 7? \boxed{7}", "It is 9."


def parts(text: str, opened: bool = False) -> tuple[ThoughtState, str | None, str]:
    found = find_thought(text, opened)
    thought = None if found.span is None else text[slice(*found.span)]
    return found.state, thought, text[found.answer_at :]


@pytest.mark.parametrize(("opening", "closing"), MARKS)
class TestMarks:
    def test_the_answer_stands_behind_the_mark(self, opening: str, closing: str) -> None:
        assert parts(opening + THOUGHT + closing + ANSWER) == ("closed", THOUGHT, ANSWER)
        answer = extract(opening + THOUGHT + closing + ANSWER)
        assert answer is not None
        assert answer.value == "9"

    def test_it_has_one_of_the_signs_that_are_looked_for_first(
        self, opening: str, closing: str
    ) -> None:
        assert all(any(sign in mark for sign in _SIGNS) for mark in (opening, closing))

    def test_the_prompt_may_have_the_opening_mark(self, opening: str, closing: str) -> None:
        assert parts(THOUGHT + closing + ANSWER) == ("closed", THOUGHT, ANSWER)
        assert opens_thought(f"<user>2 + 7?<assistant>{opening}\n")
        assert not opens_thought(f"<user>2 + 7?<assistant>{opening}\n\n{closing}\n\n")

    def test_a_thought_without_an_end_leaves_no_answer(self, opening: str, closing: str) -> None:
        assert parts(opening + THOUGHT) == ("open", THOUGHT, "")
        assert parts(" \n" + opening + THOUGHT, opened=True) == ("open", THOUGHT, "")

    def test_a_second_thought_may_have_no_end(self, opening: str, closing: str) -> None:
        state, _, answer = parts(opening + "a" + closing + ANSWER + opening + THOUGHT)
        assert (state, answer) == ("open", "")


@pytest.mark.parametrize(
    ("text", "state", "thought", "answer"),
    [
        ("analysisWe add. 7assistantfinalIt is 9.", "closed", "We add. 7", "It is 9."),
        ("analysis2 + 7 isassistantfinal9", "closed", "2 + 7 is", "9"),
        ("analysiswe add. 7assistantfinalIt is 9.", "closed", "we add. 7", "It is 9."),
        ("We add. 7assistantfinalIt is 9.", "closed", "We add. 7", "It is 9."),
        (
            "analysisWe add.assistantanalysisIs it 7?assistantfinalIt is 9.",
            *("closed", "We add.assistantanalysisIs it 7?", "It is 9."),
        ),
        ("analysisWe add. 7", "open", "We add. 7", ""),
        (
            "<|channel|>analysis<|message|>7?<|end|><|start|>assistant<|channel|>final<|message|>9",
            *("closed", "7?", "9"),
        ),
        ("analysis shows that it is 9", "none", None, "analysis shows that it is 9"),
        ("analysis: it is 9", "none", None, "analysis: it is 9"),
        ("The analysisWe did: 9", "none", None, "The analysisWe did: 9"),
        ("", "none", None, ""),
        ("</think>", "closed", "", ""),
        ("a</think>b</think>c", "closed", "a</think>b", "c"),
    ],
)
def test_texts_without_special_tokens_and_at_the_edges(
    text: str, state: str, thought: str | None, answer: str
) -> None:
    assert parts(text) == (state, thought, answer)


def test_a_text_that_begins_in_a_thought_is_all_thought_until_it_is_closed() -> None:
    assert parts("2 + 7 is 9", opened=True) == ("open", "2 + 7 is 9", "")
    assert parts("", opened=True) == ("open", "", "")
    assert parts("7?</think>9", opened=True) == ("closed", "7?", "9")


@pytest.mark.parametrize(
    ("texts", "opened"),
    [
        (["a</think>b"] + ["c"] * 9, True),
        (["a</think>b"] + ["c"] * 10, False),
        (["<think>a</think>b"] * 9 + ["c"], False),
        (["a<channel|>b"] * 3, True),
        (["analysisaassistantfinalb"] * 3 + ["c"], False),
        (["c"], False),
        ([], False),
    ],
)
def test_other_texts_tell_whether_prompts_open_the_thought(texts: list[str], opened: bool) -> None:
    assert prompts_open(texts) is opened


@given(st.text("a7 \n", max_size=8), st.text("b9 \n", max_size=8), st.sampled_from(MARKS))
def test_nothing_of_a_text_is_lost(thought: str, answer: str, marks: tuple[str, str]) -> None:
    text = thought + marks[1] + answer
    said = told(Generation(problem_id="t/1", text=text, finish="stop"), None)
    assert (said.thought, said.answer, said.thought_state) == (thought, answer, "closed")
    row = to_row(said)
    assert (row["text"], row["thought"]) == (text, None)  # once, and not twice
    assert from_row(Generation, row) == said


def test_what_its_maker_told_apart_stays() -> None:
    apart = Generation(
        problem_id="t/1", text="9", thought="7", thought_state="closed", finish="stop"
    )
    assert told(apart, True) == apart
    assert from_row(Generation, to_row(apart)) == apart


@pytest.mark.parametrize("marks", MARKS)
def test_a_long_text_without_an_end_takes_no_time(marks: tuple[str, str]) -> None:
    assert find_thought(marks[0] * 20_000).state == "open"
    assert find_thought("analysis" * 100_000).state == "none"
