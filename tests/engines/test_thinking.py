"""Thoughts by the prompt's ids, and which tokenizers must show their special tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from mmeval.answers.thoughts import OpensThought
from mmeval.engines.thinking import opened, shows_special, with_thought
from mmeval.records import Generation, Message, Prompt


@dataclass(frozen=True)
class Token:
    content: str
    special: bool

    def __str__(self) -> str:
        return self.content


@dataclass
class Characters:
    """A tokenizer of single characters."""

    added_tokens_decoder: dict[int, Token] = field(default_factory=dict)

    def __call__(self, text: str, **options: Any) -> dict[str, list[int]]:
        return {"input_ids": [ord(each) for each in text]}

    def decode(self, ids: list[int]) -> str:
        return "".join(map(chr, ids))


def read(prompt: str, text: str, opens: OpensThought = "auto") -> Generation:
    tokenizer = Characters()
    said = Generation(problem_id="t/1", text=text, finish="length", tokens=len(text))
    return with_thought(tokenizer, opens, tokenizer(prompt)["input_ids"], said)


@pytest.mark.parametrize(
    ("prompt", "text", "opens", "state", "tokens"),
    [
        ("Q: <think>\n", "7? 8?", "auto", "open", 5),
        ("Q: <think>\n", "7?</think>9", "auto", "closed", 2),
        ("Q: <think>\n\n</think>\n\n", "9", "auto", "none", None),
        ("Q: [THINK]", "7?", "auto", "open", 2),
        ("Q: ", "7?", "yes", "open", 2),
        ("Q: <think>", "7?", "no", "none", None),
        ("Q: ", "<think>7?", "auto", "open", 9),
    ],
)
def test_the_prompts_end_tells_how_the_text_begins(
    prompt: str, text: str, opens: OpensThought, state: str, tokens: int | None
) -> None:
    found = read(prompt, text, opens)
    assert (found.thought_state, found.thought_tokens, found.text) == (state, tokens, text)


def test_what_a_server_makes_of_a_chat_is_not_known() -> None:
    text = Prompt(problem_id="t/1", text="2 + 7? <think>\n")
    chat = Prompt(problem_id="t/1", messages=(Message(role="user", content="2 + 7?"),))
    assert [opened("auto", each) for each in (text, chat)] == [True, None]
    assert [opened("no", text), opened("yes", chat)] == [False, True]


@pytest.mark.parametrize(
    ("tokens", "shown"),
    [
        ([Token("</think>", special=False), Token("<s>", special=True)], False),
        ([Token("[/THINK]", special=True)], True),
        ([Token("<|channel|>", special=True)], True),
        ([Token("<unused94>", special=True), Token("<|im_end|>", special=True)], False),
        ([], False),
    ],
)
def test_special_tokens_are_shown_where_one_ends_a_thought(
    tokens: list[Token], shown: bool
) -> None:
    assert shows_special(Characters(dict(enumerate(tokens)))) is shown
    assert not shows_special(object())
