"""Choice letters: alone, with the text of their choice, and in every way a choice is named."""

from __future__ import annotations

import re

from mmeval.answers.extraction.spans import Span

_WRAP = re.compile(
    r"\\(?:text|textbf|mathbf|mathrm|textrm|mbox|textit|boldsymbol|bf|rm)(?![a-zA-Z])\s*"
    r"|\\(?=[ ;,:!])[ ;,:!]|\\q?quad(?![a-zA-Z])|\\[()\[\]]|[{}$*~]"
)
"""What may stand around and between a letter and its text, and says nothing."""
_NAMED = re.compile(r"(?:(?:option|choice|letter|answer)s?\s*:?\s*)\(?([A-J])\)?[.)]?\s*\Z", re.I)
_WITH_TEXT = re.compile(
    r"\(\s*([A-J])\s*\)\s*[.:]?\s*(?=[^\s,;=<>+*/^-])"  # (A) 5
    r"|([A-J])\s*(?:\)|[.:：、．](?=\s|[^\x00-\x7f]|\d|\Z))\s*(?![A-Z]\s*\Z)"  # A) 5, A. 5
)
_SPACED = re.compile(
    r"([A-J])(?:\s+[-–—]\s+(?=\S)|\s*,\s+(?=[\d\\$a-z]{2}|\d)|\s+\((?=[^(),]*\)\s*\Z))"
)
"""`B - 5`, `B, 5`, `B (5)`: only where a statement announces an answer."""
_RELATION = re.compile(r"[=<>]|\\(?:le|ge|leq|geq|in|ne|neq)(?![a-zA-Z])")


def letter_of(value: str, announced: bool = False) -> str | None:
    """The letter of an answer that is a choice with its text, `A. 5` or `Option A`.

    None where the value is anything else; a letter alone is left as it is, brackets and all.
    """
    if len(value) > 400 or not any("A" <= sign <= "J" for sign in value[:24]):
        return None
    flat = " ".join(_WRAP.sub(" ", value).split())
    flat = re.sub(r"\(\s+([A-J])\s+\)", r"(\1)", flat)
    named = _NAMED.match(flat)
    if named is not None and named[1].isupper():
        return named[1]
    match = _WITH_TEXT.match(flat)
    if match is None and announced:
        match = _SPACED.match(flat)
    if match is None or _RELATION.search(flat):
        return None
    letter = match[1] or match[match.lastindex or 1]
    rest = flat[match.end() :].strip()
    if not rest and flat.endswith(")") and flat.startswith("("):
        return None
    if match.re is _WITH_TEXT and re.match(r"\([A-J]\)\s*[,;]|[A-J]\s*[,;]", flat):
        return None
    return letter


_MARKED = r"[\s:：*_$\"'“”\[{]*(?:\\(?:text|textbf|mathbf|mathrm|boxed)\s*\{)*\(?"
_LETTER = r"([A-J])(?![\w'’^+/=-]|\*(?!\*))"
_NOT = re.compile(
    r"(?:\bnot|n't|\bnever|\bneither|\bincorrect\w*|\bwrong\w*|不|非)[^\w.!?\n]*(?:\w+[^\w.!?\n]+)?\Z",
    re.I,
)
_STATEMENTS = (
    re.compile(
        r"\b(?:correct|right|best|final|proper|appropriate|suitable|matching)\s+"
        r"(?:answer\s+)?(?:option|choice|letter|statement|one|response)\s*"
        rf"(?:(?:is|are|was|would be|must be|should be)\b|:|=)"
        rf"(?:\s+(?:option|choice|letter))?{_MARKED}{_LETTER}",
        re.I,
    ),
    re.compile(
        rf"\b(?:I|we)(?:'d|\s+would|\s+will|'ll|\s+have to|\s+must)?"
        r"\s+(?:choose|chose|pick|select|go with|answer)"
        rf"(?:\s+(?:option|choice|letter|answer))?{_MARKED}{_LETTER}",
        re.I,
    ),
    re.compile(
        r"(?:\b(?:it is|it's|is|so|thus|hence|therefore|to|matches|be)\s*,?\s+|(?:\A|\n)[\s*]*)"
        rf"(?:the\s+)?(?:option|choice){_MARKED}{_LETTER}(?!\)?\**\s+(?:is|are|was)\b)",
        re.I,
    ),
    re.compile(
        rf"(?<![\w^]){_LETTER}[)\]}}$*]*"
        r"\s+(?:is|must be|should be|has to be|seems|appears)\s+"
        r"(?:\w+ly\s+)?(?:the\s+)?(?:only\s+)?(?:correct|right|best|true|answer)\b",
    ),
    re.compile(
        r"(?:故选|故選|应选|應選|因此选|所以选|本题选|可选|选择|選擇|选|選|正确(?:的)?(?:选项|答案)(?:是|为|為)?)"
        r"(?:项|項|择)?[\s:：*_$“\"(（]*([A-J](?:\s*[,、，]?\s*[A-J])*)(?![\w])"
    ),
    re.compile(r"(?<![A-Za-z])([A-J])[)）*]*\s*(?:选项|項|项)?\s*(?:是|为)?正确(?!的是)"),
)
_WORDS: tuple[tuple[str, ...], ...] = (
    ("ption", "PTION", "hoice", "HOICE", "letter", "tatement", "esponse", "answer one"),
    ("hoose", "hose", "pick", "select", "go with", " answer"),
    ("ption", "PTION", "hoice", "HOICE"),
    (" correct", " right", " best", " true", " answer"),
    ("选", "選", "正确"),
    ("正确",),
)
"""What a text must hold for each of them to be searched for; they are searched in its end."""
READ = 1500


def chosen(text: str, start: int, end: int) -> Span | None:
    """Where the letter stands that a sentence names as the choice; of several the last.

    Of `B is correct`, `the correct option is (B)`, `I choose B` and `故选B`; a letter that is
    ruled out (`B is not correct`) is none.
    """
    begin = max(start, end - READ)
    tail = text[begin:end]
    last: Span | None = None
    for pattern, words in zip(_STATEMENTS, _WORDS, strict=True):
        if not any(word in tail for word in words):
            continue
        for match in pattern.finditer(text, begin, end):
            if not match[1][0].isupper() or _NOT.search(
                text, max(0, match.start() - 20), match.start()
            ):
                continue
            if match[1] == "I" or (
                match[1] == "A"
                and re.match(r"[ \t]+[a-z]", text[match.end(1) : match.end(1) + 3])
                and match.end() == match.end(1)
            ):
                continue  # the pronoun, the article
            if re.match(
                r"[)\]*}$]*\s+(?:is|are|was)\s+(?:not|in|wrong|false)",
                text[match.end(1) : match.end(1) + 24],
            ):
                continue
            if last is None or match.start(1) > last[0]:
                last = match.span(1)
    return last
