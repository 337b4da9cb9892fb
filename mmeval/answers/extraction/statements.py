"""What a statement gives: the piece of a sentence that is the answer, by the grammar."""

from __future__ import annotations

import re

from mmeval.answers.extraction.spans import (
    FORMULA,
    NUMBER,
    OTHER_LETTER,
    Span,
    sentence_end,
    trimmed,
)
from mmeval.answers.extraction.spoken import CHANGES
from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.shape import read
from mmeval.answers.grammar.tree import MAX_CHARS, Kind, Node, NotParsed, TooLarge, names
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
    r"(?: \d+/\d+)?(?:\s?\\?%)?"
    rf"(?=[\s,;.!*?(，、；）]|$|[a-z€]{{2}}|\\?[}})\]]|/[a-z]|{OTHER_LETTER}|°[CF]\b)"
)
_REMARK = re.compile(
    r"\d\s*\([^()]*(?:=|(?<![\\a-zA-Z])(?!sqrt|log|sin|cos|tan|exp)[a-zA-Z]{3})"
    r"|(?<!\\)\b(?!(?:and|or|sqrt|cbrt|log|ln|sin|cos|tan|exp|abs|max|min|gcd|lcm|atan|pi)\b)[a-zA-Z]{2,}\s*\("
)
_NOTHING = re.compile(
    r"(?:(?:not|n't|(?:in)?correct|right|wrong|true|valid|clear\w*|obvious|simple|unique|given|found|shown"
    r"|indeed|as follows|below|above|therefore|determined|obtained|confirmed|verified|consistent"
    r"|reasonable|unknown|unclear|derived|based|dependent|known|still|only|already|provided)\b"
    r"|let(?:'s| us)\b"
    r"|I (?:think|believe|guess|am|do|don't)\b|(?:I\s+)?don't know|no idea|cannot\b|can't\b)",
    re.I,
)
"""What may follow `the answer is` and is none: a judgement of it, or a beginning."""
_CONCLUDES = re.compile(
    r"(?:\b(?:so|thus|hence|therefore|i\.e\.|that is"
    r"|which (?:is|equals|gives)|giving|namely|making)\b"
    r"|即|也就是|所以|因此)"
    r"[\s,:]*(?:it(?:'s| is)\s+|the answer is\s+|we (?:get|have)\s+)?"
)
_CLAUSE = re.compile(r"(?<!\s)\s*(?:,|;|\b(?:because|since|which|where)\b)\s*(?!\d{3}\b)")
_FACTORIAL = re.compile(r"(?:!|\^|\\frac|\\cdot|\\times|\d\s?/).*[\d)}a-z]\Z|[)\]}]\Z", re.DOTALL)
"""Behind what a final exclamation mark is a factorial."""
_DISPLAY = re.compile(
    r"\\begin\{(?:align|equation|gather|displaymath|math|multline|eqnarray)\*?\}(.{1,1000}?)\\end\{",
    re.DOTALL,
)
_BETWEEN = re.compile(r"(?:between|from|among|within)\b", re.I)
_CJK_UNITS = re.compile(
    r"(?:平方|立方)?(?:厘米|毫米|分米|千米|公里|米|千克|公斤|克|吨|升|毫升|小时|分钟|秒|度|天|时间"
    r"|メートル|センチ|キロ|グラム|時間|分|시간|분|초|미터|킬로)"
)
_OTHER_LETTER = re.compile(OTHER_LETTER)
_CJK_JOINED = re.compile(
    r"(?:\s?(?:[或和与及、とや과와]|또는|或者|または)\s?-?\d+(?:\.\d+)?(?:/\d+)?)+"
)
_SECOND_QUANTITY = re.compile(r"[ -]?(?!and\b|or\b)[a-zA-Z.]{1,12}\s+(?:and\s+)?\d")
_MEASURE = re.compile(
    r"[ -]?(?:feet|foot|ft|hours?|hrs?|h|pounds?|lbs?|years?|minutes?|mins?|days?|weeks?|dollars?"
    r"|meters?|yards?|degrees?|km|m|kg)\b"
)
_NOUNS = re.compile(r"(?:\s+(?:\d+-)?[A-Za-z][A-Za-z'’-]*){1,7}\s*\Z")
_JOINS = re.compile(
    r"(?:and|or)\b|,\s*[-\d\\]|(?:ou|oder|o|y|et|und|e|veya|ve|atau|dan|или|и)\s+[-\d\\$]"
)
"""What joins a second value to a number."""
_ALONE = re.compile(r"(-?\d+(?:\.\d+)?)\.?(?:\n|\Z)")
_SERIES = re.compile(r"[\s,;]*(?:and|or|,|;)?\s*")
_WORDY: frozenset[Kind] = frozenset({"text", "label"})
PROSE = re.compile(r"(?<![\\a-zA-Z{])[a-zA-Z]{2,}")


def stated(text: str, start: int, end: int, sure: bool) -> Span | None:  # noqa: PLR0911, PLR0912 - one a rule
    """The answer that a statement gives: a formula, a number with its unit, or words."""
    begin, _ = trimmed(text, start, end)
    if begin >= end:
        return None
    number = _ALONE.match(text, begin, end)
    if number is not None:  # as most are
        return number.span(1)
    formula = FORMULA.match(text, begin, end)
    if formula is not None:
        return _series(text, formula, end)
    display = _DISPLAY.match(text, begin, end)
    if display is not None:
        lines = [line.strip(" &\n") for line in display[1].split("\\\\")]
        last = next((line for line in reversed(lines) if line), "")
        at = display.start(1) + display[1].rfind(last)
        return trimmed(text, at, at + len(last))
    stop = sentence_end(text, begin, end)
    if text[stop : stop + 1] == "!" and _FACTORIAL.search(text, begin, stop):
        stop += 1
    span = trimmed(text, begin, stop)
    if _is_none(text[span[0] : span[1]]):
        return None
    if (
        _OTHER_LETTER.match(text, begin, stop)
        and (tail := _named_number(text, begin, stop)) is not None
    ):
        return tail
    if is_answer(text[span[0] : span[1]]):
        return _bare_number(text, span)
    leading = _LEADING.match(text, begin, stop)
    if leading is not None:
        rest = text[leading.end() : stop]
        if _changed(rest):
            return _concluded(text, begin, stop) or trimmed(
                text, begin, _clause_end(text, begin, stop)
            )
        if _words_follow(rest):
            return trimmed(text, begin, leading.end())
    if _BETWEEN.match(text, begin, stop) and (tail := _concluded(text, begin, stop)) is not None:
        return tail
    cut = _BECAUSE_HERE.match(text, begin + 1, stop) or _BECAUSE.search(text, begin + 1, stop)
    if cut is not None and (leading or 0 < len(text[begin : cut.start()].split()) <= 4):
        bare = text[cut.start() : cut.end()].strip()
        if bare != "(" or not re.search(r"[\\^_{]", text[begin:stop]) or leading is not None:
            stop = cut.start() if not _inside(text, begin, cut.start()) else stop
    span = trimmed(text, begin, stop)
    value = text[span[0] : span[1]]
    if not value or value in ("I", "it", "It"):
        return None
    words = len(PROSE.findall(FORMULA.sub("", value)))
    if (words > 5 or (words > 2 and re.search(r"\d", value))) and not value.startswith("\\"):
        return last_piece(text, *span)
    if not sure and not re.search(r"[\d\\$]", value) and len(value.split()) > 3:
        return None
    return _bare_number(text, span)


def _is_none(value: str) -> bool:
    """Whether a statement judges an answer, or denies one, and gives none."""
    return _NOTHING.match(value) is not None


def _clause_end(text: str, begin: int, stop: int) -> int:
    """Where the reason behind a value in words begins; else the end."""
    cut = _CLAUSE.search(text, begin, stop)
    return cut.start() if cut is not None else stop


def _concluded(text: str, begin: int, stop: int) -> Span | None:
    """The number or formula behind `so` in a sentence that says how it comes about."""
    last = None
    for each in _CONCLUDES.finditer(text, begin, stop):
        last = each
    if last is None:
        return None
    piece = FORMULA.match(text, last.end(), stop) or NUMBER.match(text, last.end(), stop)
    return trimmed(text, *piece.span()) if piece is not None else None


def _named_number(text: str, begin: int, stop: int) -> Span | None:
    """The only number of a sentence in another script, or the one that it concludes with."""
    tail = _concluded(text, begin, stop)
    if tail is not None:
        return tail
    found = (
        list(NUMBER.finditer(text, begin, stop)) if not FORMULA.search(text, begin, stop) else []
    )
    return trimmed(text, *found[0].span()) if len(found) == 1 else None


def _changed(rest: str) -> bool:
    """Whether what follows a number makes it another: `out of 8`, `feet 6 inches`."""
    if CHANGES.match(rest) is not None:
        return True
    return _SECOND_QUANTITY.match(rest) is not None and _MEASURE.match(rest) is not None


def _bare_number(text: str, span: Span) -> Span:  # noqa: PLR0911 - one return a rule
    """The number alone of one with a noun phrase that the grammar takes for something else
    (`7 red kites`), with a stray bracket (`23.}`) or a counter of another script."""
    value = text[span[0] : span[1]]
    leading = _LEADING.match(value)
    if leading is None or leading.end() == len(value):
        return span
    rest = value[leading.end() :]
    number = trimmed(text, span[0], span[0] + leading.end())
    if (joined := _CJK_JOINED.match(rest)) is not None:
        return trimmed(text, span[0], span[0] + leading.end() + joined.end())
    if _OTHER_LETTER.match(rest):
        return span if _CJK_UNITS.match(rest) else number
    if re.fullmatch(r"[.,]?\s*\\?[)}\]]+[.]?", rest) and not re.search(r"[(\[{]", value):
        return number
    if _changed(rest):
        return span
    if rest[0] == "°" and rest[1:2] in "CF":
        return span if is_answer(value) and _is_labelled(value) else number
    if rest[0] == "/" and value[0] in "$€£" and re.fullmatch(r"/\s?[a-z]+", rest):
        return number
    if _NOUNS.fullmatch(rest) and PROSE.search(rest) and not _is_labelled(value):
        return number
    return span


def _is_labelled(value: str) -> bool:
    """Whether the grammar reads a value as a number and what it counts."""
    try:
        node = read(tidy(value))
        return node.kind in ("label", "num", "time", "pct") and not names(node)
    except (NotParsed, TooLarge):
        return False


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
    if _OTHER_LETTER.match(body) or body[0] in "，、；（）":
        return (
            not _CJK_UNITS.match(body)
            and re.match(r"[或和与及、とや와과]|또는|или|и\b", body) is None
        )
    if _JOINS.match(body):
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
    if len(value) > 4 * MAX_CHARS:
        return False  # without tidying it
    try:
        read(tidy(value))
    except (NotParsed, TooLarge):
        return False
    return True
