"""How a model is asked beside its prompt: the switches of its template and its own sampling.

What an engine cannot do is refused here, before one is started.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmeval.engines.models.find import Model
from mmeval.errors import ConfigError
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.records import Message, Prompt
from mmeval.runs.config import RunConfig

CARD = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
"""The fields of a generation_config.json that `--sampling model` takes."""
_SHAPES = ("top_k", "min_p", "presence_penalty", "repetition_penalty")


def require_able(config: RunConfig, engine: str, template: PromptTemplate) -> None:
    """Raises ConfigError, in one line, for a switch that this engine or prompt has no use for."""
    asks = {name: getattr(config, name) for name in (*_SHAPES, "reasoning_effort")}
    asks |= {"system": config.system, "thinking_budget": config.thinking_budget}
    asks |= {"chat_arg": config.chat_args or None}
    given = [name for name, value in asks.items() if value is not None]
    if config.sampling != "given":
        given.append("sampling")
    chats = ("system", "reasoning_effort", "thinking_budget", "chat_arg")
    if template.kind == "text" and (wrong := [each for each in given if each in chats]):
        raise ConfigError(
            f"{_option(wrong[0])} is for a chat, and the prompt {template.name} is a text: add "
            "--prompt chat"
        )
    if engine == "replay" and given:
        raise ConfigError(f"{_option(given[0])} asks a model, and --engine replay asks none")
    if engine == "hf" and config.presence_penalty is not None:
        raise ConfigError("--presence-penalty is not known to the engine hf; vllm and openai can")
    if engine == "openai" and config.sampling == "model":
        raise ConfigError(
            "--sampling model reads the generation_config.json of a model, which a server keeps to "
            "itself; give its --temperature, --top-p and --top-k"
        )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def with_card(config: RunConfig, model: Model) -> RunConfig:
    """The config with the sampling of the model's own card, where that is asked for and nothing
    else was given. Raises ConfigError for a card that tells none."""
    if config.sampling != "model":
        return config
    file = Path(model.path or "") / "generation_config.json"
    try:
        card = json.loads(file.read_text(encoding="utf-8")) if model.path else {}
    except (OSError, ValueError, RecursionError):
        card = {}
    told: dict[str, Any] = {
        name: card[name]
        for name in CARD
        if isinstance(card, dict) and type(card.get(name)) in (int, float)
    }
    if isinstance(card, dict) and card.get("do_sample") is False:
        told = {name: told[name] for name in told if name == "repetition_penalty"}
    if not told:
        raise ConfigError(
            f"--sampling model: {model.name} has no generation_config.json that tells how to "
            "sample; give --temperature, --top-p and --top-k"
        )
    defaults = RunConfig.__dataclass_fields__
    open_ = {name: v for name, v in told.items() if getattr(config, name) == defaults[name].default}
    return replace(config, **open_)


def with_system(prompt: Prompt, system: str | None) -> Prompt:
    """The prompt with a system message before its turns."""
    if system is None or not prompt.messages:
        return prompt
    return replace(prompt, messages=(Message(role="system", content=system), *prompt.messages))


def switches_identity(config: RunConfig) -> dict[str, Any]:
    """What the run's identity holds of the switches: those that were set. The system message is
    part of the prompts, and the sampling of the sampling."""
    rows: dict[str, Any] = {
        "chat_args": dict(config.chat_args) or None,
        "reasoning_effort": config.reasoning_effort,
        "thinking_budget": config.thinking_budget,
    }
    return {name: value for name, value in rows.items() if value is not None}
