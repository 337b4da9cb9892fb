"""Which part of a generation may hold the answer: no code, no recited or invented turns.

Blanked parts keep their length, so a span found here is a span of the text.
"""

from __future__ import annotations

import re

WINDOW = 60_000
"""Characters from the end that are read; answers stand at the end."""

_FENCE = re.compile(
    r"```[ \t]*([a-zA-Z+]{1,12}3?)\b[^\n]*\n"
    r"|<(llm-code-output|llm-code|code|output|execution)>|<\|(code|execution)\|>"
)
_TAG = re.compile(r"<(?:llm-code|code|output|execution|\|code|\|execution)")
_LANGUAGES = frozenset(
    {"python", "python3", "py", "sympy", "pycon", "cpp", "c", "java", "javascript", "js", "bash"}
    | {"sh", "sql", "output", "text"}
)
_OUTPUTS = frozenset({"output", "text", "llm-code-output", "execution"})
_TURN = re.compile(
    r"(?=[QPEIHUB<\[])"  # what a turn begins with, so that most positions fail at once
    r"(?:(?P<line>(?:Question|Problem|Exercise|Instruction|Q|Human|User|USER|Input)"
    r"\**[ \t]*(?:\d{1,4}[ \t]*)?(?P<mark>[:.]|\b)|Below is an instruction\b)"
    r"|<\|(?:im_start|im_end|endoftext|eot_id|user|end)\|>|</s>|\[INST\])"
)
_TURN_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Q", ("Question", "Q:", "Q.")),
    ("P", ("Problem",)),
    ("I", ("Instruction", "Input")),
    ("E", ("Exercise",)),
    ("H", ("Human",)),
    ("U", ("User", "USER")),
    ("B", ("Below is an",)),
    ("<", ("<|", "</s>")),
    ("[", ("[INST]",)),
)
"""What a turn begins with, by its first character: most texts hold few of those."""
_SAID = re.compile(r"[^ \t\n#*]")
_BEFORE = re.compile(r"[ \t#*]*\Z")
_THOUGHT = ("</think>", "</thinking>", "<|channel|>final<|message|>", "</reasoning>")


def outside_code(text: str) -> tuple[str, str | None, bool]:
    """The text with programs and their outputs blanked, the last output's last line, and
    whether nothing stands behind that output."""
    if "```" not in text and "<" not in text:
        return text, None, False
    printed: tuple[int, int] | None = None
    pieces: list[str] = []
    position = 0
    tagged = "<" in text and _TAG.search(text) is not None
    while (opened := _next_block(text, position, tagged)) is not None:
        kind, closing = _block(opened)
        if kind not in _LANGUAGES and kind not in _OUTPUTS and opened[1]:
            pieces.append(text[position : opened.end()])
            position = opened.end()
            continue
        stop = text.find(closing, opened.end())
        inner = len(text) if stop < 0 else stop
        end = len(text) if stop < 0 else stop + len(closing)
        if kind in _OUTPUTS:
            printed = opened.end(), inner
        pieces += (text[position : opened.start()], " " * (end - opened.start()))
        position = end
    rest = text[position:]
    output = text[slice(*printed)].strip().rpartition("\n")[2].strip() or None if printed else None
    return "".join((*pieces, rest)), output, output is not None and not rest.strip()


def _next_block(text: str, position: int, tagged: bool) -> re.Match[str] | None:
    """Where the next block begins; without tags a plain search finds its fence."""
    if tagged:
        return _FENCE.search(text, position)
    while (position := text.find("```", position)) >= 0:
        opened = _FENCE.match(text, position)
        if opened is not None:
            return opened
        position += 3
    return None


def _block(opened: re.Match[str]) -> tuple[str, str]:
    """(language or kind, what closes it) of a block that begins."""
    if opened[1]:
        return opened[1].lower(), "```"
    if opened[2]:
        return opened[2], f"</{opened[2]}>"
    return opened[3], "<|endofblock|>"


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
    turns = (each for each in _TURN.finditer(text, start) if _is_turn(text, each))
    first = next(turns, None) if _may_turn(text) else None
    if first is None:
        return len(text)
    # each looked for once, not before every turn: there may be thousands
    said, answer, digit = _SAID.search(text, start), answered.search(text, start), None
    for turn in (first, *turns):
        at = turn.start()
        if said is None or said.start() >= at:
            return len(text)
        if answer is not None and answer.end() <= at:
            return at
        if turn["line"] is not None:
            return len(text)
        digit = _first_digit(text, start) if digit is None else digit
        if digit < at:
            return at  # a control token ends the model's turn, answered or not
    return len(text)


def _is_turn(text: str, found: re.Match[str]) -> bool:
    """Whether it is a control token, or a name that opens its line."""
    return found["line"] is None or _opens_line(text, found)


def _first_digit(text: str, start: int) -> int:
    """Where the first digit of any script stands; the end when there is none."""
    return next((at for at in range(start, len(text)) if text[at].isdigit()), len(text))


def _may_turn(text: str) -> bool:
    """Whether a word or sign of a turn occurs at all; a plain search, for it is asked of
    every text, and the search for one character is the fastest there is."""
    for initial, words in _TURN_WORDS:
        if initial in text:
            for word in words:
                if word in text:
                    return True
    return False


def _opens_line(text: str, turn: re.Match[str]) -> bool:
    """Whether a turn's name stands at the start of its line, as a name with a colon or a
    heading with `#`."""
    before = text[text.rfind("\n", 0, turn.start()) + 1 : turn.start()]
    if _BEFORE.match(before) is None:
        return False
    return bool(turn["mark"] in (":", ".") or "#" in before or turn[0].startswith("Below"))
