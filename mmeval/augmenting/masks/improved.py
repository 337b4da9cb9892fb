"""A better rule than the published one for which numbers of a question can be hidden.

    >>> [m.question for m in improved_masks("Two dozen 10-minute calls cost $5.", "GSM")]
    ['x dozen 10-minute calls cost $5.', 'Two dozen x-minute calls cost $5.', \
'Two dozen 10-minute calls cost $x.']

What it does that the published rule does not:

- punctuation may be attached (`(5)`, `five,`), and the sign before and after a number stays
  (`$5.` becomes `$x.`, `25%` becomes `x%`);
- a number in front of a hyphen counts (`10-minute`), and so do capitals (`Five`), all number
  words (`twenty-five`, `three hundred and six`), fractions in words (`two thirds`, gold
  2/3), `twice` and `thrice` (`x times`), and `a dozen`, `a couple of` (`x`, golds 12 and 2);
- no white space is touched, whatever kind it is.

What it leaves alone, because there is no one number to be found: clocks, ratios and ranges
(`3:30`, `2:1`, `5-7`), ordinals (`2nd`, `the fifth`), `one` by itself (mostly a pronoun),
`half` in `two and a half`, `half a` or `half past`, digits glued to letters (`A4`), exponents, and
digits that belong to a longer formula (`3^4`, `x_1`, `\\frac12`). A question that already
speaks of the variable gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from mmeval.augmenting.masks.mask import VARIABLES, Mask, Style

_UNITS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_PARTS = {
    "half": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
_SMALL = "|".join(sorted([*_UNITS, *_TENS], key=len, reverse=True))
_WORD = rf"(?:{_SMALL}|hundred|thousand|million)"
_JOINED = r"(?:-|[ ]|(?<=hundred)[ ]and[ ]|(?<=thousand)[ ]and[ ]|(?<=million)[ ]and[ ])"
_PHRASE = re.compile(
    rf"(?<![\w-])(?P<phrase>(?:{_SMALL})(?:{_JOINED}{_WORD}\b)*)\b"
    rf"(?:[ -](?P<part>half|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?"
    r"|tenths?)\b)?(?!-\d)",
    re.IGNORECASE,
)
_SPECIAL = re.compile(
    r"(?<![\w-])(?:(?P<half>half)|twice|thrice|(?P<dozen>a dozen)|a couple of)(?![\w-])",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"(?<![\w.,:/^_\\{\-–−+*=<>|])(?<!\d )(?:\\?\$)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<over>/\d+)?"
)
MAX_WORDS = 12
"""Words of one number phrase; a longer run is a list and not a number."""


def improved_masks(question: str, style: Style) -> list[Mask]:
    """One backward question per number of the question, in their order.

    Each mask's gold is the exact number that its token says; a percentage's gold is the
    number before the sign.
    """
    variable = VARIABLES[style]
    if re.search(rf"(?<![A-Za-z\\]){variable}(?![A-Za-z])", question):
        return []
    masks = [*_digit_masks(question, variable)]
    if style == "GSM":
        masks += _word_masks(question, variable)
        masks += _special_masks(question, variable)
    return sorted(masks, key=lambda mask: mask.at)


def _mask(question: str, span: tuple[int, int], hidden: str, gold: str) -> Mask:
    at, to = span
    return Mask(
        question=question[:at] + hidden + question[to:],
        gold=gold,
        token=question[at:to],
        at=at,
        to=to,
    )


def _digit_masks(question: str, variable: str) -> Iterator[Mask]:
    for match in _DIGITS.finditer(question):
        end = match.end("over") if match["over"] else match.end("number")
        if not _ends_a_number(question[end : end + 3]):
            continue
        number = match["number"].replace(",", "")
        if match["over"] and ("." in number or int(match["over"][1:]) == 0):
            continue
        span = (match.start("number"), end)
        yield _mask(question, span, variable, _plain(number) + (match["over"] or ""))


def _ends_a_number(after: str) -> bool:
    """Whether a number may end before these characters: not where it would go on as a
    clock, a range, an ordinal, a formula or a word."""
    if not after:
        return True
    first, rest = after[0], after[1:]
    if first == "-":  # `10-minute`, but not `5-7`
        return rest[:1].isalpha()
    if first in ".,:":  # the end of a sentence, but not `3.5.1`, `1,23` or `3:30`
        return not rest[:1].isdigit()
    if first in " \\":  # a mixed number's whole part, `3 1/2`; a percent sign of LaTeX's
        return rest[:1] == "%" or (first == " " and not rest[:1].isdigit())
    return not (first.isalnum() or first in "^_/{}–−=+*<>|!")


def _word_masks(question: str, variable: str) -> Iterator[Mask]:
    for match in _PHRASE.finditer(question):
        words = match["phrase"].lower().replace("-", " ").replace(" and ", " ").split()
        value = _value(words) if len(words) <= MAX_WORDS else None
        part = match["part"]
        if value is None or (part is None and value == 1):
            continue
        if part is None:
            span = match.span("phrase")
            if question[span[1] : span[1] + 1] == "-" and not question[span[1] + 1 :][:1].isalpha():
                continue
            yield _mask(question, span, variable, str(value))
        else:
            below = _PARTS[part.lower().removesuffix("s")]
            yield _mask(question, match.span(), variable, f"{value}/{below}")


def _value(words: list[str]) -> int | None:
    """The number that the words spell; None where they are two numbers or none."""
    total, group, last = 0, 0, 1_000_000_000
    for word in words:
        if word in _SCALES and group:
            scale = _SCALES[word]
            if scale == 100:
                if group >= 100:
                    return None
                group, last = group * 100, 100
            else:
                if total and total % (scale * 1000):
                    return None
                total, group, last = total + group * scale, 0, scale
            continue
        value = _TENS.get(word) or _UNITS.get(word)
        if value is None or (value >= 10 and last < 100) or (value < 10 and last < 20):
            return None
        group, last = group + value, value if value >= 10 else 1
        if 10 <= value < 20:
            last = 1
    return total + group or None


def _special_masks(question: str, variable: str) -> Iterator[Mask]:
    hidden: Mapping[str, tuple[str, str]] = {
        "half": (f"{variable}%", "50"),
        "twice": (f"{variable} times", "2"),
        "thrice": (f"{variable} times", "3"),
        "a dozen": (variable, "12"),
        "a couple of": (variable, "2"),
    }
    for match in _SPECIAL.finditer(question):
        if match["half"] and _fixed(question, match.start()):
            continue
        if match["dozen"] and question[: match.start()].lower().endswith("half "):
            continue
        text, gold = hidden[match[0].lower()]
        yield _mask(question, match.span(), text, gold)


def _fixed(question: str, at: int) -> bool:
    """Whether `half` belongs to a phrase: `two and a half`, `a half`, `one half`, `half a`."""
    before = question[:at].lower().rstrip()
    after = question[at + 4 :].lower().split()[:1]
    words = before.rsplit(maxsplit=1)[-1:] if before else []
    return after in (["a"], ["an"], ["past"]) or (
        words[:1] in (["a"], ["and"], ["one"]) and after != ["of"]
    )


def _plain(number: str) -> str:
    whole, point, rest = number.partition(".")
    rest = rest.rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{rest}" if point and rest else whole


_ANY_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")
_ANY_WORDS = {
    **{word: Fraction(value) for word, value in {**_UNITS, **_TENS, **_SCALES}.items()},
    **{word: Fraction(1, value) for word, value in _PARTS.items()},
    **dict.fromkeys(
        ("twice", "double", "doubles", "doubled", "couple", "pair", "both"), Fraction(2)
    ),
    **dict.fromkeys(("thrice", "triple", "triples", "tripled"), Fraction(3)),
    **dict.fromkeys(("dozen", "dozens"), Fraction(12)),
    "quadruple": Fraction(4),
    "score": Fraction(20),
}


def spoken_numbers(question: str) -> Iterator[tuple[int, Fraction]]:
    """(where it begins, its value) of everything in a question that may be a number, each
    piece of a phrase and the phrase itself: what a solution may have taken from it."""
    for match in _ANY_DIGITS.finditer(question):
        yield match.start(), Fraction(match[0].replace(",", ""))
    for match in re.finditer(r"\d+/\d+", question):
        above, _, below = match[0].partition("/")
        if int(below):
            yield match.start(), Fraction(int(above), int(below))
    for match in re.finditer(r"[A-Za-z]+", question):
        value = _ANY_WORDS.get(match[0].lower()) or _ANY_WORDS.get(match[0].lower().rstrip("s"))
        if value is not None:
            yield match.start(), value
    for mask in _word_masks(question, "x"):
        yield mask.at, Fraction(mask.gold)
