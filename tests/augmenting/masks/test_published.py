"""Which numbers of a question the published rule hides, byte for byte."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from mmeval.augmenting.masks.mask import Rule, Style, clean_answer, fobar_question
from mmeval.augmenting.masks.published import gold_of, hide, masks
from mmeval.augmenting.masks.rules import rule_named
from tests.builders.jsonl_files import read_rows

PUBLISHED = [
    ("GSM", "5", "x", "5"),
    ("GSM", "half", "x%", "50"),
    ("GSM", "$80,000", "$x", "80000"),
    ("GSM", "$5.", "x.", "5"),  # the dollar sign is lost: the slip of the published script
    ("GSM", "2/5", "x", "2/5"),
    ("GSM", "50%.", "x%.", "50"),
    ("GSM", "25%", "x%", "25"),
    ("GSM", "20.", "x.", "20"),
    ("GSM", "1.5", "x", "1.5"),
    ("GSM", "4.00", "x", "4"),
    ("GSM", "1,360", "x", "1360"),
    ("GSM", "fifth", "x", "5"),
    ("GSM", "sixteen", "x", "16"),
    ("GSM", "twelve", "x", "12"),
    ("GSM", "7;", "x;", "7"),
    ("GSM", "7”", "x”", "7"),
    ("GSM", "7!", "x!", "7"),
    ("GSM", "$.75", "$x", "0.75"),  # the published script says 75
    ("GSM", "$.50.", "x.", "0.5"),
    ("GSM", ".5", "x", "0.5"),
    ("GSM", ".0", "x", "0"),
    ("GSM", "1..5", "x", "5"),
    ("GSM", "$1,000.75", "$x", "1000.75"),
    ("MATH", ".00005.$", "X", "0.00005"),
    ("MATH", "$39$,", "X$,", "39"),
    ("MATH", "17$?", "X$?", "17"),
    ("MATH", "3^4", "X", "4"),  # masked whole, but the last number alone is the gold
    ("MATH", "$5,8$", "X", "58"),
    ("MATH", "$7", "X", "7"),  # mathematics has no branch for money
]
NOT_SEEN = [
    *(("GSM", token) for token in ("five,", "Five", "dozen", "twenty", "10-minute", "3:2", "(5)")),
    *(("GSM", token) for token in ("2nd", "5+3", "5*3", '"5"', "5–7", "x", "", "a")),
    *(("MATH", token) for token in ("five", "half", "2x", "$(2,", "10)$.")),
]


@pytest.mark.parametrize(("style", "token", "hidden", "gold"), PUBLISHED)
def test_a_token_becomes_the_variable_as_in_the_published_script(
    style: Style, token: str, hidden: str, gold: str
) -> None:
    assert (hide(token, style), gold_of(token, style)) == (hidden, gold)


@pytest.mark.parametrize(("style", "token"), NOT_SEEN)
def test_a_token_that_the_published_script_does_not_see(style: Style, token: str) -> None:
    assert hide(token, style) is None


@pytest.mark.parametrize(
    ("style", "question", "made"),
    [
        ("GSM", "If x = 5, what is x + 3?", 0),
        ("GSM", "If 5 = x and y is 3 what is xy?", 0),
        ("GSM", "If x is five more than y, what is y?", 0),
        ("GSM", "If x is equal to 5 , how many pens are 4 of them?", 0),
        ("GSM", "If 2x + 3 = 11 , how much is 3 of them?", 0),
        ("GSM", "If 12 = x + 7 what is 3 of it?", 0),
        ("GSM", "If $x$ = $5$ what is 3 of it?", 0),
        ("MATH", "If $X = 5$ and $Y = 3$, what is $XY$?", 0),
        ("MATH", "If $x = 5$ and $y$ is 3 , what is $xy$?", 2),  # the variable is X there
        ("MATH", r"If $YZ = 12$ and $\tan X = 2$, what is $XY$?", 2),
        ("GSM", "The x-ray is $250 and 4 boards of 11 x 11 feet are 6", 5),
        ("GSM", "Max is 5 and his box is 6 feet wide.", 2),
    ],
)
def test_a_question_that_says_what_x_is_gives_nothing(
    style: Style, question: str, made: int
) -> None:
    """The published script writes `If x = x`."""
    assert len(masks(question, style)) == made


def test_digits_of_another_script_in_front_of_a_full_stop_stop_nothing() -> None:
    assert hide("\u0663.", "GSM") is None  # the published script raises here


def test_the_question_is_split_at_single_spaces_and_at_nothing_else() -> None:
    question = "Ann  has 5\npens and 6 caps."
    assert [m.question for m in masks(question, "GSM")] == ["Ann  has 5\npens and x caps."]


def backward_rows(data: Path) -> list[dict[str, str]]:
    file = data / "gsm8k_backward/GSM8K_Backward.jsonl"
    rows = read_rows(file)
    return [row for row in rows if "\nIf we know the answer of" in row["question"]]


QUESTIONS_OF_THE_SCRIPT = "11f4c8da20aba23795491d22763d67629b225d900196d8ed5ffc1c7709f723c0"
"""SHA-256 of them, NUL between two, before any slip was mended: each was the script's."""


def test_the_questions_of_three_data_sets_are_those_of_the_published_script(data: Path) -> None:
    """43,993 of them; 98 golds are others, those of decimals without a digit before the point."""
    made = []
    files: list[tuple[str, Style, str]] = [
        ("gsm8k/train.jsonl", "GSM", "question"),
        ("gsm8k/test.jsonl", "GSM", "question"),
        ("math/train.jsonl", "MATH", "problem"),
    ]
    for name, style, field in files:
        for line in (data / name).read_text(encoding="utf-8").splitlines():
            made += masks(json.loads(line)[field], style)
    assert len(made) == 43_993
    text = "\0".join(mask.question for mask in made)
    assert hashlib.sha256(text.encode()).hexdigest() == QUESTIONS_OF_THE_SCRIPT
    assert sum(bool(re.search(r"(?<![\d.])\.\d+\D*$", mask.token)) for mask in made) == 98


def test_every_fobar_row_of_gsm8k_backward_is_made_again(data: Path) -> None:
    """867 of 867, question and gold, from `original_question` and the test set's own answers."""
    lines = (data / "gsm8k/test.jsonl").read_text(encoding="utf-8").splitlines()
    answers = {r["question"]: r["answer"].rpartition("#### ")[2] for r in map(json.loads, lines)}
    published: Rule = rule_named("published")
    rows = backward_rows(data)
    made = 0
    for row in rows:
        original = row["original_question"]
        answer = clean_answer(answers[original])
        made += (row["question"], row["answer"]) in {
            (fobar_question(mask.question, answer, "GSM", "of"), mask.gold)
            for mask in published(original, "GSM")
        }
    assert (made, len(rows)) == (867, 867)
