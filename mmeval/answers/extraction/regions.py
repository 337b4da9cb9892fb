"""Which part of a generation may hold the answer: no code, no recited or invented turns.

Blanked parts keep their length, so a span found here is a span of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mmeval.answers.thoughts import find_thought

WINDOW = 60_000
"""Characters from the end that are read; answers are at the end."""

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
_USUAL = {kind: kind in _OUTPUTS for kind in _LANGUAGES | _OUTPUTS if kind.isalnum()}
"""What follows a usual fence on its line -> whether it is an output's."""
_TURN = re.compile(
    r"(?=[QPEIHUB<\[])"  # what a turn begins with, so that most positions fail at once
    r"(?:(?P<line>(?:Question|Problem|Exercise|Instruction|Q|Human|User|USER|Input)"
    r"\**[ \t]*(?:\d{1,4}[ \t]*)?(?P<mark>[:.]|\b)|Below is an instruction\b)"
    r"|<\|(?:im_start|im_end|endoftext|eot_id|user|end)\|>|</s>|<eos>|<end_of_turn>|\[INST\])"
)
_TURN_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Q", ("Question", "Q:", "Q.")),
    ("P", ("Problem",)),
    ("I", ("Instruction", "Input")),
    ("E", ("Exercise",)),
    ("H", ("Human",)),
    ("U", ("User", "USER")),
    ("B", ("Below is an",)),
    ("<", ("<|", "</s>", "<eos>", "<end_of_turn>")),
    ("[", ("[INST]",)),
)
"""What a turn begins with, by its first character: most texts hold few of those."""
_TEXT = re.compile(r"[^ \t\n#*]")
_BEFORE = re.compile(r"[ \t#*]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What the last program of a text printed."""

    text: str
    """All of it, without outer blanks; never empty."""
    start: int
    """Where its block begins."""
    end: int
    """Where its block ends: what stands behind it comes later than the program."""

    @property
    def last_line(self) -> str:
        """Where a program prints what it found."""
        return self.text.rpartition("\n")[2].strip()


def outside_code(text: str) -> tuple[str, Printed | None]:
    """The text with programs and their outputs blanked, and what the last output block holds.

    None where there is no output block or the last one is empty.
    """
    if "```" not in text and "<" not in text:
        return text, None
    tagged = "<" in text and _TAG.search(text) is not None
    pieces, inner = (None if tagged else _usual_blocks(text)) or _blocks(text, tagged)
    if inner is None or not (printed := text[inner[0] : inner[1]].strip()):
        return "".join(pieces), None
    return "".join(pieces), Printed(text=printed, start=inner[0], end=inner[1])


Blanked = tuple[list[str], tuple[int, int] | None]
"""(the pieces of the text, blocks blanked, ending with what follows the last of them;
where what the last output block holds begins and ends)."""


def _usual_blocks(text: str) -> Blanked | None:
    """The blocks of a text in which every fence opens or closes a usual one; else None.

    Most texts with programs are of that kind, and one split of them is all it takes.
    """
    pieces, printed = text.split("```"), None
    position = len(pieces[0])
    for at in range(1, len(pieces), 2):
        inner = pieces[at]
        line = inner.find("\n")
        kind = _USUAL.get(inner[:line]) if line >= 0 else None
        if kind is None:
            return None
        if kind:
            printed = (position + line + 4, position + len(inner) + 3)
        pieces[at] = " " * (len(inner) + 6)
        position += len(inner) + 6 + (len(pieces[at + 1]) if at + 1 < len(pieces) else 0)
    if len(pieces) % 2 == 0:  # the last is not closed
        pieces[-1:] = [pieces[-1][:-3], ""]
    return pieces, printed


def _blocks(text: str, tagged: bool) -> Blanked:
    """The same for any text, block by block."""
    printed: tuple[int, int] | None = None
    pieces: list[str] = []
    position = 0
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
            printed = (opened.end(), inner)
        pieces += (text[position : opened.start()], " " * (end - opened.start()))
        position = end
    return [*pieces, text[position:]], printed


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
    """Where the thinking of a reasoning model ends; 0 when it has none, or no end."""
    thought = find_thought(text)
    return thought.answer_at if thought.state == "closed" else 0


def first_turn(text: str, start: int, answered: re.Pattern[str]) -> int:
    """Where the model, having answered, begins to invent the next turn; else the end.

    A text that opens by reciting an example (a turn before any answer) is not cut: its
    own answer is the last one.
    """
    named = _TURN.finditer(text, start) if _may_turn(text) else ()
    turns = [turn for turn in named if turn["line"] is None or _opens_line(text, turn)]
    if not turns:
        return len(text)
    # each looked for once, not before every turn: there may be thousands
    text_begins, answer, digit = _TEXT.search(text, start), answered.search(text, start), None
    for turn in turns:
        at = turn.start()
        if text_begins is None or text_begins.start() >= at:
            return len(text)
        if answer is not None and answer.end() <= at:
            return at
        if turn["line"] is not None:
            return len(text)
        digit = _first_digit(text, start) if digit is None else digit
        if digit < at:
            return at  # a control token ends the model's turn, answered or not
    return len(text)


def _first_digit(text: str, start: int) -> int:
    """The position of the first digit of any script; the end when there is none."""
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
    """Whether a turn's name is at the start of its line, as a name with a colon or a
    heading with `#`."""
    before = text[text.rfind("\n", 0, turn.start()) + 1 : turn.start()]
    if _BEFORE.match(before) is None:
        return False
    return bool(turn["mark"] in (":", ".") or "#" in before or turn[0].startswith("Below"))
