"""Formulas of a sentence without dollars around them: `3√2 cm`, `x^2 + 3x + 2`, `[2, 5)`."""

from __future__ import annotations

import re

from mmeval.answers.extraction.spans import Span

_NAMES = r"(?:sqrt|cbrt|sin|cos|tan|log|ln|exp|pi|abs)"
_ATOM = (
    rf"(?:\\[a-zA-Z]+|(?<![a-zA-Z])(?:{_NAMES}(?:\s(?=[\d(√π]))?|[a-zA-Z])(?![a-zA-Z])|\d+(?:,\d{{3}})*(?:\.\d+)?|\.\d+"
    r"|[√∛π∞θφαβ²³⁰¹⁴⁵⁶⁷⁸⁹½¼¾%°^_{}()\[\]|']|!(?=\s?[a-z)*/+^.,]))"
)
_SIGN = r"(?:\s{0,2}(?:[-+*/=<>≤≥≠≈·×÷^−]|\*\*|\\(?:cdot|times|le|ge|pm|div)\b)\s{0,2}|:(?=\d))"
_RUN = re.compile(
    rf"(?:[-−+±]\s?)?{_ATOM}+"
    rf"(?:(?:{_SIGN}|(?<=[\d)\w∞π]), ?(?=[-−\d(a-z√∞]))(?:[-−]\s?)?{_ATOM}+){{0,60}}"
)
_RICH = re.compile(
    r"[√∛π∞²³⁰¹⁴-⁹½¼¾^!\\]|[)\]}a-zA-Z]\s*[-+*/^]|[-+*/]\s*[(a-zA-Z]|\d[a-zA-Z(]|[\[({].*,|\d:\d"
    rf"|[<>≤≥≠]|(?<![a-zA-Z]){_NAMES}\s?[\d(]"
)
_COMPUTED = re.compile(r"\d\s*(?:[+*/×·÷]|\*\*)\s*\d")
_UNIT = re.compile(r"\s?(?:mm?|cm|km|k?g|lbs?|ft|in|mph|hrs?|min|s|h)?[²³]?")
_OPEN, _CLOSE = "([{", ")]}"


def plain_formula(text: str, number: Span | None, start: int, end: int) -> Span | None:
    """The formula that a text's last number is a part of, or that stands behind it.

    None when the last number stands alone. Reads the last 400 characters.
    """
    after = max(start, end - 400)
    last: Span | None = None
    for match in _RUN.finditer(text, after, end):
        span = _balanced(text, *match.span())
        piece = text[span[0] : span[1]]
        if not re.search(r"[\d√π∞½¼¾]", piece):
            continue
        if number is not None and span[1] <= number[0]:
            continue
        if number is not None and span[0] > number[1] and not re.search(r"[π√∞^]", piece):
            continue
        if _RICH.search(piece) or _COMPUTED.search(piece):
            last = span
        elif number is None or span[0] >= number[1]:
            last = None
    if last is None:
        return None
    if number is not None and last[0] <= number[1]:
        if last[0] > number[0] or last[1] < number[1] or last == number:
            return None
        if _UNIT.fullmatch(text, number[1], last[1]) and last[0] == number[0]:
            return None
    return last


def _balanced(text: str, start: int, end: int) -> Span:
    """The run without brackets at its ends that nothing opens or closes; `[2, 5)` is closed."""
    while start < end and text[start] in " ,)]}'|":
        start += 1
    while True:
        piece = text[start:end]
        depth = 0
        for at, sign in enumerate(piece):
            if sign in _OPEN:
                depth += 1
            elif sign in _CLOSE:
                depth -= 1
                if depth < 0:
                    end = start + at
                    break
        else:
            if depth > 0:
                start += piece.index(next(sign for sign in piece if sign in _OPEN)) + 1
                continue
            while end > start and text[end - 1] in " ,'":
                end -= 1
            return start, end
