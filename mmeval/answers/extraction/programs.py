"""What a program printed, as an answer: its box, its statement, or its last line."""

from __future__ import annotations

import re

from mmeval.answers.checker import Extraction
from mmeval.answers.extraction.regions import Printed
from mmeval.answers.extraction.spans import last_boxes
from mmeval.answers.extraction.statements import is_answer

_FRACTION = re.compile(r"\b(?:Fraction|Rational)\(\s*(-?\d{1,300})\s*,\s*(\d{1,300})\s*\)")
_WRAPPED = re.compile(
    r"\b(?:np\.(?:float|int)\d*|mpf|Decimal|Integer|Float|Fraction|Rational)"
    r"\(\s*['\"]?(-?[\d./]{1,300}(?:e[+-]?\d{1,4})?)['\"]?\s*\)"
)
_ERROR = re.compile(
    r"\A\s*(?:Traceback\b|File \"|[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning)\b"
    r"|(?:Runtime|Syntax|Name)\s?[Ee]rror"
    r"|Error\b|Execution (?:error|timed)|Time ?out\b|timed out|None\s*\Z|nan\s*\Z|NaN\s*\Z)"
)
_ANNOUNCED = re.compile(
    r"(?:(?:so|thus|hence|therefore),?\s)?(?:the\s)?(?:final\s|correct\s)?answer\s?(?:is\b|[:=])"
    r"[\s:=]*(?=\S)",
    re.I,
)
_SAID = re.compile(
    r".*\b(?:[Aa]nswer|[Rr]esult|[Vv]alue|[Tt]otal)\b[^:=\n]{0,60}?(?:\bis\b|[:=])\s*(?=\S)"
)


def printed_answer(printed: Printed) -> Extraction | None:
    """The answer that a program printed; None for an error message, a table or prose."""
    text = printed.text
    boxes = last_boxes(text, 0, len(text))
    boxed = [text[a:b].strip() for _, (a, b) in boxes]
    if any(boxed):
        value = _plain(", ".join(dict.fromkeys(each for each in boxed if each)))
        readable = not _ERROR.match(value)
        return (
            Extraction(value=value, span=None, rule="program output, boxed") if readable else None
        )
    line = printed.last_line
    if _ERROR.match(line):
        return None
    line = line[announced.end() :] if (announced := _ANNOUNCED.match(line)) else line
    for value in (line, _plain(line)):
        if is_answer(value):
            return Extraction(value=value, span=None, rule="program output")
    said = _SAID.match(line) if len(line) < 400 else None
    if said is not None and is_answer(value := _plain(line[said.end() :].strip().rstrip("."))):
        return Extraction(value=value, span=None, rule="program output")
    return None


def _plain(value: str) -> str:
    """The numbers of Python's own classes as they are written on paper."""
    if "(" not in value:
        return value
    value = _FRACTION.sub(r"\1/\2", value)
    return _WRAPPED.sub(r"\1", value)
