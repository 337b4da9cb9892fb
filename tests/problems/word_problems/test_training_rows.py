"""Training rows made from templates: right by construction, told apart by kind, all different."""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from mmeval import catalog
from mmeval.declare import Benchmark, Row
from mmeval.errors import DataError
from mmeval.problems.word_problems import fill
from mmeval.problems.word_problems import template as templates
from mmeval.problems.word_problems.template import PRONOUNS, Template
from mmeval.problems.word_problems.training_rows import ARMS, training_rows

SPLITS = ("train", "test")
NUMBER = re.compile(r"\d+")
ARTICLE = re.compile(r"\b[Aa] [aeiou](?!ne\b|ni|se)|\b[Aa]n [^aeiou ](?!our)")
ENDS = {
    "sft": r"\?",
    "answers": r"\?",
    "rephrase": r"\?",
    "fobar": r"\nIf we know the answer to the above question is \d+, what is the value of unknown "
    r"variable x\?",
    "self-verify": r"\. What is the value of unknown variable x\?",
}


@cache
def split_templates(split: str) -> tuple[Template, ...]:
    """The templates of a split."""
    return templates.load(catalog.folder("benchmarks") / f"wordproblems_{split}.toml")


@cache
def rows(split: str, arm: str, size: int = 200, copies: int = 3) -> list[Row]:
    """Rows as the benchmark makes them."""
    benchmark = catalog.load("benchmarks", "wordproblems")
    assert isinstance(benchmark, Benchmark)
    assert benchmark.train is not None
    return list(benchmark.train(split, arm, size, copies, 0))


EVERY = [pytest.param(t, id=t.id) for split in SPLITS for t in split_templates(split)]


@pytest.mark.parametrize("template", EVERY)
def test_a_template_has_two_paraphrases_three_solutions_and_an_answered_form(
    template: Template,
) -> None:
    assert len(template.wordings) == 3
    assert template.answered is not None
    for step in template.steps:
        assert len(step.says) == 3
        assert len(set(step.says)) == 3
    filled = fill.fill(template, random.Random(template.id))
    numbers = sorted(NUMBER.findall(filled.question()))
    texts = [filled.question(wording=i) for i in range(3)]
    assert len(set(texts)) == 3
    for text in texts:
        assert sorted(NUMBER.findall(text)) == numbers
        assert text.endswith("?")
        assert_well_formed(text)
        assert_names_come_first(text, filled.words)
    for name in template.numbers:
        question = filled.self_verification(name)
        assert_well_formed(question)
        assert re.findall(r"\bx\b", question) == ["x", "x"], "masked, and asked for"
        told = Counter(NUMBER.findall(question))
        assert told == Counter(numbers) - Counter([str(filled.values[name])]) + Counter(
            [str(filled.gold)]
        )


def assert_well_formed(text: str) -> None:
    """Plain characters, no slip of a placeholder, sentences that begin as sentences do."""
    assert re.fullmatch(r"[ -~\n]+", text), text
    assert not re.search(r"[{}]|  | [.,?;]|\.\d|\d\.\d|\.\.", text), text
    assert not ARTICLE.search(text), text
    for sentence in re.split(r"[.?] ", text.replace("\n", " ")):
        assert re.match(r"[A-Z#]", sentence), text


def assert_names_come_first(text: str, words: object) -> None:
    """Nobody is `he` or `she` before the name was said, but in the same sentence."""
    assert isinstance(words, dict)
    name = words.get("name")
    if name is None:
        return
    pronouns = {words[p] for p in PRONOUNS} | {words[p.capitalize()] for p in PRONOUNS}
    first = next(
        (s for s in re.split(r"(?<=[.?]) ", text) if pronouns & set(re.findall(r"\w+", s))), None
    )
    if first is not None:
        assert text.index(name) < text.index(first) + len(first), text


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("split", SPLITS)
def test_every_row_is_of_its_kind_well_formed_and_read_as_right(split: str, arm: str) -> None:
    checker = catalog.load("checkers", "metamath-gsm8k/1")
    for row in rows(split, arm):
        assert set(row) == {"type", "query", "original_question", "response", "made_by"}
        assert row["type"] == ARMS[arm][0]
        assert row["made_by"].startswith("template ")
        assert re.search(ENDS[arm] + r"\Z", row["query"])
        assert_well_formed(row["query"])
        assert_well_formed(row["response"].split("\n####")[0])
        closed = re.search(r"\n#### (\d+)\nThe answer is: (\d+)\Z", row["response"])
        assert closed is not None and closed[1] == closed[2]
        found = checker.extract(row["response"])
        assert checker.compare(found.value, closed[1]).outcome == "right"


@pytest.mark.parametrize("arm", ["fobar", "self-verify"])
def test_a_backward_row_puts_x_in_the_place_of_its_answer(arm: str) -> None:
    for row in rows("train", arm):
        answer = row["response"].rpartition(": ")[2]
        masked = Counter(NUMBER.findall(row["original_question"])) - Counter(
            NUMBER.findall(row["query"])
        )
        # The answer that is told may by chance be the number that is masked.
        assert masked in (Counter([answer]), Counter())


@pytest.mark.parametrize("arm", ARMS)
def test_no_row_comes_twice_and_a_problem_gives_what_it_can(arm: str) -> None:
    pairs = [(row["query"], row["response"]) for row in rows("train", arm)]
    assert len(set(pairs)) == len(pairs)
    counts = Counter(row["original_question"] for row in rows("train", arm))
    assert len(counts) == 200
    assert set(counts.values()) == ({1} if arm == "sft" else {3})


def test_arms_are_made_of_the_same_problems_as_the_benchmark() -> None:
    benchmark = catalog.load("benchmarks", "wordproblems")
    asked = [row["question"] for row in benchmark.make("train", 200, 0)]
    for arm in ARMS:
        assert list(dict.fromkeys(row["original_question"] for row in rows("train", arm))) == asked


def test_more_problems_and_more_copies_continue_the_same_rows() -> None:
    for arm in ARMS:
        assert rows("train", arm)[:60] == rows("train", arm, 60 if arm == "sft" else 20)
        few = rows("train", arm, 20, 2)
        assert all(row in rows("train", arm, 20, 3) for row in few)


def test_a_problem_with_one_step_ends_when_its_wordings_do() -> None:
    one = [t for t in split_templates("train") if len(t.steps) == 1][:1]
    made = list(training_rows(one, "0:train", "answers", 1, 50))
    assert len(made) == 3


def test_no_two_arms_share_a_query_but_those_that_mean_to() -> None:
    queries = {arm: {row["query"] for row in rows("train", arm)} for arm in ARMS}
    assert queries["sft"] == queries["answers"]
    for one, other in pairwise(["answers", "rephrase", "fobar", "self-verify"]):
        assert not queries[one] & queries[other]


@pytest.mark.parametrize(
    ("arm", "missing"), [("rephrase", "paraphrases"), ("self-verify", "answer")]
)
def test_a_template_without_what_an_arm_needs_is_named(arm: str, missing: str) -> None:
    from dataclasses import replace

    full = split_templates("train")[0]
    bare = replace(full, wordings=full.wordings[:1], answered=None)
    with pytest.raises(DataError, match=f"'{full.id}'.*{missing}"):
        list(training_rows([bare], "0:train", arm, 1, 1))
