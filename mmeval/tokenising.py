"""Prompt -> token ids, with the tokenizer's BOS once or not at all.

Why a module: a doubled BOS costs points in silence (6 on MMLU in one report), and the
two ways to double it look innocent: a chat template that writes BOS as text and is then
encoded with special tokens, and a prompt text that already starts with it.
"""

from __future__ import annotations

from typing import Any

from mmeval.records import Prompt


def token_ids(tokenizer: Any, prompt: Prompt) -> list[int]:
    """The ids a model sees for a prompt, special tokens included, BOS at most once."""
    bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
    if prompt.text is None:
        text = tokenizer.apply_chat_template(
            [{"role": m.role, "content": m.content} for m in prompt.messages],
            tokenize=False,
            add_generation_prompt=True,
        )
        # The template writes every special token itself, BOS included.
        ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    else:
        ids = tokenizer(prompt.text, add_special_tokens=True)["input_ids"]
        if (
            eos is not None
            and ids
            and ids[-1] == eos
            and not prompt.text.endswith(tokenizer.eos_token)
        ):
            ids = ids[:-1]  # some tokenizers close the text, and the model would be done
    if bos is not None and len(ids) > 1 and ids[0] == ids[1] == bos:
        ids = ids[1:]
    return ids


def bos_state(tokenizer: Any, ids: list[int]) -> str:
    """What to write into the manifest: `added once` or `none`."""
    return "added once" if ids and ids[0] == tokenizer.bos_token_id else "none"
