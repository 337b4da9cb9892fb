"""The word problems with small numbers, and their backward twins, by other means than they
are made. What the templates say is tested in `test_wordproblems.py`."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from mmeval import catalog
from mmeval.declare import Benchmark, Row
from mmeval.problems.backward_words import ask_for
from mmeval.problems.word_problems import fill
from mmeval.problems.word_problems import template as templates
from mmeval.problems.word_problems.template import Template

NAMES = ("wordproblems_small", "wordproblems_small_backward", "wordproblems_small_sv")
SPLITS = ("train", "test")
EQUATION = re.compile(r"(?<![+*/-] )(?<!\d)(\d+) ([+*/-]) (\d+) = (\d+)")
"""Of two numbers; longer ones are compared in `test_wordproblems.py`, by a parser."""
NUMBER = re.compile(r"\d+")
DRAWS = 2_000


def benchmark(name: str) -> Benchmark:
    """The declared benchmark, as the product loads it."""
    found = catalog.load("benchmarks", name)
    assert isinstance(found, Benchmark)
    return found


@cache
def rows(name: str, split: str) -> list[Row]:
    """The default rows of a split, seed 0."""
    declared = benchmark(name)
    assert declared.make is not None
    size = declared.splits[split].rows
    assert size is not None
    return list(declared.make(split, size, 0))


@cache
def whole(split: str) -> tuple[Template, ...]:
    """The templates of a split, with the numbers of `wordproblems`."""
    return templates.load(catalog.folder("benchmarks") / f"wordproblems_{split}.toml")


@pytest.mark.parametrize("split", SPLITS)
def test_no_number_is_above_12_and_no_step_above_40(split: str) -> None:
    for row in rows("wordproblems_small", split):
        numbers = [int(each) for each in NUMBER.findall(row["question"])]
        assert all(2 <= each <= 12 for each in numbers), row["question"]
        assert len(set(numbers)) == len(numbers)
        assert 2 <= int(row["gold"]) <= 40
        for *_, result in EQUATION.findall(row["solution"]):
            assert 2 <= int(result) <= 40, row["solution"]


@pytest.mark.parametrize("split", SPLITS)
def test_every_calculation_of_a_solution_holds_and_the_last_gives_the_gold(split: str) -> None:
    work = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}
    found = Counter[str]()
    for row in rows("wordproblems_small", split):
        equations = EQUATION.findall(row["solution"])
        for left, sign, right, result in equations:
            found[sign] += 1
            if sign == "/":
                assert int(right) * int(result) == int(left)
            else:
                assert work[sign](int(left), int(right)) == int(result)
        assert row["solution"].endswith(f"\n#### {row['gold']}\nThe answer is: {row['gold']}")
    assert min(found[sign] for sign in "+-*/") > 50


@pytest.mark.parametrize("split", SPLITS)
def test_a_twin_hides_one_number_of_its_row_and_tells_the_answer(split: str) -> None:
    for row, fobar, sv in zip(*(rows(name, split) for name in NAMES), strict=True):
        assert fobar["original_question"] == sv["original_question"] == row["question"]
        assert fobar["gold"] == sv["gold"]
        question, line = fobar["question"].split("\n")
        place = fobar["masked_at"]
        assert question[:place] + fobar["gold"] + question[place + 1 :] == row["question"]
        assert f"the answer to the above question is {row['gold']}," in line
        assert sv["question"][sv["masked_at"]] == "x"
        assert sv["question"].endswith(ask_for())
        assert row["gold"] in NUMBER.findall(sv["question"])


@pytest.mark.parametrize("split", SPLITS)
def test_trying_every_x_of_2_to_12_finds_the_gold_of_a_twin_alone(split: str) -> None:
    small = {each.id: each for each in templates.with_small_numbers(whole(split))}
    for row in rows("wordproblems_small_backward", split)[:120]:
        template = small[row["template"]]
        names = [key for key in template.question[1::2] if key in template.numbers]
        shown = map(int, NUMBER.findall(row["original_question"]))
        drawn = dict(zip(names, shown, strict=True))
        free = replace(template, require=())
        fits = []
        for x in range(2, 13):
            values = fill.work_out(free, {**drawn, row["masked"]: x})
            last = template.steps[-1].name
            if values is not None and values[last] == int(row["original_gold"]):
                fits.append(x)
        assert fits == [int(row["gold"])], row["question"]


@pytest.mark.parametrize("split", SPLITS)
def test_templates_are_taken_where_they_give_problems_enough(split: str) -> None:
    """One draw in 1,000 at the least: `fill` gives up after 20,000."""
    small = templates.with_small_numbers(whole(split))
    assert len(small) == {"train": 40, "test": 12}[split]
    for template in small:
        rng = random.Random(template.id)
        draws = (
            {name: rng.choice(values) for name, values in template.numbers.items()}
            for _ in range(DRAWS)
        )
        assert sum(fill.work_out(template, each) is not None for each in draws) >= 2


def test_what_a_template_requires_of_its_numbers_stays() -> None:
    for split in SPLITS:
        by_id = {each.id: each for each in whole(split)}
        for small in templates.with_small_numbers(whole(split)):
            own = by_id[small.id].require
            assert small.require[: len(own)] == own
            assert len(small.require) == len(own) + len(small.steps)


@pytest.mark.parametrize("name", NAMES)
def test_no_question_comes_twice(name: str) -> None:
    for split in SPLITS:
        questions = [row["question"] for row in rows(name, split)]
        assert len(set(questions)) == len(questions)


def test_the_splits_share_no_template() -> None:
    describe = benchmark("wordproblems_small").describe
    assert describe is not None
    lines = dict(describe())
    assert lines["templates"] == "40 train, 12 test"
    assert lines["overlap"] == "0 of 12 test templates are in train"


def test_a_guess_of_the_most_frequent_answer_is_right_as_often_as_the_docs_say() -> None:
    often = [
        Counter(row["gold"] for row in rows(name, "test")).most_common(1)[0][1] for name in NAMES
    ]
    assert often == [69, 80, 80]


@pytest.mark.parametrize("arm", ["sft", "answers", "rephrase", "fobar", "self-verify"])
def test_every_arm_has_rows_of_the_benchmark_s_own_train_problems(arm: str) -> None:
    declared = benchmark("wordproblems_small")
    assert declared.train is not None
    made = list(declared.train("train", arm, 200, 2, 0))
    originals = [row["question"] for row in rows("wordproblems_small", "train")[:200]]
    assert {row["original_question"] for row in made} == set(originals)
    assert len(made) == 200 if arm == "sft" else len(made) > 350


@pytest.mark.parametrize("name", NAMES)
def test_read_gives_question_gold_and_the_parent_s_twin(name: str) -> None:
    declared, row = benchmark(name), rows(name, "test")[0]
    item = declared.read(row)
    assert (item.question, item.gold) == (row["question"], row["gold"])
    assert "####" not in str(item.meta["solution"])
    if name != "wordproblems_small":
        assert declared.parent == "wordproblems_small"
        assert item.twin_question == rows("wordproblems_small", "test")[0]["question"]


@pytest.mark.parametrize(
    ("name", "split", "digest"),
    [
        ("wordproblems_small", "train", "2401fdd226200116"),
        ("wordproblems_small", "test", "d7981f617b80ede5"),
        ("wordproblems_small_backward", "train", "714fb1500cc826b6"),
        ("wordproblems_small_backward", "test", "0c6da2d0bb07c5d3"),
        ("wordproblems_small_sv", "train", "1a10c7f349540882"),
        ("wordproblems_small_sv", "test", "2f57a0b451d61220"),
    ],
)
def test_the_default_rows_are_the_published_ones(name: str, split: str, digest: str) -> None:
    """A changed hash is another benchmark: earlier results no longer compare with it."""
    text = "\n".join(f"{r['question']}\t{r['gold']}\t{r['solution']}" for r in rows(name, split))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest
