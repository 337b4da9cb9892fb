"""Arithmetic in words, `3 out of 8` and `5 and a half hours`, as notation."""

from __future__ import annotations

import re

_NUMBER = r"-?\d+(?:,\d{3})*(?:\.\d+)?"
_SPOKEN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), signs)
    for pattern, signs in (
        (rf"\b({_NUMBER})\s+and\s+(?:a|one)[\s-]half\b", r"\1 1/2"),
        (rf"\b({_NUMBER})\s+and\s+(?:a|one)[\s-](?:quarter|fourth)\b", r"\1 1/4"),
        (rf"\b({_NUMBER})\s+and\s+three[\s-](?:quarters|fourths)\b", r"\1 3/4"),
        (rf"\b({_NUMBER})\s+and\s+(?:a|one)[\s-]third\b", r"\1 1/3"),
        (rf"\b({_NUMBER})\s+and\s+two[\s-]thirds\b", r"\1 2/3"),
        (rf"\b({_NUMBER})\s+(?:out\s+of|over|divided\s+by|in\s+every)\s+({_NUMBER})", r"\1/\2"),
        (rf"\b({_NUMBER})\s+to\s+the\s+power\s+(?:of\s+)?({_NUMBER})", r"\1^{\2}"),
        (rf"\b({_NUMBER})\s+to\s+the\s+(\d+)(?:st|nd|rd|th)(?:\s+power)?\b", r"\1^{\2}"),
        (rf"\b({_NUMBER})\s+(?:less|fewer)\s+than\s+({_NUMBER})", r"\2 - \1"),
        (rf"\b({_NUMBER})\s+more\s+than\s+({_NUMBER})", r"\2 + \1"),
        (r"\b(\w+)\s*\(?\s*(?:in\s+)?base[\s-](\d{1,2})\b\s*\)?", r"\1_{\2}"),
        (rf"\b({_NUMBER})\s+to\s+({_NUMBER})", r"\1:\2"),
        (r"(?<=[\d)])\s+squared\b", "^{2}"),
        (r"(?<=[\d)])\s+cubed\b", "^{3}"),
        (r"(?<=[\d)])\s+factorial\b", "!"),
        (r"(?<=[\d})])\s+(?:times|multiplied\s+by)\s+(?=[\d(])", r" \\cdot "),
        (r"(?<=[\d})])\s+plus\s+(?=[\d(])", " + "),
        (r"(?<=[\d})])\s+minus\s+(?=[\d(])", " - "),
    )
)
_IN_WORDS = re.compile(
    r"(?=[aoditlfmbscp])(?:and|out|over|divided|in\s+every|to|less|fewer|more|base|squared|cubed"
    r"|factorial|times|multiplied|plus|minus)\b",
    re.I,
)
"""A word of those above; most answers have none."""
CHANGES = re.compile(
    r"\s{0,3}(?:or\s(?:more|less|fewer|so|greater|higher|lower|above|below)\b"
    r"|and\s(?:up|above|more)\b|and\s(?:a|an|one|two|three|\d+/\d+)\b"
    r"|out\sof\b|over\b|divided\b|multiplied\b|times\b|plus\b|minus\b"
    r"|to\s(?:the\b|\d)|less\sthan\b|fewer\sthan\b|more\sthan\b|\(?\s?(?:in\s)?base\b|squared\b"
    r"|cubed\b|factorial\b|choose\s\d|mod(?:ulo)?\b|point\b|remainder\b|hundred|thousand|million|billion"
    r"|trillion|dozen\b|lakh|crore|half\b|halves\b|thirds?\b|quarters?\b|fourths?\b|fifths?\b"
    r"|tenths?\b|hundredths?\b|percent|per\s?cent|pct\b|%|!(?=\s?(?-i:[a-z.,/*+^\\-])))",
    re.I,
)
"""Words behind a number that make it another one."""


def in_signs(value: str) -> str | None:
    """The notation of arithmetic in words; None where nothing is said in words."""
    if len(value) > 200 or _IN_WORDS.search(value) is None:
        return None
    written = value
    for pattern, signs in _SPOKEN:
        written = pattern.sub(signs, written)
    return written if written != value else None
