"""One spelling for one notation: Unicode to LaTeX, wrappers and spacing commands gone.

`tidy` is idempotent, linear and changes no value; `key` is the string that two answers
in the same notation share.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mmeval.answers.grammar.rewriting import rewritten
from mmeval.answers.grammar.unicode_signs import unify

_DIGIT_GLUE = re.compile(r"(?<=\d) ?(?:\{ ?, ?\}|, *\\!|\\!)\s*(?=\d)")
_SPACING = re.compile(
    r"\\(?:left|right|bigl|bigr|Bigl|Bigr|biggl|biggr|big|Big|bigg|Bigg|middle"
    r"|displaystyle|textstyle|limits|nolimits)(?![a-zA-Z])\s*"
)
_BLANKS = re.compile(r"\\[,;: >]|\\q?quad|\\(?:enspace|thinspace|hfill)(?![a-zA-Z])|~|\\(?=\s)")
_ESCAPED_TWICE = re.compile(r"(?<!\\)\\+(?=\\[a-zA-Z]{2})")
_ESCAPED = re.compile(r"(?<!\\)\\+(?=[%_])|(?<!\\)\\(?=&)|\\[$#]")
"""Signs that TeX wants escaped; behind `\\\\` an `&` is the empty first cell of a row."""
_PHANTOM = re.compile(r"\\(?:h|v)?phantom\s*(?:\{[^{}]*\}|[^{\\])|\\!")
_FRACS = re.compile(r"\\(?:[dtc]|nice|s)frac(?![a-zA-Z])")
_DEGREE = re.compile(
    r"\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![a-zA-Z]))|\\degrees?(?![a-zA-Z])"
    r"|(?<=[\d)}])\s*\^\s*\{?\s*(?:\\(?:text|mathrm|rm|mbox)\s*\{\s*)?o\s*\}{0,2}(?![a-zA-Z])"
)
_SAME: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (sign, re.compile(pattern), replacement)
    for sign, pattern, replacement in (
        (r"\le", r"\\(?:leqslant|leq)(?![a-zA-Z])", r"\\le"),
        (r"\ge", r"\\(?:geqslant|geq)(?![a-zA-Z])", r"\\ge"),
        (r"\neq", r"\\neq(?![a-zA-Z])", r"\\ne "),
        ("=", r"\\not\s*=|!=", r"\\ne "),
        ("<=", r"<=", r"\\le "),
        (">=", r">=", r"\\ge "),
        (r"\lt", r"\\lt(?![a-zA-Z])", "<"),
        (r"\gt", r"\\gt(?![a-zA-Z])", ">"),
        (r"\lbrace", r"\\lbrace(?![a-zA-Z])", r"\\{"),
        (r"\rbrace", r"\\rbrace(?![a-zA-Z])", r"\\}"),
        (r"\varnothing", r"\\varnothing(?![a-zA-Z])", r"\\emptyset"),
        (r"\R", r"\\R(?![a-zA-Z])", r"\\mathbb{R}"),
        (r"\colon", r"\\colon(?![a-zA-Z])", ":"),
        (
            "",
            r"(?<=\d)\s?\^?\s?\{?\s?(?:\\(?:text|mathrm|textrm|rm)\s?\{?)?(?<![ a-z])"
            r"(?:st|nd|rd|th)(?![a-zA-Z])\}{0,2}",
            "",
        ),
        ("**", r"\*\*(?=\s*[\d({\-])", "^"),
    )
)
"""(what a text must hold to be searched, what is replaced, by what)."""
_WRAPPERS = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("**", "**"), ("`", "`"))
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?\Z")
_SPACES = re.compile(r"\s+")
_MAX_PASSES = 8
"""Nearly every answer takes two: one that changes it and one that does not."""
_LOOSE_SPACE = re.compile(r"(?<![a-zA-Z0-9.]) | (?![a-zA-Z0-9.])")


def tidy(text: str) -> str:
    """The answer without wrappers, currency, spacing commands and a final full stop."""
    if _PLAIN.match(text):
        return text
    return _tidy(text)


@lru_cache(maxsize=8192)
def _tidy(text: str) -> str:
    """Tidied until nothing changes: removing a piece may join its neighbours into a command."""
    tidied = text
    for _ in range(_MAX_PASSES):
        before, tidied = tidied, _one_pass(tidied)
        if tidied == before:
            return tidied
    return text  # no real notation; returned as it is, so that tidying stays idempotent


def _one_pass(text: str) -> str:
    # rules that pass over blanks would try each of a long run of them: quadratic
    text = _SPACES.sub(" ", unwrap(unify(text)))
    if "\\\\" in text and "\\begin" not in text:
        text = _ESCAPED_TWICE.sub("", text)
    if "\\" in text or "{" in text or "~" in text:
        text = _DIGIT_GLUE.sub("", text)
        text = _PHANTOM.sub("", text)
        text = _SPACING.sub("", text)
        text = _ESCAPED.sub("", text)
        text = _breaks(text)
        text = _FRACS.sub(r"\\frac", text)
        text = _DEGREE.sub("°", text)
    elif "^o" in text:
        text = _DEGREE.sub("°", text)
    for sign, pattern, replacement in _SAME:
        if sign in text:
            text = pattern.sub(replacement, text)
    text = rewritten(text)
    text = text.replace("$", "").replace('\\"', "").replace('"', "")
    return strip_end(_SPACES.sub(" ", text))


def _breaks(text: str) -> str:
    """Spacing commands as blanks; the row separator of a matrix is kept apart first."""
    if "\\\\" not in text:
        return _BLANKS.sub(" ", text)
    return "\\\\".join(_BLANKS.sub(" ", part) for part in text.split("\\\\"))


def unwrap(text: str) -> str:
    """The text without math delimiters, bold, quotes and boxes around the whole of it."""
    before = None
    while before != text:
        before, text = text, strip_end(text)
        for opening, closing in _WRAPPERS:
            inner = text[len(opening) : -len(closing)]
            if (
                len(text) > len(opening) + len(closing)
                and text.startswith(opening)
                and text.endswith(closing)
                and not text.endswith("\\" + closing)
                and opening not in inner
                and closing not in inner
            ):
                text = inner
                break
        else:
            text = _unbox(_unquote(text))
    return text


def _unquote(text: str) -> str:
    if len(text) > 2 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        return text[1:-1]
    return text


def _unbox(text: str) -> str:
    match = _BOX.match(text)
    if match and closing_brace(text, match.end()) == len(text) - 1:
        return text[match.end() : -1]
    return text


def closing_brace(text: str, start: int, limit: int = 20_000) -> int:
    """Where the brace that was open at `start` closes; -1 when it does not."""
    first = text.find("}", start, start + limit)
    if first < 0:
        return -1
    if text.find("{", start, first) < 0 and text.find("\\", start, first) < 0:
        return first  # nothing is nested in most
    depth = 1
    for match in _BRACE.finditer(text, start, start + limit):
        mark = match.group()
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth -= 1
            if not depth:
                return match.start()
    return -1


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


def strip_end(text: str) -> str:
    """The text without outer blanks, final full stops, commas and a lone backslash."""
    text = text.strip()
    while text and text[-1] in ".,;:\\" and not text.endswith("..."):
        # `\.` would be left of `5\.`; a row break `\\` never ends an answer either
        text = text[:-1].rstrip()
    return text


def key(tidied: str) -> str:
    """The tidied answer without spaces that carry nothing.

    Spaces between two letters or digits stay: `1 1/2` is not `11/2`.
    """
    return _LOOSE_SPACE.sub("", tidied) if " " in tidied else tidied
