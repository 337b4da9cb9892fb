"""Pieces of a text: boxes, formulas, sentences, numbers, each as [start, end)."""

from __future__ import annotations

import re

from mmeval.answers.normalise import closing_brace
from mmeval.declare import Extraction

Span = tuple[int, int]
Found = tuple[int, Extraction]
"""(where the statement begins, the answer)."""

# Each alternative begins with a literal character and looks behind it after that: only then
# does the search skip to the next `$` or backslash instead of trying every position. Each has a
# longest length, and no run of blanks beside another: unclosed ones would be quadratic.
FORMULA = re.compile(
    r"\$\$(.{1,2000}?)\$\$|\\\[(.{1,2000}?)\\\]|\\\((.{1,2000}?)\\\)"
    r"|\$(?<![\\$]\$)(?=[^\s$])((?:[^$\\\n]|\\.){0,2000}?)(?<=[^\s])\$(?!\d)"
    r"|\$(?<![\\$]\$)[^\S\n]{0,80}\n([^$]{1,500}?)\n[^\S\n]{0,80}\$"
    r"|\$(?<![\\$]\$)(?=[\\({\[a-zA-Z-])((?:[^$\\\n]|\\.){0,400}?) \$(?![\d$])"
    r"|\$(?<![\\$]\$) +(?=[\\({\[-])((?:[^$\\\n]|\\.){0,400}?)\$(?![\d$])"
    r"|\$(?<![\\$]\$) ((?:[^$\\\n]|\\.){0,2000}?) \$(?!\d)",
    re.DOTALL,
)
_UNIT_AHEAD = r"(?=(?:mm?|cm|km|k?g|lbs?|ft|in|mph|hrs?|min|s|h)?[²³]?(?!\w))"
NUMBER = re.compile(
    r"(?=[-−–\\$€£.\d])(?:"  # what a number begins with, so that most positions fail at once
    r"(?<![\w.,/^])(?:[-−–]\s?)?(?:\\?[$€£]\s?)?(?:[-−](?=\d))?"
    r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:,\d+)+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?"
    r"(?:\s?/\s?\d+(?!\d|\.\d))?(?: \d+/\d+)?(?:\s?\\?%)?"
    + _UNIT_AHEAD
    + r"|(?<![\w.,/^])(?:[-−]\s?)?(?:[$€£]\s?)?\.\d+"
    + _UNIT_AHEAD
    + ")"
)
_END = re.compile(r"[.!?](?=\s+[A-Z\"*(\[<$\\]|\s*$|\*\*|</)|\n|。|<\|", re.MULTILINE)
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*(\{?)")
_BETWEEN = re.compile(
    r"(?:\s|[$,;.]|\\[()\[\]]|\\q?quad|\\[,;! ]|\\text\s*\{|\}|&|\\\\)*"
    r"(?:and|or)?(?:\s|[$,;.]|\\[()\[\]]|\\q?quad|\\[,;! ]|\\text\s*\{|\}|&|\\\\)*"
    r"(?:[a-zA-Z](?:_\{?\w\}?)?\s*=\s*)?"
)
_DECORATION = " \t*_`\"':"
_BEFORE_ANSWER = re.compile(rf"[{_DECORATION}\n\r]*")


def boxes(text: str, start: int, end: int) -> list[tuple[Span, Span]]:
    """(whole, content) of the outermost boxes, in order; an unclosed one ends its line."""
    found: list[tuple[Span, Span]] = []
    position = start
    while (match := _BOX.search(text, position, end)) is not None:
        inner = match.end()
        if match[1]:
            close = closing_brace(text, inner)
            if 0 <= close < end:
                found.append(((match.start(), close + 1), (inner, close)))
                position = close + 1
                continue
        stop = line_end(text, inner, end)
        dollar = text.find("$", inner, stop)
        stop = dollar if dollar >= 0 else stop
        found.append(((match.start(), stop), (inner, stop)))
        position = max(stop, inner)
    return found


def last_boxes(text: str, start: int, end: int) -> list[tuple[Span, Span]]:
    """The last box and those that a list joins to it (`\\boxed{1} and \\boxed{2}`)."""
    first = text.rfind("\\boxed", start, end)
    for other in ("\\fbox", "\\framebox"):
        first = max(first, text.rfind(other, max(start, first), end))
    if first < 0:
        return []
    found = boxes(text, max(start, first - 400), end)
    group = found[-1:]
    for each in reversed(found[:-1]):
        between = text[each[0][1] : group[0][0][0]]
        if len(between) > 40 or not _BETWEEN.fullmatch(between):
            break
        group.insert(0, each)
    return group


def line_end(text: str, start: int, end: int) -> int:
    """Where the line of `start` ends."""
    newline = text.find("\n", start, end)
    return end if newline < 0 else newline


def sentence_end(text: str, start: int, end: int) -> int:
    """Where the sentence ends: a full stop outside formulas and braces, or the line."""
    position, formula, formulas_left = start, None, True
    match = _END.search(text, start, end)
    while match is not None:
        stop = match.start()
        passed = formula is None or formula.start() < position
        # not again before it is passed: a formula behind many braces would be quadratic
        if passed and formulas_left and _may_open(text, position, stop):
            formula = FORMULA.search(text, position, end)
            formulas_left = formula is not None
        opened = text.find("{", position, stop + 1)
        if formula is not None and position <= formula.start() < stop < formula.end():
            position = formula.end()
        elif 0 <= opened < stop:
            close = closing_brace(text, opened + 1)
            if close < 0:
                return stop
            position = close + 1
        else:
            return stop
        if stop < position:
            match = _END.search(text, position, end)
    return end


def _may_open(text: str, start: int, end: int) -> bool:
    """Whether a sign stands there with which a formula begins."""
    return text.find("$", start, end) >= 0 or text.find("\\", start, end) >= 0


def trimmed(text: str, start: int, end: int) -> Span:
    """The span without blanks, bold marks, quotes and a final full stop."""
    if (before := _BEFORE_ANSWER.match(text, start, end)) is not None:  # None when start > end
        start = before.end()
    if start < end:  # at once, for a program blanked at the end is long
        end = start + len(text[start:end].rstrip(" \t\n\r"))
    while start < end and text[end - 1] in _DECORATION + "\n\r.,;":
        if text[end - 1] in "`'" and text[end - 2 : end - 1].isalnum() and text[end - 1] == "'":
            break  # f' keeps its prime
        end -= 1
    return start, end
