"""Which part of a generation may hold the answer: no code, no recited or invented turns.

Blanked parts keep their length, so a span found here is a span of the text.
"""

from __future__ import annotations

import re

WINDOW = 60_000
"""Characters from the end that are read; answers stand at the end."""

_BLOCK = re.compile(
    r"```[ \t]*(python3?|py|sympy|pycon|cpp|c\+\+|java|javascript|js|bash|sh|sql|output|text output)"
    r"\b[^\n]*\n(.*?)(?:```|\Z)"
    r"|<(llm-code|code|llm-code-output|output|execution)>(.*?)(?:</\3>|\Z)"
    r"|<\|(code|execution)\|>(.*?)(?:<\|endofblock\|>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_OUTPUTS = frozenset({"output", "text output", "llm-code-output", "execution"})
_TURN = re.compile(
    r"^[ \t]*(?:#{1,4}[ \t]*)?\**(?:Question|Problem|Exercise|Instruction|Q|Human|User|USER|Input)"
    r"\**[ \t]*\d*[ \t]*[:.]"
    r"|^#{1,4}[ \t]*(?:Instruction|Problem|Question|Exercise)\b"
    r"|<\|(?:im_start|im_end|endoftext|eot_id|user|end)\|>|</s>|\[INST\]"
    r"|^Below is an instruction\b",
    re.MULTILINE,
)
_THOUGHT = ("</think>", "</thinking>", "<|channel|>final<|message|>", "</reasoning>")


def outside_code(text: str) -> tuple[str, str | None]:
    """The text with programs and their outputs blanked, and the last output's last line."""
    if "```" not in text and "<" not in text:
        return text, None
    output: str | None = None
    pieces: list[str] = []
    position = 0
    for block in _BLOCK.finditer(text):
        kind = (block[1] or block[3] or block[5]).lower()
        body = block[2] or block[4] or block[6] or ""
        if kind in _OUTPUTS and body.strip():
            output = body.strip().rpartition("\n")[2].strip()
        pieces += (text[position : block.start()], " " * (block.end() - block.start()))
        position = block.end()
    return "".join((*pieces, text[position:])), output


def after_thought(text: str) -> int:
    """Where the thinking of a reasoning model ends; 0 when it has none."""
    if "<" not in text:
        return 0
    return max(text.rfind(mark) + len(mark) if mark in text else 0 for mark in _THOUGHT)


def first_turn(text: str, start: int, answered: re.Pattern[str]) -> int:
    """Where the model, having answered, begins to invent the next turn; else the end.

    A text that opens by reciting an example (a turn before any answer) is not cut: its
    own answer is the last one.
    """
    if ":" not in text and "<" not in text and "#" not in text and "[" not in text:
        return len(text)
    for turn in _TURN.finditer(text, start):
        if not text[start : turn.start()].strip():
            return len(text) if not turn.group().startswith(("<", "[")) else len(text)
        if answered.search(text, start, turn.start()):
            return turn.start()
        if not turn.group().startswith(("<", "[")):
            return len(text)
        if re.search(r"\d", text[start : turn.start()]):
            return turn.start()  # a control token ends the model's turn, answered or not
    return len(text)
