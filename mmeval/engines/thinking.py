"""Thoughts where mmeval has the tokenizer: the prompt's end is known, and tokens can be counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mmeval.answers.thoughts import MARKS, OpensThought, opens_thought, told
from mmeval.records import Generation, Prompt

END = 16
"""Tokens of a prompt's end that are looked at: the longest opening mark is shorter."""
_RESERVED = "<unused"
"""How Gemma names tokens without a use: that one is there says nothing."""


def opened(opens: OpensThought, prompt: Prompt) -> bool | None:
    """Whether a prompt that a server gets opens the thought; None where its template may."""
    if opens != "auto":
        return opens == "yes"
    return None if prompt.text is None else opens_thought(prompt.text)


def with_thought(
    tokenizer: Any, opens: OpensThought, prompt: Sequence[int], generation: Generation
) -> Generation:
    """The generation with its thought told, by the ids of its prompt and its text."""
    begun = opens == "yes"
    if opens == "auto":
        begun = opens_thought(tokenizer.decode(list(prompt[-END:])))
    found = told(generation, begun)
    if found.thought_state != "closed" or not found.thought:
        return found
    ids = tokenizer(found.thought, add_special_tokens=False)["input_ids"]
    return replace(found, thought_tokens=min(len(ids), found.tokens or len(ids)))


def shows_special(tokenizer: Any) -> bool:
    """Whether special tokens must stay in the text, because one of them ends a thought."""
    added = getattr(tokenizer, "added_tokens_decoder", {}).values()
    names = [str(each) for each in added if each.special and not str(each).startswith(_RESERVED)]
    return any(name in mark for name in names for marks in MARKS for mark in marks)
