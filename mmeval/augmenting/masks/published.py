"""Which numbers of a question can be hidden, byte for byte as MetaMathQA's were.

    >>> [m.question for m in masks("Ann has 5 pens and half a $3 cake.", "GSM")]
    ['Ann has x pens and half a $3 cake.', 'Ann has 5 pens and x% a $3 cake.', \
'Ann has 5 pens and half a $x cake.']

The question is split at single spaces, and each token that counts as a number gives one
backward question. The published rule has its oddities, which are kept: `$5.` becomes
`x.`, `half` becomes `x%` with the gold 50, `five,` and `10-minute` are not seen, and the
gold of `3^4` is 4. `mmeval.augmenting.masks.improved` has none of them.

Two rows of the published script make no sense and are not made here: the gold of `$.75` is
0.75 and not 75 (its pattern wants a digit before the point), and a question that says what
the variable is (`If x = 5`) gives nothing, where the script writes `If x = x`.

Source: paper section 3.3 (Self-Verification and FOBAR) and
https://github.com/meta-math/MetaMath/blob/fe667b1/code_for_generating_data/code/
main_create_backward_questions.py with utils/answer_clean_utils.py
"""

from __future__ import annotations

import re

from mmeval.augmenting.masks.mask import VARIABLES, Mask, Style, _cleaned

WORDS = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "fifth": "5",
    "sixteen": "16",
    "half": "50%",
}
"""The number words of the published rule, in lower case and without punctuation only."""
_REFUSED = re.compile('[a-zA-Z\n:()*"+–-]')
"""What a token with a digit may not hold; a dash of either length among it."""
_PUNCTUATION = tuple(",.?;”'!\"%")
"""A token that ends in one of these keeps all that follows its last digit."""
_LAST_DIGIT = re.compile(r".*[0-9]")
_NUMBER = re.compile(r"-?\d+/?\.?\d*|(?<![\d.])\.\d+")
_SIDE = r"(?:[-+*/^()\d\s$]|\.(?=\d))*?"
_STATED = rf"""
    (?P<named>\\[A-Za-z]+\s*)? (?<![A-Za-z\\]) VARIABLE (?![A-Za-z]) {_SIDE}
        (?:= | \b(?:is|was|be|equals)\b (?:\s+equal\s+to\b)?)
        [-+$.\s]* (?:\d | \b(?:{"|".join(WORDS)})\b)
    | \d[\s$]* = {_SIDE} (?<![A-Za-z\\]) VARIABLE (?![A-Za-z])
"""
"""Words or an equation that say what the variable is: `x is 5`, `2x + 3 = 11`, `12 = x + 7`."""


def masks(question: str, style: Style) -> list[Mask]:
    """One backward question per number that the published rule sees, in their order."""
    if states(question, VARIABLES[style]):
        return []
    hidden_numbers = []
    at = 0
    for token in question.split(" "):
        to = at + len(token)
        hidden = hide(token, style)
        if hidden is not None:
            hidden_numbers.append(
                Mask(
                    question=question[:at] + hidden + question[to:],
                    gold=gold_of(token, style),
                    token=token,
                    at=at,
                    to=to,
                )
            )
        at = to + 1
    return hidden_numbers


def states(question: str, variable: str) -> bool:
    """Whether the question says what the variable is; `\\tan X = 2` does not."""
    pattern = re.compile(_STATED.replace("VARIABLE", variable), re.VERBOSE)
    return any(match["named"] is None for match in pattern.finditer(question))


def hide(token: str, style: Style) -> str | None:
    """What takes the token's place; None where the rule sees no number in it.

    The published script stumbles over a token that ends in punctuation and has only
    digits of other scripts (`٣.`); here such a token is no number.
    """
    variable = VARIABLES[style]
    if style == "GSM" and token in WORDS:
        token = WORDS[token]
    elif not re.search(r"\d", token) or _REFUSED.search(token):
        return None
    if token.endswith(_PUNCTUATION):
        digits = _LAST_DIGIT.match(token)
        return None if digits is None else variable + token[digits.end() :]
    if style == "GSM" and token.startswith("$"):
        return f"${variable}"
    return variable


def gold_of(token: str, style: Style) -> str:
    """The hidden number, cleaned as the published script cleans a forward answer.

    The last number of the token without its commas; a trailing `.` or `/` goes, and what
    is a decimal loses its zeros: `4.00` is `4`. Empty for a token without a digit.
    """
    if style == "GSM":
        token = WORDS.get(token, token)
    numbers = _NUMBER.findall(token.replace(",", ""))
    if numbers and numbers[-1].startswith("."):
        return f"0{numbers[-1].rstrip('0')}".removesuffix(".")
    return _cleaned(numbers[-1]) if numbers else ""
