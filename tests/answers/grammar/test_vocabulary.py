"""Words with a meaning: number words, months, and lists that do not contradict each other."""

from __future__ import annotations

import pytest

from mmeval.answers.grammar.vocabulary import (
    CONNECTIVES,
    FUNCTIONS,
    GREEK,
    MAGNITUDES,
    NUMBER_WORDS,
    SMALL_WORDS,
    VALUE_WORDS,
    is_date,
    spelled_number,
)

TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def test_every_number_below_a_hundred_is_read_in_each_spelling() -> None:
    compound = [
        (f"{ten} {unit}", 10 * t + u)
        for t, ten in enumerate(TENS, 2)
        for u, unit in enumerate(UNITS, 1)
    ]
    words = dict(compound) | NUMBER_WORDS
    assert sorted(words.values()) == list(range(100))
    for spelled, value in words.items():
        for spelling in (spelled, spelled.upper(), spelled.replace(" ", "-")):
            assert spelled_number(spelling) == value


@pytest.mark.parametrize(
    "words", ["", "four five", "many", "twenty zero", "twenty ten", "one twenty", "two twenty one"]
)
def test_other_words_are_no_number(words: str) -> None:
    assert spelled_number(words) is None


@pytest.mark.parametrize(
    ("words", "date"),
    [("June 20", True), ("the 4th of JULY", True), ("20", False), ("Junes", False)],
)
def test_a_date_names_a_month(words: str, date: bool) -> None:
    assert is_date(words) is date


def test_a_word_has_one_meaning() -> None:
    """The tokeniser asks these in turn: a word in two of them would have the first alone."""
    lists = {
        "connectives": CONNECTIVES,
        "functions": FUNCTIONS,
        "greek": GREEK,
        "magnitudes": frozenset(MAGNITUDES),
        "value words": VALUE_WORDS,
    }
    words = [word for each in lists.values() for word in each]
    assert len(words) == len(set(words))


def test_small_words_are_short_and_lower_for_only_such_runs_are_looked_up() -> None:
    assert all(word == word.lower() and 2 <= len(word) <= 4 for word in SMALL_WORDS)
