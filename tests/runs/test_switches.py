"""Switches are part of a run's identity where they are set, and refused where they do nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmeval import catalog
from mmeval.engines.models.find import Model
from mmeval.errors import ConfigError, RunMismatch
from mmeval.problems.prompts import render
from mmeval.records import Message, Problem, Sampling
from mmeval.run_folder import require_same
from mmeval.runs.config import RunConfig, command_line, config_row
from mmeval.runs.identity import sampling_identity
from mmeval.runs.switches import require_able, switches_identity, with_card, with_system

CONFIG = RunConfig(model="m", benchmark=("gsm8k",))
CHAT, TEXT = (catalog.load("prompts", name) for name in ("chat", "metamath"))
SETTINGS: dict[str, Any] = {
    "top_k": 5,
    "min_p": 0.1,
    "presence_penalty": 0.5,
    "repetition_penalty": 1.1,
    "system": "Be brief.",
    "chat_args": {"enable_thinking": False},
    "reasoning_effort": "low",
    "thinking_budget": 64,
}


def identity(config: RunConfig) -> dict[str, Any]:
    return sampling_identity(config.sampling_for(8, (), 1), False) | switches_identity(config)


def test_a_run_without_switches_is_the_run_that_it_was() -> None:
    assert identity(CONFIG) == {
        "temperature": 0.0,
        "top_p": 1.0,
        "max_tokens": 8,
        "seed": 0,
        "stop": [],
        "use_generation_config": False,
    }
    assert config_row(CONFIG) == {"model": "m", "benchmark": ["gsm8k"]}


@pytest.mark.parametrize("name", [each for each in SETTINGS if each != "system"])
def test_a_switch_that_is_set_or_taken_away_is_another_run(name: str) -> None:
    plain, other = identity(CONFIG), identity(replace(CONFIG, **{name: SETTINGS[name]}))
    for stored, wanted in ((plain, other), (other, plain)):
        with pytest.raises(RunMismatch, match=name):
            require_same(stored, wanted, "here")
    require_same(other, other, "here")


def test_the_command_says_them_again() -> None:
    said = command_line(replace(CONFIG, **SETTINGS))
    for part in ("--top-k=5", "--chat-arg=enable_thinking=false", "'--system=Be brief.'"):
        assert part in said


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("engine", ["openai", "vllm", "hf", "replay"])
def test_an_engine_that_cannot_says_so_in_one_line(name: str, engine: str) -> None:
    config = replace(CONFIG, **{name: SETTINGS[name]})
    chats = name in ("system", "chat_args", "reasoning_effort", "thinking_budget")
    if chats:
        with pytest.raises(ConfigError, match="is for a chat"):
            require_able(config, engine, TEXT)
    if engine == "replay" or (engine, name) == ("hf", "presence_penalty"):
        with pytest.raises(ConfigError, match="--") as caught:
            require_able(config, engine, CHAT)
        assert "\n" not in str(caught.value)
    else:
        require_able(config, engine, CHAT)


@pytest.mark.parametrize(
    ("card", "wanted"),
    [
        ({"temperature": 0.6, "top_p": 0.95, "top_k": 20}, (0.6, 0.95, 20)),
        ({"do_sample": False, "temperature": 0.6, "repetition_penalty": 1.1}, (0.0, 1.0, None)),
        ({"temperature": 0.6, "top_p": "0.9", "top_k": True}, (0.6, 1.0, None)),
    ],
)
def test_the_card_fills_what_was_not_given(
    card: dict[str, Any], wanted: tuple[Any, ...], tmp_path: Path
) -> None:
    (tmp_path / "generation_config.json").write_text(json.dumps(card))
    model = Model(name="m", path=tmp_path)
    got = with_card(replace(CONFIG, sampling="model"), model)
    assert (got.temperature, got.top_p, got.top_k) == wanted
    assert with_card(replace(CONFIG, sampling="model", top_k=3), model).top_k == 3
    assert with_card(got, model) == got
    assert with_card(CONFIG, model) is CONFIG


@pytest.mark.parametrize("card", [None, "[", "[]", "{}", '{"eos_token_id": 2}'])
def test_a_card_that_tells_nothing_is_refused(card: str | None, tmp_path: Path) -> None:
    if card is not None:
        (tmp_path / "generation_config.json").write_text(card)
    with pytest.raises(ConfigError, match="generation_config"):
        with_card(replace(CONFIG, sampling="model"), Model(name="m", path=tmp_path))


def test_a_server_keeps_its_card_to_itself() -> None:
    with pytest.raises(ConfigError, match="--temperature"):
        require_able(replace(CONFIG, sampling="model"), "openai", CHAT)


def test_the_system_message_comes_first() -> None:
    prompt = render(CHAT, Problem(id="t/1", question="1+1?", gold="2"))
    made = with_system(prompt, "Be brief.")
    assert made.messages[0] == Message(role="system", content="Be brief.")
    assert made.messages[1:] == prompt.messages
    assert with_system(prompt, None) is prompt


@pytest.mark.parametrize(
    "given",
    [
        {"top_k": 0},
        {"min_p": 1.5},
        {"presence_penalty": 3.0},
        {"repetition_penalty": 0.0},
    ],
)
def test_values_that_make_no_sense(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(given))):
        Sampling(**given)
    with pytest.raises(ConfigError, match=next(iter(given))):
        replace(CONFIG, **given).sampling_for(8, (), 1)


@pytest.mark.parametrize("name", ["messages", "tokenize", "add_generation_prompt", "a-b", ""])
def test_what_is_no_variable_of_a_template(name: str) -> None:
    with pytest.raises(ConfigError, match="--chat-arg"):
        replace(CONFIG, chat_args={name: 1})
