"""The few-shot prompts: our own examples, in the layout of the paper's prompt files.

Byte for byte the `.txt` files in `prompts/`, each eight worked examples and then the
place for the question: `answer`, `rephrase`, `rewrite`, `verify` and `fobar`, for word
problems (`gsm`) and for competition mathematics (`math`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mmeval.augmenting.masks.mask import Style
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.records import Message, Prompt

SYSTEM = "Follow the given examples and answer the question."
"""The system message of the paper's generator."""
STOP = ("\nQuestion:", "\n\nQuestion")
"""What begins another example, for a model that does not stop after its answer."""
LINE_STOP = ("\n",)
"""A rewritten question or statement is one line."""
_FOLDER = Path(__file__).with_name("prompts")


def few_shot(name: str, style: Style, chat: bool = False) -> PromptTemplate:
    """The prompt of a step. `chat`: as a user's turn, for a chat model or server."""
    file = _FOLDER / f"{name}_{style.lower()}.txt"
    text = file.read_bytes().decode()  # read_text would turn \r\n into \n in silence
    one_line = name in ("rephrase", "rewrite")
    return PromptTemplate(
        name=file.name,
        title=f"eight examples: {name}, {style}",
        text=text,
        kind="chat" if chat else "text",
        stop=() if chat else LINE_STOP if one_line else STOP,
        source="Yu et al. 2023, the layout of its prompt files; the text is mmeval's own",
    )


def with_system(prompt: Prompt) -> Prompt:
    """A chat prompt with the paper's system message; a text as it is."""
    if not prompt.messages:
        return prompt
    return replace(prompt, messages=(Message(role="system", content=SYSTEM), *prompt.messages))
