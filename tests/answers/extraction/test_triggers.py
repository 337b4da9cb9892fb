"""The words that announce an answer."""

from __future__ import annotations

import pytest

from mmeval.answers.extraction.triggers import triggers


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 7",
        "ANSWER: 7",
        "Final Answer: 7",
        "**Answer:** 7",
        "Ans: 7",
        "Answer - 7",
        "Respuesta: 7",
        "Antwort: 7",
        "Ответ: 7",
        "La réponse est 7",
        "答案是7",
        "【答案】7",
        "答：7",
        "答えは7",
        "정답은 7",
    ],
)
def test_an_answer_begins_behind_its_trigger(text: str) -> None:
    found = next(triggers(text, 0, len(text)))
    assert text[found.end :] == "7"


def test_the_last_trigger_comes_first() -> None:
    text = "Answer: 5. The answer is 7"
    assert [text[each.end] for each in triggers(text, 0, len(text))] == ["7", "5"]


@pytest.mark.parametrize("text", ["Plans: 7", "the answering of it", '{"answer": 7}', "no word"])
def test_other_words_announce_nothing(text: str) -> None:
    assert list(triggers(text, 0, len(text))) == []


@pytest.mark.parametrize(
    ("text", "guessed"),
    [
        ("One might think the answer is 7", True),
        ("At first the answer is 7", True),
        ("So the answer is 7", False),
        ("I think so. The answer is 7", False),
    ],
)
def test_what_might_be_thought_is_told_apart(text: str, guessed: bool) -> None:
    assert next(triggers(text, 0, len(text))).guessed is guessed
