"""Tidied answer -> tokens, in one pass of one regular expression."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from mmeval.answers.grammar.normalise import closing_brace
from mmeval.answers.grammar.tree import MAX_CHARS, MAX_DIGITS, MAX_NODES, NotParsed, TooLarge
from mmeval.answers.grammar.units import SPACED_UNITS, UNIT_LETTERS, UNIT_RUNS
from mmeval.answers.grammar.vocabulary import (
    CONNECTIVES,
    FUNCTIONS,
    GREEK,
    NUMBER_WORDS,
    SMALL_WORDS,
)

_SCIENTIFIC = r"(?:[eE][+-]?\d+(?![\d.]))?"
_PLAIN = r"(?:\d+(?:\.\d+)?|\.\d+)" + _SCIENTIFIC
_GROUPED = r"\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+)(?![\d])(?!,\d)(?:\.\d+)?"
_REPEATING = r"\d*\.\d*\\overline\s*\{\d+\}"
_REST = (
    r"|(?P<text>\\(?:text|mbox|textbf|textit|textrm|textnormal|textsf|mathrm|mathbf|mathit"
    r"|mathsf|mathcal|mathscr|operatorname|bold|rm|bf|it|tt|sf|emph|hbox|texttt|mathtt|textsc"
    r"|textup)\*?\s*\{)"
    r"|(?P<env>\\(?:begin|end)\s*\{[a-zA-Z]+\*?\})"
    r"|(?P<cmd>\\[a-zA-Z]+|\\\\|\\[{}|])"
    r"|(?P<letters>[^\W\d_]+)|(?P<op>\S)|(?P<space>\s+)"
)
_GROUPS = re.compile(f"(?P<rep>{_REPEATING})|(?P<num>{_GROUPED}|{_PLAIN}){_REST}")
_SINGLES = re.compile(f"(?P<rep>{_REPEATING})|(?P<num>{_PLAIN}){_REST}")
_GROUP_MARK = re.compile(r"[, ](?=\d{3})")

_BOOLEAN = {"ln": "ln", "inf": "infty", "infinity": "infty", "infty": "infty"}
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]")
"""A letter that is a word by itself."""
_OPEN, _CLOSE = frozenset("(["), frozenset(")]")

TokenKind = Literal["num", "rep", "sym", "run", "word", "unit", "cmd", "op", "end"]
"""A number, a repeating decimal, one letter, two or three letters that may be a product, a word,
an abbreviated unit, a command, any other sign, and the end of the text."""


class Token(NamedTuple):
    """One token of an answer."""

    kind: TokenKind
    text: str
    spaced: bool = False
    """White space precedes it."""
    prose: bool = False
    """It stood inside `\\text{}` or its like."""


def tokens(text: str, grouped: bool = True) -> list[Token]:
    """The tokens of a tidied answer.

    `grouped`: outside round and square brackets `1,234` is one number; inside them, and
    everywhere when False, it is two. Raises TooLarge or NotParsed.
    """
    if len(text) > MAX_CHARS:
        raise TooLarge(f"{len(text)} characters")
    scanned: list[Token] = []
    _scan(text, grouped, False, scanned)
    if len(scanned) > MAX_NODES:
        raise TooLarge(f"{len(scanned)} tokens")
    return _units(scanned) if any(token.kind in _MAY_BE_UNITS for token in scanned) else scanned


_MAY_BE_UNITS: frozenset[TokenKind] = frozenset({"cmd", "run"})


def _units(scanned: list[Token]) -> list[Token]:
    r"""Letters behind a number that are its unit: `5 kHz`, `30 min`, `5 \Omega`."""
    for at, token in enumerate(scanned):
        before = scanned[at - 1] if at else None
        if before is None or token.kind not in _MAY_BE_UNITS:
            continue
        after = scanned[at + 1].text if at + 1 < len(scanned) else ""
        ends = after in ("", ",", ";", "/", "^", "}", ")", "and", "or")
        if token.text in (r"\sec", r"\min", r"\deg", r"\bar") and (ends or before.text == "/"):
            value = before.kind in ("num", "unit", "word", "rep") or before.text in ("/", "}", ")")
            scanned[at] = Token("unit", token.text[1:], True, True) if value else token
        elif token.text == r"\Omega" and ends and after != "^" and before.kind == "num":
            scanned[at] = Token("unit", "Ω", True, True)
        elif token.kind == "run" and token.spaced and before.kind == "num" and after.isalpha():
            named = scanned[at + 1].kind == "word"  # `7 red kites`
            scanned[at] = Token("word", token.text, True, token.prose) if named else token
        elif token.kind == "run" and token.text in SPACED_UNITS and token.spaced and ends:
            value = before.kind == "num" or before.text in ("}", ")", r"\pi")
            scanned[at] = Token("unit", token.text, True, True) if value else token
    return scanned


def _scan(text: str, grouped: bool, prose: bool, scanned: list[Token]) -> None:
    position, depth, spaced = 0, 0, prose
    while position < len(text):
        pattern = _GROUPS if grouped and depth == 0 else _SINGLES
        match = pattern.match(text, position)
        assert match is not None  # any sign is an `op`
        position = match.end()
        kind, piece = str(match.lastgroup), match.group()
        if kind == "space":
            spaced = True
            continue
        if kind == "text":
            end = closing_brace(text, position)
            if end < 0:
                raise NotParsed("a text group is not closed")
            inner = text[position:end]
            styled = not piece.startswith((r"\text", r"\mbox", r"\hbox"))
            words = prose or not _symbolic(inner) or _is_unit(inner, piece, spaced, scanned)
            if inner.strip() or styled:
                _scan(inner.strip(), grouped and depth == 0, words, scanned)
                spaced = not styled
            position = end + 1
            continue
        if kind == "op":
            depth += (piece in _OPEN) - (piece in _CLOSE and depth > 0)
        scanned.extend(_token(kind, piece, spaced, prose))
        spaced = False


def _symbolic(inner: str) -> bool:
    """Whether `\\mathrm{E}` and the like hold a single symbol, which is no prose."""
    return len(inner.strip()) <= 1


def _is_unit(inner: str, command: str, spaced: bool, scanned: list[Token]) -> bool:
    r"""Whether one letter is a unit and no symbol: `5\text{ m}`, `5\,\mathrm{m}`."""
    letter = inner.strip()
    if letter not in UNIT_LETTERS or not scanned:
        return False
    before = scanned[-1]
    value = before.kind in ("num", "rep", "unit") or before.text in ("}", ")", r"\pi", r"\times")
    if before.text in ("}", ")") and not spaced and inner == letter:
        return command.startswith((r"\text", r"\mathrm", r"\rm"))
    if command.startswith((r"\text{", r"\text ", r"\mbox")) and inner != letter:
        return value or before.kind == "sym"
    return before.kind in ("num", "rep") or (value and spaced) or (before.prose and spaced)


def _token(kind: str, piece: str, spaced: bool, prose: bool) -> list[Token]:
    match kind:
        case "num":
            digits = _GROUP_MARK.sub("", piece)
            if len(digits) > MAX_DIGITS:
                raise TooLarge(f"a number of {len(digits)} digits")
            return [Token("num", digits, spaced, prose)]
        case "letters":
            return _letters(piece, spaced, prose)
        case "env":  # `\begin{array}` is one command, `\begin:array`
            begin, _, name = piece[:-1].partition("{")
            return [Token("cmd", f"{begin.strip()}:{name.rstrip('*')}", spaced, prose)]
        case "cmd":
            return [Token("cmd", piece, spaced, prose)]
        case "rep":
            return [Token("rep", piece, spaced, prose)]
    return [Token("op", "," if piece == "\u3001" else piece, spaced, prose)]


def _letters(piece: str, spaced: bool, prose: bool) -> list[Token]:  # noqa: PLR0911 - one return a rule
    """One token for a run of letters: a symbol, a known name, a product or a word."""
    if len(piece) == 1 and (piece.isascii() or not _CJK.match(piece)):
        return [Token("sym", piece, spaced, prose)]
    lower = piece.lower()
    if lower in CONNECTIVES:
        return [Token("cmd", lower, spaced, prose)]
    if piece in ("pi", "sqrt", "infinity", "inf", "infty", "oo") or (
        piece in GREEK and piece not in ("mu", "nu", "xi")
    ):
        return [Token("cmd", "\\" + {"oo": "infty"}.get(piece, _BOOLEAN.get(piece, piece)), spaced)]
    if piece in FUNCTIONS and not (prose and piece in ("min", "deg", "max", "sec")):
        return [Token("cmd", "\\" + piece, spaced, prose)]
    if prose or len(piece) > 3 or lower in SMALL_WORDS or lower in NUMBER_WORDS:
        return [Token("word", piece, spaced, prose)]
    if piece in UNIT_RUNS or not piece.isascii():
        return [Token("unit" if piece in UNIT_RUNS else "word", piece, spaced, prose)]
    return [Token("run", piece, spaced, prose)]
