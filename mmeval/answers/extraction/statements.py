"""What a statement gives: the piece of a sentence that is the answer, by the grammar."""

from __future__ import annotations

import re

from mmeval.answers.extraction.spans import FORMULA, NUMBER, Span, sentence_end, trimmed
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.shape import read
from mmeval.answers.grammar.tree import Kind, Node, NotParsed, TooLarge
from mmeval.answers.grammar.written_numbers import SMALL_INTEGER, plain_number

_REASON = (
    r"[\s,;]*(?:\b(?:because|since|which|where|as|so|after|for a total|in total|it|I|but|not|if"
    r"|when|with|per|at|each)\b|\(|—|;(?!\s*[-\d\\]))"
)
_BECAUSE_HERE = re.compile(_REASON)
_BECAUSE = re.compile(rf"(?<![\s,;]){_REASON}")
"""Looked for at the beginning of a run of blanks only: at each of them it would be quadratic."""
_LEADING = re.compile(
    r"(?:[-−+]\s?)?(?:\\?[$€£]\s?)?[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:\s?/\s?\d+)?"
    r"(?: \d+/\d+)?(?:\s?\\?%)?(?=[\s,;.!*?(]|$|[a-z€]{2})"
)
_REMARK = re.compile(r"\d\s*\([^()]*(?:=|(?<![\\a-zA-Z])[a-zA-Z]{3})|(?<!\\)\b[a-zA-Z]{2,}\s*\(")
_SERIES = re.compile(r"[\s,;]*(?:and|or|,|;)?\s*")
_WORDY: frozenset[Kind] = frozenset({"text", "label"})
PROSE = re.compile(r"(?<![\\a-zA-Z{])[a-zA-Z]{2,}")


def stated(text: str, start: int, end: int, sure: bool) -> Span | None:  # noqa: PLR0911 - one return a rule
    """The answer that a statement gives: a formula, a number with its unit, or words."""
    begin, _ = trimmed(text, start, end)
    if begin >= end:
        return None
    formula = FORMULA.match(text, begin, end)
    if formula is not None:
        return _series(text, formula, end)
    stop = sentence_end(text, begin, end)
    span = trimmed(text, begin, stop)
    if is_answer(text[span[0] : span[1]]):
        return span
    leading = _LEADING.match(text, begin, stop)
    if leading is not None:
        rest = text[leading.end() : stop]
        if _words_follow(rest):
            return trimmed(text, begin, leading.end())
    cut = _BECAUSE_HERE.match(text, begin + 1, stop) or _BECAUSE.search(text, begin + 1, stop)
    if cut is not None and (leading or 0 < len(text[begin : cut.start()].split()) <= 4):
        bare = text[cut.start() : cut.end()].strip()
        if bare != "(" or not re.search(r"[\\^_{]", text[begin:stop]) or leading is not None:
            stop = cut.start() if not _inside(text, begin, cut.start()) else stop
    span = trimmed(text, begin, stop)
    value = text[span[0] : span[1]]
    if not value:
        return None
    words = len(PROSE.findall(FORMULA.sub("", value)))
    if (words > 5 or (words > 2 and re.search(r"\d", value))) and not value.startswith("\\"):
        return last_piece(text, *span)
    if not sure and not re.search(r"[\d\\$]", value) and len(value.split()) > 3:
        return None
    return span


def is_answer(value: str) -> bool:  # noqa: PLR0911 - one return a rule
    """Whether a whole statement is one answer by the grammar, a remark in brackets not."""
    if SMALL_INTEGER.match(value) or plain_number(value) is not None:
        return True
    if not value or len(value) > 400 or _REMARK.search(value):
        return False
    try:
        node = read(tidy(value))
    except (NotParsed, TooLarge):
        return False
    if node.kind == "list" and any(_is_remark(each) for each in node.args):
        return False
    if node.kind == "rel" and any(
        each.kind == "sym" and " " in str(each.value) for each in node.args
    ):
        return "$" not in value  # a sentence around a relation
    if node.kind == "text":
        return len(str(node.value).split()) <= (2 if re.search(r"\d", value) else 4)
    return node.kind != "label" or len(str(node.value).split()) <= 3


def _is_remark(node: Node) -> bool:
    """`it can't be B` behind a comma."""
    words = str(node.value) if node.kind in _WORDY else ""
    return len(words.split()) > 1 and words[:1].islower()


def _inside(text: str, start: int, position: int) -> bool:
    """Whether braces or brackets are open at a position."""
    piece = text[start:position]
    return piece.count("{") > piece.count("}") or piece.count("(") > piece.count(")")


def _words_follow(rest: str) -> bool:
    """Whether prose goes on behind a number, so that the number is the answer."""
    body = rest.lstrip(" *!")
    if not body or body[0] in "(":
        return True
    if re.match(r"(?:and|or)\b|,\s*[-\d\\]", body):
        return False
    if body[0] == ",":
        return bool(re.match(r",\s*[a-zA-Z]", body))
    words = PROSE.findall(body)
    return bool(re.match(r"[a-zA-Z]{2,}", body)) and (
        len(words) > 2 or bool(re.search(r"\d", body))
    )


def _series(text: str, formula: re.Match[str], end: int) -> Span:
    """A formula, and the formulas that a list joins to it."""
    stop = formula.end()
    while (gap := _SERIES.match(text, stop, end)) is not None and gap.end() > stop:
        following = FORMULA.match(text, gap.end(), end)
        if following is None:
            break
        stop = following.end()
    return formula.start(), stop


def last_piece(text: str, start: int, end: int) -> Span | None:
    """The last formula or number of a sentence."""
    last: Span | None = None
    for each in FORMULA.finditer(text, start, end):
        last = each.span()
    for each in NUMBER.finditer(text, last[1] if last else start, end):
        last = each.span()
    return trimmed(text, *last) if last else None


def parses(value: str) -> bool:
    """Whether the grammar knows the whole of it."""
    try:
        read(tidy(value))
    except (NotParsed, TooLarge):
        return False
    return True
