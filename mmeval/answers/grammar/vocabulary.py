"""Words with a meaning in an answer: numbers, functions, months."""

from __future__ import annotations

FUNCTIONS = frozenset(
    {"sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh"}
    | {"tanh", "ln", "log", "lg", "exp", "gcd", "lcm", "max", "min", "det", "arg", "Re", "Im"}
    | {"deg"}
)
GREEK = frozenset(
    {"alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta"}
    | {"vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon"}
    | {"phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi"}
    | {"Sigma", "Phi", "Psi", "Omega", "ell"}
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


def spelled_number(words: str) -> int | None:
    """The value of `four` or `twenty-one`; None for anything else."""
    total = 0
    parts = words.lower().replace("-", " ").split()
    if not 1 <= len(parts) <= 2 or any(part not in NUMBER_WORDS for part in parts):
        return None
    if len(parts) == 2 and not (NUMBER_WORDS[parts[0]] >= 20 and 0 < NUMBER_WORDS[parts[1]] < 10):
        return None
    for part in parts:
        total += NUMBER_WORDS[part]
    return total


MAGNITUDES: dict[str, int] = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
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


def is_date(words: str) -> bool:
    """Whether a text names a month, as `June 20` does."""
    return not _MONTHS.isdisjoint(words.lower().split())
