"""Where a model thinks in its text: the marks of all model families, in one list.

A chat template often opens the thought in the prompt, so that the text has the closing mark
alone, or no mark at all where the tokens ran out: then only the prompt's end, or the other
texts of the same model, can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from mmeval.records import Generation, ThoughtState

MARKS: tuple[tuple[str, str], ...] = (
    ("<think>", "</think>"),  # DeepSeek, Qwen, GLM, Phi, SmolLM3 and most others
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),  # EXAONE Deep
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),  # Magistral
    ("◁think▷", "◁/think▷"),  # Kimi
    ("<|begin_of_thought|>", "<|end_of_thought|>"),  # SkyThought, OpenThoughts
    ("<|think|>", "<|/think|>"),
    ("<seed:think>", "</seed:think>"),  # Seed-OSS
    ("<longcat_think>", "</longcat_think>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Command A
    ("<|inner_prefix|>", "<|inner_suffix|>"),  # Apertus
    ("<unused94>thought", "<unused95>"),  # MedGemma
    ("<|channel>thought", "<channel|>"),  # Gemma 4
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),  # gpt-oss
    ("assistantanalysis", "assistantfinal"),  # gpt-oss, its special tokens stripped
)
"""(what opens a thought, what closes it); the answer follows the last one that closes."""
_SIGNS = ("<", "assistant", "THINK]", "think▷")
"""One of these is in every mark, and none of them in most texts."""
_HARMONY_ENDS = re.compile(r"(?:<\|end\|>)?(?:<\|start\|>assistant)?\Z")
"""What gpt-oss writes between the end of its thought and the mark of its answer."""
_BARE = re.compile(r"\s*analysis")
_BARE_OPENED = re.compile(r"\s*analysis(?![a-z\s:.,;!?'’)-])")
"""gpt-oss with its special tokens stripped: `analysisWe need ... assistantfinalThe answer`; where
the answer is missing, words that run together tell it from prose that begins so."""
OPENED_SHARE = 0.1
"""From this share of a model's texts on that close a thought which none of their words opened,
its prompts open it, and texts without a mark are thoughts that were cut. A text that does not
think closes none but by accident; the lowest share in real files is 58 %."""

OpensThought = Literal["auto", "yes", "no"]
"""Whether every text begins in a thought; `auto`: as prompt and other texts tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """How a text is divided."""

    state: ThoughtState
    span: tuple[int, int] | None = None
    """[start, end) of the thought without its marks; None where there is none."""
    answer_at: int = 0
    """Where the answer begins; the text's length where the thought is open."""


def find_thought(text: str, opened: bool = False) -> Thought:
    """The thought in a text, which begins within it where the prompt `opened` it."""
    bare = _BARE_OPENED.match(text)
    if bare is None and not _signed(text):
        if not opened:
            return _NONE
        return Thought(state="open", span=(0, len(text)), answer_at=len(text))
    close, end = max(((text.rfind(mark), mark) for _, mark in MARKS), key=_ends)
    answer_at = close + len(end) if close >= 0 else 0
    begin, last = _openings(text)
    if end == MARKS[-1][1] and close >= 0:
        bare = _BARE.match(text)
    if bare is not None:
        begin = bare.end()
    unclosed = not answer_at and (bare is not None or opened)
    if unclosed or (last is not None and last > answer_at):
        return Thought(state="open", span=(begin, len(text)), answer_at=len(text))
    if not answer_at:
        return Thought(state="none")
    before = _HARMONY_ENDS.search(text, 0, close)
    stop = before.start() if before is not None else close
    return Thought(state="closed", span=(min(begin, stop), stop), answer_at=answer_at)


_NONE = Thought(state="none")


def _signed(text: str) -> bool:
    """Whether a mark may be in a text; in most there is none, and a loop in C asks of each."""
    return any(map(text.__contains__, _SIGNS))


def _ends(found: tuple[int, str]) -> int:
    place, mark = found
    return place + len(mark) if place >= 0 else -1


def _openings(text: str) -> tuple[int, int | None]:
    """(where the first thought begins, behind the mark that opens it, else 0; behind the last
    mark that opens one, None without)."""
    found = [(mark, place) for mark, _ in MARKS if (place := text.find(mark)) >= 0]
    if not found:
        return 0, None
    mark, place = min(found, key=lambda each: each[1])
    begin = 0 if text[:place].strip() else place + len(mark)
    return begin, max(text.rfind(each) + len(each) for each, _ in found)


def opens_thought(prompt: str) -> bool:
    """Whether a prompt, or its end, leaves the model within a thought."""
    end = prompt[-200:].rstrip()
    return any(end.endswith(mark) for mark, _ in MARKS)


def closes_unopened(text: str) -> bool:
    """Whether a text closes a thought that it did not open."""
    if find_thought(text).state != "closed" or _BARE.match(text):
        return False
    return _openings(text)[1] is None


def prompts_open(texts: Iterable[str]) -> bool:
    """Whether the prompts behind these texts of one model opened its thought, by their marks."""
    told = [closes_unopened(text) for text in texts]
    return bool(told) and sum(told) >= OPENED_SHARE * len(told)


def state_beside(text: str | None, thought: str | None) -> ThoughtState | None:
    """The state of a thought that its maker told apart from the text; None without one."""
    if not thought:
        return None
    return "closed" if text and text.strip() else "open"


def told(generation: Generation, opened: bool | None) -> Generation:
    """The generation with its thought found in its text, unless its maker told it apart.

    `opened`: whether the prompt opened it; None: not known, so that a text without any mark
    keeps the state None, which the other answers of its run decide.
    """
    if generation.thought is not None or generation.thought_state is not None:
        return generation
    found = find_thought(generation.text, bool(opened))
    if generation.finish == "error":
        return replace(generation, thought_state="none")
    if opened is None and found.state == "none":
        return generation
    return replace(
        generation,
        thought_state=found.state,
        thought_span=found.span,
        answer_at=found.answer_at,
        thought_tokens=generation.tokens if found.state == "open" else generation.thought_tokens,
    )
