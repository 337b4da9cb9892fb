"""Rows as texts: the paper's prompts, both ways of many lines, and what is learned."""

from __future__ import annotations

import pytest

from mmeval import catalog
from mmeval.errors import ConfigError
from mmeval.training.row_text import Wording, worked
from mmeval.training.settings import Settings
from tests.builders.training_rows import FOBAR, row

HEAD = (
    "Below is an instruction that describes a task. Write a response that appropriately "
    "completes the request.\n\n### Instruction:\n"
)
INPUT_HEAD = (
    "Below is an instruction that describes a task, paired with an input that provides further "
    "context. Write a response that appropriately completes the request.\n\n### Instruction:\n"
)


def test_the_default_prompt_is_the_papers_training_prompt() -> None:
    """Paper section 1.6; evaluation adds its last words."""
    assert Wording(Settings()).prompt(row("Q?", "A")) == HEAD + "Q?\n\n### Response:"
    alpaca, metamath = (catalog.load("prompts", name).text for name in ("alpaca", "metamath"))
    assert alpaca + " Let's think step by step." == metamath


def test_a_query_of_two_lines_is_put_both_ways() -> None:
    """Paper section 1.6: train_math.py splits it, the evaluation does not."""
    below = FOBAR.query.partition("\n")[2]
    whole = Wording(Settings(multiline="instruction")).prompt(FOBAR)
    split = Wording(Settings(multiline="input")).prompt(FOBAR)
    assert whole == f"{HEAD}{FOBAR.query}\n\n### Response:"
    assert split == f"{INPUT_HEAD}Tom has x pens.\n\n### Input:\n{below}\n\n### Response:"
    one_line = row("Q?", "A")
    assert Wording(Settings(multiline="input")).prompt(one_line).startswith(HEAD)


def test_the_split_keeps_what_a_prompt_says_after_the_response_mark() -> None:
    split = Wording(Settings(multiline="input", prompt="metamath")).prompt(FOBAR)
    assert split.endswith("### Response: Let's think step by step.")


def test_a_chat_prompt_and_a_split_without_alpaca_are_refused() -> None:
    with pytest.raises(ConfigError, match="is a chat, and training needs a text prompt"):
        Wording(Settings(prompt="chat"))
    with pytest.raises(ConfigError, match="multiline=input needs an Alpaca prompt"):
        Wording(Settings(prompt="plain", multiline="input"))


@pytest.mark.parametrize(
    ("response", "settings", "expected"),
    [
        ("2+3=<<2+3=5>>5\n#### 5", Settings(), "2+3=<<2+3=5>>5\n#### 5"),
        ("2+3=<<2+3=5>>5\n#### 5", Settings(calculator=False), "2+3=5\n#### 5"),
        ("5\n#### 5", Settings(answer_line=True), "5\n#### 5\nThe answer is: 5"),
        ("5\n#### 1,450 \n", Settings(answer_line=True), "5\n#### 1,450\nThe answer is: 1,450"),
        ("no mark", Settings(answer_line=True), "no mark"),
        # MetaMathQA's own rows have both lines already: nothing is doubled.
        (
            "5\n#### 5\nThe answer is: 5",
            Settings(answer_line=True),
            "5\n#### 5\nThe answer is: 5",
        ),
        ("a << b and c >> d", Settings(calculator=False), "a << b and c >> d"),
    ],
)
def test_the_response_is_what_the_settings_want(
    response: str, settings: Settings, expected: str
) -> None:
    assert worked(response, settings) == expected


def test_a_response_begins_as_the_settings_say() -> None:
    wording = Wording(Settings(response_start="\n", answer_line=True))
    assert wording.response(row("Q?", "5\n#### 5")) == "\n5\n#### 5\nThe answer is: 5"
    assert Wording(Settings()).response(row("Q?", " A ")) == " A ", "as it stands"
