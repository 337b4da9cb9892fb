"""The few-shot prompts: eight worked examples each, and where a model is to stop."""

from __future__ import annotations

import pytest

from mmeval.augmenting.few_shot import LINE_STOP, STOP, SYSTEM, few_shot, with_system
from mmeval.augmenting.masks.mask import Style
from mmeval.problems.prompts import render
from mmeval.records import Message, Problem, Prompt

NAMES = ("answer", "rephrase", "rewrite", "verify", "fobar")


@pytest.mark.parametrize("style", ["GSM", "MATH"])
@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_has_eight_examples_and_the_place_of_the_question(name: str, style: Style) -> None:
    template = few_shot(name, style)
    assert template.name == f"{name}_{style.lower()}.txt"
    assert template.text.count("{question}") == 1 and "\r" not in template.text
    before, _, after = template.text.partition("{question}")
    opening = before.rpartition("\n")[2]
    assert opening and before.count(f"\n{opening}") + before.startswith(opening) == 9
    asked = render(template, Problem(id="t/0", question="How {many}?", gold="1"))
    assert asked.text == f"{before}How {{many}}?{after}"


@pytest.mark.parametrize(
    ("name", "chat", "stop"),
    [
        ("answer", False, STOP),
        ("fobar", False, STOP),
        ("verify", False, STOP),
        ("rephrase", False, LINE_STOP),
        ("rewrite", False, LINE_STOP),
        ("rephrase", True, ()),
        ("answer", True, ()),
    ],
)
def test_what_is_one_line_stops_at_its_end_and_a_chat_by_itself(
    name: str, chat: bool, stop: tuple[str, ...]
) -> None:
    template = few_shot(name, "GSM", chat)
    assert (template.stop, template.kind) == (stop, "chat" if chat else "text")


def test_a_chat_has_the_papers_system_message_and_a_text_none() -> None:
    turn = Message(role="user", content="How many?")
    assert with_system(Prompt(problem_id="t/0", messages=(turn,))).messages == (
        Message(role="system", content=SYSTEM),
        turn,
    )
    text = Prompt(problem_id="t/0", text="How many?")
    assert with_system(text) == text
