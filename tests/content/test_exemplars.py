"""Our few-shot examples: eight each, right, in the paper's layout, and from no test set."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmeval import catalog
from mmeval.augmenting.equations import equations, holds
from mmeval.augmenting.few_shot import few_shot
from mmeval.augmenting.keep import reasoning
from mmeval.augmenting.masks.mask import Style
from mmeval.augmenting.masks.published import masks
from mmeval.judging.judge import judge_text
from mmeval.records import Problem
from mmeval.training_data.overlap.find import find_overlap
from mmeval.training_data.rows import TrainingRow, row_id

NAMES = ("answer", "rephrase", "rewrite", "verify", "fobar")
STYLES: tuple[Style, ...] = ("GSM", "MATH")
CASES = [(name, style) for name in NAMES for style in STYLES]


def examples(name: str, style: Style) -> list[tuple[str, str]]:
    """(question, what follows it) of the solved examples of a prompt."""
    text = few_shot(name, style).text
    parts = re.split(r"(?:\A|\n)Question: ", text)[1:-1]
    marker = r"\n(?:A: |Rephrase the above question: | Result: )"
    return [(q, a.strip()) for q, a in (re.split(marker, part, maxsplit=1) for part in parts)]


@pytest.mark.parametrize(("name", "style"), CASES)
def test_a_prompt_has_eight_examples_and_one_place_for_the_question(
    name: str, style: Style
) -> None:
    text = few_shot(name, style).text
    assert len(examples(name, style)) == 8
    assert text.count("{question}") == 1
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f]", text) == []
    assert text.isascii()


@pytest.mark.parametrize("name", ["answer", "verify", "fobar"])
def test_every_calculation_of_the_word_problems_holds(name: str) -> None:
    found = [each for _, answer in examples(name, "GSM") for each in equations(answer)]
    assert len(found) >= 16
    assert [str(each) for each in found if holds(each) is not True] == []


@pytest.mark.parametrize("style", STYLES)
def test_a_backward_example_is_its_forward_one_reversed(style: Style) -> None:
    """Each masks one number of the forward question and finds exactly that number."""
    checker = catalog.load("checkers", "mmeval/1")
    forward = examples("answer", style)
    for (question, answer), (masked, found) in zip(forward, examples("fobar", style), strict=True):
        asked, _, condition = masked.partition("\nIf we know the answer to the above question is ")
        told = condition.partition(", what is the value")[0]
        assert judge_text(answer, told, checker).outcome == "right", question
        hidden = {m.question: m.gold for m in masks(question, style)}
        value = re.search(r"The value of [xX] is (.+)\.\Z", found)
        assert value is not None and hidden[asked] == value[1]


@pytest.mark.parametrize("style", STYLES)
def test_the_worked_answers_of_both_backward_prompts_are_the_same(style: Style) -> None:
    fobar, verify = examples("fobar", style), examples("verify", style)
    assert [a for _, a in fobar] == [a for _, a in verify]


@pytest.mark.parametrize("style", STYLES)
def test_a_rephrased_example_keeps_the_numbers(style: Style) -> None:
    for question, other in examples("rephrase", style):
        assert sorted(re.findall(r"\d+", question)) == sorted(re.findall(r"\d+", other))


def test_a_solution_says_more_than_its_answer() -> None:
    assert all(reasoning(answer) for _, answer in examples("answer", "GSM"))


def spoken() -> Iterator[TrainingRow]:
    for name, style in CASES:
        for question, answer in examples(name, style):
            yield TrainingRow(id=row_id(question, answer), query=question, response=answer)


def problems(data: Path) -> Iterator[Problem]:
    for file, field in (
        ("gsm8k/test.jsonl", "question"),
        ("gsm8k/train.jsonl", "question"),
        ("gsm8k_backward/GSM8K_Backward.jsonl", "question"),
        ("math/test.jsonl", "problem"),
        ("math/train.jsonl", "problem"),
    ):
        lines = (data / file).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            yield Problem(id=f"{file}/{number}", question=json.loads(line)[field], gold="0")


def test_no_example_is_in_a_data_set(data: Path) -> None:
    assert list(find_overlap(spoken(), list(problems(data)))) == []
