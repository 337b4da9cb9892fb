"""What a server's message says: its text and its thought, under whichever names it has them.

vLLM and SGLang call the thought `reasoning` (before 2026 `reasoning_content`), as do DeepSeek,
llama.cpp and OpenRouter; Ollama `thinking`; Mistral and Anthropic have parts in a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

THOUGHTS = ("reasoning", "reasoning_content", "thinking", "reasoning_details")
"""Fields of a message that may hold its thought; the first that holds something does."""
_DEEP = 8
"""How far parts may lie within parts."""


def said(message: Mapping[str, Any], field: str = "content") -> tuple[str, str | None]:
    """(text, thought) of a message, or of a completion with its text in `field`; no thought is
    None. Raises ValueError where the text is neither text nor a list of parts."""
    content = message.get(field)
    if not isinstance(content, str | list | None):
        raise ValueError(f"the answer's text is {type(content).__name__}, not a string")
    text, within = _parts(content)
    if not text and isinstance(message.get("refusal"), str):
        text = message["refusal"]
    told = (_text(message.get(name)) for name in THOUGHTS)
    thought = within or next((each for each in told if each), "")
    return text, thought or None


def _parts(content: Any) -> tuple[str, str]:
    """(text, thought) of a content: a text, or parts of which some are thoughts."""
    if not isinstance(content, list):
        return content or "", ""
    text: list[str] = []
    thought: list[str] = []
    for part in content:
        kind = str(part.get("type")) if isinstance(part, Mapping) else ""
        thinks = kind.startswith(("thinking", "reasoning", "redacted"))
        (thought if thinks else text).append(_text(part))
    return "".join(text), "".join(thought)


def _text(value: Any, depth: int = 0) -> str:
    """The text in a value: itself, or that of its parts, one behind the other."""
    if isinstance(value, str):
        return value
    if depth > _DEEP:
        return ""
    if isinstance(value, list):
        return "".join(_text(each, depth + 1) for each in value)
    if isinstance(value, Mapping):
        names = ("text", "thinking", "reasoning", "summary", "refusal", "content")
        found = (_text(value.get(name), depth + 1) for name in names)
        return next((each for each in found if each), "")
    return ""
