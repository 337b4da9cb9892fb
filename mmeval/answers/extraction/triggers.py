"""The words that announce an answer, in the languages that models answer in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_MARKS = r"[\s*_]*[:：]?[\s*_]*"
# Two adjacent runs of blanks would make a failed match quadratic, so there are none.
_ENGLISH = re.compile(
    r"nswers?\b[\"'*_]*"
    r"(?:\s+(?:to|for|of)\s[^.:\n]{0,120}?|\s+choice|\s+in\s[^.:\n]{0,40}?)?"
    r"(?:\s*(?:\*+\s*)?[:=：]|\s+(?:is|are|was|would be|should be|will be|equals|must be|becomes)\b"
    r"(?:\s+(?:therefore|thus|hence|simply|then|also|indeed|still|just|for sure|definitely"
    r"|probably|clearly|option|choice|letter|given by|approximately|about)\b)*\s*:?"
    r"|\s+[-–—](?=\s)|(?=\s+\(?[A-J]\)?[.\s]*\Z)|\s*(?:\*+\s*)?\n)"
    r"[\s*_]*:?[\s*_]*",
    re.I,
)
_ANS = re.compile(r"Ans\.?\**\s*[:=]" + _MARKS)


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern + _MARKS, re.I)


_TRIGGERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("nswer", _ENGLISH),
    ("NSWER", _ENGLISH),
    ("Ans", _ANS),
    ("ntwort", _words(r"ntwort\**\s*(?:[:=]|(?:ist|lautet)\b)")),
    ("espuesta", _words(r"espuesta(?:\s+(?:final|correcta))?\**\s*(?:[:=]|es\b)")),
    ("esposta", _words(r"esposta(?:\s+(?:final|correta))?\**\s*(?:[:=]|é\b)")),
    ("isposta", _words(r"isposta(?:\s+(?:finale|corretta))?\**\s*(?:[:=]|è\b)")),
    ("evap", _words(r"evap\**\s*[:=]")),
    ("awaban", _words(r"awaban(?:nya)?(?:\s+akhir)?\**\s*(?:[:=]|adalah\b)")),
)
_OTHER_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("éponse", _words(r"éponse(?:\s+finale)?\**\s*(?:[:=]|est\b)")),
    ("твет", _words(r"твет(?:ом)?\**\s*(?:[:=—–-]|является|будет|равен|=)?")),
    ("答案", _words(r"答案】?(?:就|应该|应当|應該|应|應|则|則)?(?:是|为|為|等于|等於|[:：=】])*")),
    ("答：", _words(r"答：")),
    ("答:", _words(r"答:")),
    ("答え", _words(r"答え(?:は|が|[:：=])[、,]?")),
    ("正解", _words(r"正解(?:は|[:：=])[、,]?")),
    ("정답", _words(r"정답(?:은|는|이|[:：=])")),
    ("답", _words(r"답(?:은|는|이|[:：=])")),
    ("الإجابة", _words(r"الإجابة(?:\s+(?:النهائية|الصحيحة))?\s*(?:هي|هو|[:：=])")),
    ("الجواب", _words(r"الجواب(?:\s+النهائي)?\s*(?:هي|هو|[:：=])")),
    ("คำตอบ", _words(r"คำตอบ(?:สุดท้าย)?\s*(?:คือ|[:：=])")),
    ("उत्तर", _words(r"उत्तर\s*(?:है|[:：=])")),
)
_PATTERNS = dict(_TRIGGERS + _OTHER_SCRIPTS)
_RARE_ENGLISH = ("NSWER", "Ans")
_LATIN = tuple(word for word, _ in _TRIGGERS if word != "nswer")
"""All but the first two of these are not searched in a text that says `answer`."""
_OTHER_WORDS = tuple(word for word, _ in _OTHER_SCRIPTS)
_GUESSED = re.compile(
    r"\b(?:might|may|could|would|tempt\w*|think|thought|guess\w*|assum\w*|suppos\w*|if|whether"
    r"|first|initial\w*|naive\w*|seem\w*)\b[^.!?\n]{0,60}\Z",
    re.I,
)


class Trigger(NamedTuple):  # made for most texts: twice as quick as a dataclass
    """Words that announce an answer."""

    start: int
    end: int
    """Where the answer may begin."""
    sure: bool
    """Whether a colon or `final` says that an answer follows, be it words."""
    guessed: bool
    """Whether the sentence only says what might be thought."""


def triggers(text: str, start: int, end: int) -> Iterator[Trigger]:
    """The words that announce an answer, the last ones first."""
    # a search forwards is the fastest there is, and most words are in no text
    at: dict[str, int] = {}
    words: tuple[str, ...] = _LATIN
    if "nswer" in text:
        at["nswer"] = text.rfind("nswer", start, end)
        words = _RARE_ENGLISH
    if not text.isascii():
        words += tuple(word for word in _OTHER_WORDS if word[0] in text)
    for word in words:
        if word in text:
            at[word] = text.rfind(word, start, end)
    patterns = _PATTERNS
    while at:
        word = max(at, key=at.__getitem__) if len(at) > 1 else next(iter(at))
        position = at[word]
        if position < 0:
            return
        at[word] = text.rfind(word, start, position)
        match = patterns[word].match(text, position, end)
        if match is not None and (found := _trigger(text, start, match)) is not None:
            yield found


def _trigger(text: str, start: int, match: re.Match[str]) -> Trigger | None:
    position, word = match.start(), match.group()
    if match.re is _ENGLISH:
        if text[position - 1 : position] not in ("a", "A"):
            return None
        if text[position - 2 : position - 1] in ('"', "'") and position - 2 >= start:
            return None  # a JSON key, which `answer_field` reads
    elif match.re is _ANS and text[position - 1 : position].isalpha():
        return None
    before = text[max(0, position - 7) : position - 1].lower()
    sure = ":" in word or match.re is not _ENGLISH or before == "final "
    guessed = not sure and bool(_GUESSED.search(text, max(start, position - 90), position))
    return Trigger(start=position, end=match.end(), sure=sure, guessed=guessed)
