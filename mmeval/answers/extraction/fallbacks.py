"""Answers that nothing announces: the whole text, bold, formulas, numbers, choice letters."""

from __future__ import annotations

import re

from mmeval.answers.checker import Extraction
from mmeval.answers.extraction.spans import FORMULA, Found, Span, trimmed
from mmeval.answers.extraction.statements import PROSE, is_answer, last_piece

_BARE_WORDS = re.compile(r"[A-Za-z' ]*\Z")
_HEADING = re.compile(r"\s*(?:\d+[.)]|Step|Case|Part)\s+\w")
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_CHOICE = re.compile(r"(?<![\w'’])\(?([A-J])\)?(?=[\s.,):;!]|$)")
_RULES_OUT = re.compile(r"(?:not|isn't|can't be|rule out|eliminate)\s+(?:\w+\s+)?\(?$")
_EQUALS = re.compile(r"(?<![<>!\\])(?:=|\\approx|≈)\s*(?=[^=]*\Z)")


def whole_text(text: str, start: int, end: int) -> Found | None:
    """The text itself, when it is an answer and nothing else."""
    span = trimmed(text, start, end)
    value = text[span[0] : span[1]]
    if not value or len(value) > 300 or len(PROSE.findall(value)) > 6 + value.count("\\"):
        return None
    if re.match(r"[A-Za-z]{2,}", value) and FORMULA.search(value):
        return None  # a sentence around a formula
    if value.count(" ") > 2 and _BARE_WORDS.match(value):
        return None  # a sentence, not an answer
    if not is_answer(value) or ("\n" in value and PROSE.search(FORMULA.sub("", value))):
        return None
    return start, Extraction(value=value, span=span, rule="whole text")


def bold(text: str, start: int, end: int) -> Found | None:
    """The last bold piece of the last lines, when it holds a number or a formula."""
    pieces = list(_BOLD.finditer(text, max(start, end - 400), end))
    if not pieces:
        return None
    last = pieces[-1]
    if not re.search(r"[\d\\]", last[1]) or _HEADING.match(last[1]):
        return None
    span: Span | None = trimmed(text, *last.span(1))
    if span and len(PROSE.findall(last[1])) > 3:
        span = last_piece(text, *span)
    if span is None or span[0] >= span[1]:
        return None
    return last.start(), Extraction(value=text[span[0] : span[1]], span=span, rule="bold")


def last_formula_or_number(text: str, start: int, end: int) -> Found | None:
    """The last formula or number; of an equation, what its last equals sign gives."""
    begin = max(start, end - 3000)
    span = last_piece(text, begin, end)
    if span is None:
        return None
    piece = text[span[0] : span[1]]
    equals = _EQUALS.search(_groups_blanked(piece))
    if equals is not None and len(piece) > equals.end():
        span = trimmed(text, span[0] + equals.end(), span[1])
        while span[1] > span[0] and text[span[1] - 1] in "$)]\\" and piece[0] in "$\\":
            span = (span[0], span[1] - 1)
        span = trimmed(text, *span)
    value = text[span[0] : span[1]]
    if not value:
        return None
    rule = "last formula" if FORMULA.match(piece) else "last number"
    return span[0], Extraction(value=value, span=span, rule=rule)


def _groups_blanked(piece: str) -> str:
    """The piece with groups blanked, so that an `=` inside braces is no candidate."""
    return re.sub(r"\{[^{}]*\}", lambda m: "{" + "_" * (len(m.group()) - 2) + "}", piece)


def choice_letter(text: str, start: int, end: int) -> Found | None:
    """A choice letter: the leading one, else the last that is not ruled out."""
    begin, _ = trimmed(text, start, end)
    leading = re.match(r"\(?([A-J])(?:\)|[.:](?=\s|$)|(?=\s+[A-Z]))", text[begin:end])
    if leading is not None:
        span = (begin + leading.start(1), begin + leading.end(1))
        return begin, Extraction(value=leading[1], span=span, rule="choice letter")
    last = None
    for match in _CHOICE.finditer(text, max(start, end - 1000), end):
        if match[1] == "A" and re.match(r"\s+[a-z]", text[match.end() : match.end() + 3]):
            continue  # the article
        if match[1] == "I" or _RULES_OUT.search(
            text, max(start, match.start() - 30), match.start()
        ):
            continue
        last = match
    if last is None:
        return None
    return last.start(), Extraction(value=last[1], span=last.span(1), rule="choice letter")
