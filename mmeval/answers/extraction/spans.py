"""Pieces of a text: boxes, formulas, sentences, numbers, each as [start, end)."""

from __future__ import annotations

import re

from mmeval.answers.checker import Extraction
from mmeval.answers.grammar.normalise import closing_brace

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
OTHER_LETTER = (
    r"[^\W\d_a-zA-Zα-ωΑ-Ω²³¹¼½¾\u02b0-\u02ff\u1d00-\u1dbf\u2070-\u209c\u2150-\u218f"
    r"\U0001d400-\U0001d7ff]"
)
"""A letter of a script without blanks between words, or of one that is not written in formulas:
no superscript, subscript, fraction or styled letter, which are parts of a number or formula."""
_UNIT_AHEAD = (
    r"(?=(?:mm?|cm|km|k?g|lbs?|ft|in|mph|hrs?|min|s|h|USD|EUR|GBP|am|pm|AM|PM)?[²³]?"
    rf"(?:(?!\w)|{OTHER_LETTER}))"
)
_NOT_BEHIND = r"(?<![a-zA-Zα-ωΑ-Ω\d_.,/^²³√])"
NUMBER = re.compile(
    r"(?=[-−–\\$€£.\d])(?:"  # what a number begins with, so that most positions fail at once
    + _NOT_BEHIND
    + r"(?:[-−–]\s?)?(?:\\?[$€£]\s?)?(?:[-−](?=\d))?"
    r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:,\d+)+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?"
    r"(?:\s?/\s?\d+(?!\d|\.\d))?(?: \d+/\d+)?(?:\s?\\?%)?"
    + _UNIT_AHEAD
    + r"|"
    + _NOT_BEHIND
    + r"(?:[-−]\s?)?(?:[$€£]\s?)?\.\d+"
    + _UNIT_AHEAD
    + ")"
)
_END = re.compile(
    r"[.?](?=\s+[A-Z\"*(\[<$\\]|\s*$|\*\*|</)|!(?=\s+[A-Z\"*<]|\s*$|\*\*|</)|\n|[。！？]|<\||<eo[a-z]>",
    re.MULTILINE,
)
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
    pairs: list[tuple[Span, Span]] = []
    position = start
    while (match := _BOX.search(text, position, end)) is not None:
        pairs.append(_box(text, match, end))
        position = max(pairs[-1][0][1], match.end())
    return pairs


def _box(text: str, match: re.Match[str], end: int) -> tuple[Span, Span]:
    start, inner = match.span()
    if match[1]:
        close = closing_brace(text, inner)
        if 0 <= close < end:
            return (start, close + 1), (inner, close)
    stop = line_end(text, inner, end)
    dollar = text.find("$", inner, stop)
    stop = dollar if dollar >= 0 else stop
    return (start, stop), (inner, stop)


def last_boxes(text: str, start: int, end: int) -> list[tuple[Span, Span]]:
    """The last box and those that a list joins to it (`\\boxed{1} and \\boxed{2}`)."""
    if "\\" not in text:  # of one sign the search is quick
        return []
    first = text.rfind("\\boxed", start, end)
    for other in ("\\fbox", "\\framebox"):
        if other in text:  # a search forwards is the faster one
            first = max(first, text.rfind(other, max(start, first), end))
    if first < 0:
        return []
    before = max(start, first - 400)
    if text.find("\\boxed", before, first) < 0 and text.find("\\f", before, first) < 0:
        match = _BOX.match(text, first, end)  # the only one, as most are
        return [] if match is None else [_box(text, match, end)]
    near = boxes(text, before, end)
    group = near[-1:]
    for each in reversed(near[:-1]):
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
    match = _END.search(text, start, end)
    if match is None:
        return end
    piece = text[start : match.start()]
    if "{" not in piece and "$" not in piece and "\\" not in piece:
        return match.start()
    position, formula, formulas_left = start, None, True
    while match is not None:
        stop = match.start()
        # not again before it is passed: a formula behind many braces would be quadratic
        if formulas_left and (formula is None or formula.start() < position):
            formula = FORMULA.search(text, position, end)
            formulas_left = formula is not None
        opened = text.find("{", position, stop)
        if formula is not None and position <= formula.start() < stop < formula.end():
            position = formula.end()
        elif opened >= 0:
            close = closing_brace(text, opened + 1)
            if close < 0:
                return stop
            position = close + 1
        else:
            return stop
        if stop < position:
            match = _END.search(text, position, end)
    return end


def trimmed(text: str, start: int, end: int) -> Span:
    """The span without blanks, bold marks, quotes and a final full stop."""
    if (before := _BEFORE_ANSWER.match(text, start, end)) is not None:  # None when start > end
        start = before.end()
    quoted = text[start - 1 : start] == "'"
    if start < end:  # at once, for a program blanked at the end is long
        end = start + len(text[start:end].rstrip(" \t\n\r"))
    while start < end and text[end - 1] in _DECORATION + "\n\r.,;":
        if text[end - 1] in "`'" and text[end - 2 : end - 1].isalnum() and text[end - 1] == "'":
            if quoted and text[end - 2].isdigit():
                end -= 1
            break  # f' keeps its prime
        end -= 1
    return start, end
