"""Prompt -> token ids, with the tokenizer's BOS once or not at all, and what continues it.

Why a module: a doubled BOS costs points in silence (6 on MMLU in one report), and the
two ways to double it look innocent: a chat template that writes BOS as text and is then
encoded with special tokens, and a prompt text that already starts with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mmeval.engines.engine import EngineOptions
from mmeval.errors import ConfigError
from mmeval.records import Prompt, Scalar

ANCHORS = ("\n", ":", "a")
"""Behind the first of these that stays a token of its own a text is no beginning."""


def token_ids(
    tokenizer: Any, prompt: Prompt, chat_args: Mapping[str, Scalar] | None = None
) -> list[int]:
    """The ids a model sees for a prompt, special tokens included, BOS at most once; `chat_args`
    are for its chat template.

    Raises ConfigError for a chat where the tokenizer has no chat template or where the
    template refuses the messages.
    """
    if prompt.text is not None:
        ids = tokenizer(prompt.text, add_special_tokens=True)["input_ids"]
        return opened_once(tokenizer, prompt.text, ids)
    # The template writes every special token itself, BOS included.
    text = _chat_text(tokenizer, prompt, chat_args or {})
    return _one_bos(tokenizer, tokenizer(text, add_special_tokens=False)["input_ids"])


def continued(tokenizer: Any, prompt: Prompt, text: str) -> tuple[list[int], list[int]]:
    """The ids of a prompt as it is asked, and of the text behind it; errors as `token_ids`."""
    before = prompt.text if prompt.text is not None else _chat_text(tokenizer, prompt, {})
    special, whole = prompt.text is not None, before + text
    ids = tokenizer([before, whole], add_special_tokens=special)["input_ids"]
    if special:
        ids = [opened_once(tokenizer, *each) for each in zip((before, whole), ids, strict=True)]
    asked, both = (_one_bos(tokenizer, each) for each in ids)
    return split_at_prompt(tokenizer, asked, both, text)


def split_at_prompt(
    tokenizer: Any, prompt: list[int], whole: list[int], text: str
) -> tuple[list[int], list[int]]:
    """The ids of the prompt and of the text behind it, where `whole` has both.

    The prompt's are what the model sees when it is asked, and stay: where a token of the
    whole runs across the boundary, the text is tokenised behind a character that no token
    joins to it, because a tokenizer may put a space before whatever begins.
    """
    if response := _behind(prompt, whole):
        return prompt, response
    for anchor in ANCHORS:
        before, both = tokenizer([anchor, anchor + text], add_special_tokens=False)["input_ids"]
        if before and (response := _behind(before, both)):
            return prompt, response
    return prompt, tokenizer(text, add_special_tokens=False)["input_ids"]


def _behind(before: list[int], both: list[int]) -> list[int]:
    """What follows the ids of a beginning; empty where they are not its beginning."""
    return both[len(before) :] if both[: len(before)] == before else []


def opened_once(tokenizer: Any, text: str, ids: list[int]) -> list[int]:
    """The ids that the tokenizer gave a text with special tokens: BOS at most once, and no
    end of text that the text does not have."""
    if _closed(tokenizer, text, ids):
        ids = ids[:-1]
    return _one_bos(tokenizer, ids)


def _one_bos(tokenizer: Any, ids: list[int]) -> list[int]:
    bos = tokenizer.bos_token_id
    while bos is not None and len(ids) > 1 and ids[0] == ids[1] == bos:
        ids = ids[1:]
    return ids


def template_variables(
    tokenizer: Any, options: EngineOptions
) -> tuple[dict[str, Scalar], tuple[str, ...]]:
    """The variables that the options set for the chat template, and a line for each that it does
    not have. Raises ConfigError for a budget of thoughts, which only a template can keep here."""
    given = dict(options.chat_args)
    if options.reasoning_effort is not None:
        given["reasoning_effort"] = options.reasoning_effort
    if options.thinking_budget is not None:
        given["thinking_budget"] = options.thinking_budget
    template = str(tokenizer.chat_template or "")
    ignored = [name for name in given if not re.search(rf"\b{re.escape(name)}\b", template)]
    if "thinking_budget" in ignored:
        raise ConfigError(
            "--thinking-budget: the model's chat template has no variable thinking_budget, and "
            "nothing else here could keep a thought to it"
        )
    return given, tuple(
        f"the model's chat template has no variable {name}: setting it changes nothing"
        for name in ignored
    )


def _chat_text(tokenizer: Any, prompt: Prompt, chat_args: Mapping[str, Scalar]) -> str:
    if not tokenizer.chat_template:
        raise ConfigError(
            "this prompt is a chat and the model's tokenizer has no chat template: "
            "take a text prompt (--prompt metamath or plain) or a chat model"
        )
    from jinja2 import TemplateError  # comes with transformers' chat templates

    messages = [{"role": m.role, "content": m.content} for m in prompt.messages]
    try:
        text: str = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, **chat_args
        )
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        roles = ", ".join(m.role for m in prompt.messages)
        why = " ".join(str(error).split())[:300]
        lacks = re.search(r"'(\w+)' is undefined", why)
        name = lacks[1] if lacks else "NAME"
        raise ConfigError(
            f"the model's chat template refuses the chat of {prompt.problem_id} with the roles "
            f"{roles}: {why}; a variable that it needs is given with --chat-arg {name}=VALUE"
        ) from error
    return text


def _closed(tokenizer: Any, text: str, ids: list[int]) -> bool:
    """Whether the tokenizer wrote an end of text that the prompt does not have.

    Some do, and a model that reads one believes itself done.
    """
    eos = tokenizer.eos_token_id
    return (
        eos is not None
        and len(ids) > 1  # a lone one is the BOS of tokenizers that use one token for both
        and ids[-1] == eos
        and not text.endswith(tokenizer.eos_token)
    )


def bos_state(tokenizer: Any, ids: list[int]) -> str:
    """What to write into the manifest: `added once` or `none`."""
    return "added once" if ids and ids[0] == tokenizer.bos_token_id else "none"
