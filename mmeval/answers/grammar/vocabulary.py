"""Words with a meaning in an answer: numbers, functions, months."""

from __future__ import annotations

import re
from fractions import Fraction

FUNCTIONS = frozenset(
    {"sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh"}
    | {"tanh", "ln", "log", "lg", "exp", "gcd", "lcm", "max", "min", "det", "arg", "Re", "Im"}
    | {"deg", "arccot", "arcsec", "arccsc", "coth", "sech", "csch", "arcsinh", "arccosh", "arctanh"}
    | {"floor", "ceil", "abs", "lb"}
)
GREEK = frozenset(
    {"alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta"}
    | {"vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon"}
    | {"phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi"}
    | {"Sigma", "Phi", "Psi", "Omega", "ell", "hbar", "odot", "varsigma", "varrho", "varpi"}
)
CONNECTIVES = frozenset({"and", "or"})
SMALL_WORDS = frozenset(
    {"is", "it", "in", "to", "of", "at", "by", "no", "on", "an", "as", "be", "we", "so", "do"}
    | {"if", "he", "up", "us", "my", "me", "go", "the", "are", "was", "has", "for", "not", "yes"}
    | {"one", "two", "six", "ten", "any", "all", "per", "day", "way", "inf", "odd", "may", "sun"}
    | {"mon", "tue", "wed", "thu", "fri", "sat", "jan", "feb", "mar", "apr", "jun", "jul", "aug"}
    | {"sep", "oct", "nov", "dec", "am", "pm", "none", "true", "usd", "eur", "gbp"}
)
"""Two and three letters that are words and not products of variables."""

_CARDINALS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen", "twenty"),
)
NUMBER_WORDS: dict[str, int] = {word: value for value, word in enumerate(_CARDINALS)} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}


_ORDINALS = ["half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
_PARTS: dict[str, int] = {
    **{word: value for value, word in enumerate(_ORDINALS, 2)},
    **{"fourth": 4, "halve": 2, "hundredth": 100, "thousandth": 1000, "twelfth": 12},
    **{"sixteenth": 16, "twentieth": 20},
}
"""Words of a denominator, in their singular."""


def spelled_number(words: str) -> int | None:
    """The value of `four`, `twenty-one` or `two hundred and five`; None for anything else."""
    value = spelled_value(words)
    return int(value) if value is not None and value.denominator == 1 else None


def spelled_value(words: str) -> Fraction | None:
    """Value of `minus five`, `three quarters`, `one and a half`, `half a million`; else None."""
    if len(words) > 100:
        return None
    parts = words.lower().replace("-", " ").split()
    if parts and parts[0] in ("minus", "negative"):
        value = _spelled(parts[1:])
        return None if value is None else -value
    return _spelled(parts)


def _spelled(parts: list[str]) -> Fraction | None:  # noqa: PLR0911 - one return a form
    if not parts:
        return None
    if "point" in parts[1:]:
        at = parts.index("point")
        whole, digits = _whole(parts[:at]), [NUMBER_WORDS.get(each) for each in parts[at + 1 :]]
        if whole is None or not digits or any(each is None or each > 9 for each in digits):
            return None
        return Fraction(f"{whole}.{''.join(map(str, digits))}")
    if parts[0] == "half" and parts[1:2] in (["a"], ["of"]) and parts[2:]:
        whole = _whole(["one", *parts[2:]])
        return None if whole is None else Fraction(whole, 2)
    if "and" in parts:  # one and a half; but two hundred and five
        at = len(parts) - 1 - parts[::-1].index("and")
        more = _share(parts[at + 1 :])
        whole = _whole(parts[:at])
        if more is not None and whole is not None:
            return whole + more
    share = _share(parts)
    if share is not None:
        return share
    whole = _whole(parts)
    return None if whole is None else Fraction(whole)


def _share(parts: list[str]) -> Fraction | None:
    """`half`, `a third`, `three quarters`."""
    last = parts[-1].removesuffix("s") if parts else ""
    size = _PARTS.get(last)
    if size is None:
        return None
    count = 1 if parts[:-1] in ([], ["a"], ["an"]) else _whole(parts[:-1])
    return None if count is None else Fraction(count, size)


def _whole(parts: list[str]) -> int | None:
    """`two hundred and five thousand`; None where the words are in no order of a number."""
    total, group, before = 0, 0, 0
    for place, word in enumerate(parts):
        size = MAGNITUDES.get(word)
        value = NUMBER_WORDS.get(word)
        if word == "and" and 0 < place < len(parts) - 1 and before in (100, 1000, 10**6):
            continue
        if value is not None:
            tens = group % 100
            if tens and not (tens >= 20 and not tens % 10 and 0 < value < 10):
                return None
            group, before = group + value, value
        elif word in ("a", "an") and not place and len(parts) > 1:
            group = 1
        elif size == 100 and 0 < group < 100:
            group, before = group * 100, 100
        elif size is not None and size != 100 and group:
            total, group, before = total + group * size, 0, size
        else:
            return None
    return total + group if parts else None


_CJK_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")}
_CJK_DIGITS |= {"〇": 0, "两": 2, "兩": 2}
_CJK_SIZES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8}
CJK_MAGNITUDES = {"万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8, "만": 10**4, "억": 10**8}
"""Signs behind digits that multiply them."""


def cjk_value(text: str) -> Fraction | None:
    """The value of `四十二`, `负五`, `二分之一`, `百分之二十`; None for anything else."""
    if not text or len(text) > 40:
        return None
    if text[0] in "负負":
        value = cjk_value(text[1:])
        return None if value is None else -value
    if "分之" in text:
        below, _, above = text.partition("分之")
        size, count = _cjk_whole(below), _cjk_whole(above)
        return Fraction(count, size) if size and count is not None else None
    whole = _cjk_whole(text)
    return None if whole is None else Fraction(whole)


def _cjk_whole(text: str) -> int | None:
    if not text or any(sign not in _CJK_DIGITS and sign not in _CJK_SIZES for sign in text):
        return None
    if len(text) > 1 and not any(sign in _CJK_SIZES for sign in text):
        return int("".join(str(_CJK_DIGITS[sign]) for sign in text))
    total, section, digit = 0, 0, 0
    for sign in text:
        if sign in _CJK_DIGITS:
            digit = _CJK_DIGITS[sign]
        elif _CJK_SIZES[sign] >= 10**4:
            total, section, digit = total + (section + digit) * _CJK_SIZES[sign], 0, 0
        else:
            section, digit = section + (digit or 1) * _CJK_SIZES[sign], 0
    return total + section + digit


MAGNITUDES: dict[str, int] = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
    "quadrillion": 10**15,
    "quintillion": 10**18,
    "lakh": 10**5,
    "lakhs": 10**5,
    "crore": 10**7,
    "crores": 10**7,
    "thousands": 10**3,
    "millions": 10**6,
    "billions": 10**9,
}
"""Words behind a number that multiply it."""
VALUE_WORDS = frozenset(
    {"factorial", "squared", "cubed", "half", "halves", "third", "thirds", "quarter", "quarters"}
    | {"root", "times", "plus", "minus", "over", "divided", "point", "tenths", "hundredths"}
)
"""Words behind a number that change it in a way the grammar does not read."""

_MONTHS = frozenset(
    {"january", "february", "march", "april", "may", "june", "july", "august", "september"}
    | {"october", "november", "december"}
)


_SHORT_MONTHS = {each[:3]: each for each in _MONTHS} | {"sept": "september"}
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z")
_IN_ORDER = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


def is_date(words: str) -> bool:
    """Whether a text names a month, as `June 20` does."""
    return not _MONTHS.isdisjoint(words.lower().replace(",", " ").split())


def date_parts(words: str) -> frozenset[str] | None:
    """`{june, 20}` of `June 20`, `20th of Jun` and, with its year, of `2024-06-20`; else None."""
    iso = _ISO_DATE.match(words)
    if iso is not None and 1 <= int(iso[2]) <= 12:
        return frozenset({iso[1], _IN_ORDER[int(iso[2]) - 1], str(int(iso[3]))})
    parts = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", words.lower()).replace(",", " ").split()
    named = [
        _SHORT_MONTHS.get(each.rstrip("."), each) for each in parts if each not in ("of", "the")
    ]
    if _MONTHS.isdisjoint(named) or not all(each in _MONTHS or each.isdecimal() for each in named):
        return None
    return frozenset(str(int(each)) if each.isdecimal() else each for each in named)
