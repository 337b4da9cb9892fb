"""The embedded benchmark and its backward twins, checked by other means than they are made."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import pytest

from mmeval import catalog
from mmeval.declare import Benchmark, Row
from mmeval.problems.word_problems import fill, likeness
from mmeval.problems.word_problems import template as templates
from mmeval.problems.word_problems.template import Template

SPLITS = ("train", "test")
NUMBER = re.compile(r"\d+")


def benchmark(name: str) -> Benchmark:
    """The declared benchmark, as the product loads it."""
    found = catalog.load("benchmarks", name)
    assert isinstance(found, Benchmark)
    return found


@cache
def rows(name: str, split: str, size: int, seed: int = 0) -> list[Row]:
    """Rows as the product makes them."""
    make = benchmark(name).make
    assert make is not None
    return list(make(split, size, seed))


@cache
def split_templates(split: str) -> tuple[Template, ...]:
    """The templates of a split."""
    return templates.load(catalog.folder("benchmarks") / f"wordproblems_{split}.toml")


EVERY_TEMPLATE = [
    pytest.param(split, template, id=f"{split}-{template.id}")
    for split in SPLITS
    for template in split_templates(split)
]


def value(expression: str, x: int | None = None) -> Fraction:
    """The value of a shown expression, by a small descent parser of the test's own."""
    tokens = re.findall(r"\d+|[x()*/+-]", re.sub(r"(\d+)x", r"(\1*x)", expression.replace(" ", "")))

    def atom() -> Fraction:
        token = tokens.pop(0)
        if token == "(":
            inside = total()
            assert tokens.pop(0) == ")"
            return inside
        if token == "x":
            assert x is not None
            return Fraction(x)
        return Fraction(int(token))

    def term() -> Fraction:
        left = atom()
        while tokens and tokens[0] in "*/":
            left = left * atom() if tokens.pop(0) == "*" else left / atom()
        return left

    def total() -> Fraction:
        left = term()
        while tokens and tokens[0] in "+-":
            left = left + term() if tokens.pop(0) == "+" else left - term()
        return left

    result = total()
    assert not tokens, expression
    return result


def equations(text: str) -> list[list[str]]:
    """The sides of every equation in a text."""
    side = r"[(]*(?:\d+x?|x)[)]*(?: [+*/-] [(]*(?:\d+x?|x)[)]*)*"
    return [found.split(" = ") for found in re.findall(rf"{side}(?: = {side})+", text)]


def test_the_value_parser_of_these_tests_can_calculate() -> None:
    assert value("2 + 3 * 4 - 10 / 5") == 12
    assert value("(2 + 3) * 4 - (10 - 4) / 5", None) == Fraction(94, 5)
    assert value("15x + 3", 2) == 33
    assert value("600 / 5x", 2) == 60
    assert equations("So 5x = 60 - 10 = 50, and (x + 3) / 2 = 9.") == [
        ["5x", "60 - 10", "50"],
        ["(x + 3) / 2", "9"],
    ]


# --- templates


def test_there_are_templates_enough_of_every_number_of_steps() -> None:
    for split, least, each in (("train", 60, 10), ("test", 20, 3)):
        steps = Counter(len(t.steps) for t in split_templates(split))
        assert sum(steps.values()) >= least
        assert sorted(steps) == [1, 2, 3, 4, 5, 6]
        assert min(steps.values()) >= each


def test_the_splits_share_no_template_and_no_name() -> None:
    train, test = (split_templates(split) for split in SPLITS)
    assert not {likeness.shape(t) for t in train} & {likeness.shape(t) for t in test}
    assert list(likeness.overlap(train, test)) == []
    assert not {t.id for t in train} & {t.id for t in test}
    people = [
        {entry for t in split for role in t.roles if role.base == "name" for entry in role.entries}
        for split in (train, test)
    ]
    assert all(len(each) >= 30 for each in people)
    assert not people[0] & people[1]


def test_the_splits_share_no_question_even_by_its_words() -> None:
    """The same comparison on produced text, where the templates are not looked at."""

    def words(row: Row) -> set[tuple[str, ...]]:
        line = re.findall(r"[a-z']+|#", NUMBER.sub("#", row["question"]).lower())
        return set(zip(line, line[1:], line[2:], strict=False))

    train = {row["template"]: words(row) for row in rows("wordproblems", "train", 66)}
    test = {row["template"]: words(row) for row in rows("wordproblems", "test", 24)}
    assert len(train) == 66 and len(test) == 24, "a round covers every template once"
    for one in train.values():
        for other in test.values():
            assert len(one & other) / len(one | other) < 0.2


def test_no_two_templates_of_a_split_are_nearly_the_same() -> None:
    for split in SPLITS:
        for one, other in combinations(split_templates(split), 2):
            assert likeness.similarity(one, other) < 0.25, (one.id, other.id)


def test_show_says_that_the_overlap_is_zero() -> None:
    describe = benchmark("wordproblems").describe
    assert describe is not None
    lines = dict(describe())
    assert lines["overlap"] == "0 of 24 test templates are in train"
    assert lines["templates"] == "66 train, 24 test"
    assert lines["by steps"].startswith("1: 11 train, 4 test; 2: 11 train, 4 test;")


@pytest.mark.parametrize(("split", "template"), EVERY_TEMPLATE)
def test_a_template_fills_fifty_times_with_right_golds_and_provable_twins(
    split: str, template: Template
) -> None:
    questions = set()
    for i in range(50):
        filled = fill.fill(template, random.Random(f"{split}:{i}"))
        question, solution = filled.question(), filled.solution()
        questions.add(question)
        drawn = {name: int(filled.values[name]) for name in template.numbers}
        assert sorted(NUMBER.findall(question)) == sorted(str(n) for n in drawn.values())
        sides = equations(solution)
        assert len(sides) == len(template.steps), solution
        for left, right in sides:
            assert value(left) == int(right), solution
        assert int(sides[-1][-1]) == filled.gold
        assert solution.endswith(f"\n#### {filled.gold}\nThe answer is: {filled.gold}")
        proved = [name for name in template.numbers if fill.proved(filled, name)]
        assert proved, "no number can be masked"
        for name in proved if i < 10 else ():
            check_twin(filled.twin_solution(name), drawn[name])
    assert len(questions) >= 45


def check_twin(solution: str, x: int) -> None:
    """Every equation of a twin's solution holds when the masked number is put in for x."""
    found = equations(solution)
    assert len(found) >= 2, solution
    for sides in found:
        assert len({value(side, x) for side in sides}) == 1, (sides, solution)
    assert solution.endswith(f"\nThe value of x is {x}.\n#### {x}\nThe answer is: {x}")


@pytest.mark.parametrize(("split", "template"), EVERY_TEMPLATE)
def test_trying_every_x_finds_the_masked_number_and_no_other(
    split: str, template: Template
) -> None:
    for i in range(2):
        filled = fill.fill(template, random.Random(f"{split}:{i}:x"))
        drawn = {name: int(filled.values[name]) for name in template.numbers}
        for name in template.numbers:
            assert fill.proved(filled, name), f"{name} of {template.id} cannot be masked"
            limit = max(3 * drawn[name], 150)
            fits = []
            for x in range(1, limit):
                values: dict[str, Fraction] = {k: Fraction(n) for k, n in drawn.items()}
                values[name] = Fraction(x)
                try:
                    for step in template.steps:
                        values[step.name] = compute(step.formula, values)
                except ZeroDivisionError:
                    continue
                if values[template.steps[-1].name] == filled.gold:
                    fits.append(x)
            assert fits == [drawn[name]]


def compute(formula: Any, values: dict[str, Fraction]) -> Fraction:
    """A formula's value, written out once more."""
    if isinstance(formula, str):
        return values[formula]
    if isinstance(formula, int):
        return Fraction(formula)
    sign, left, right = formula[0], compute(formula[1], values), compute(formula[2], values)
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    return left * right if sign == "*" else left / right


# --- rows


@pytest.mark.parametrize("name", ["wordproblems", "wordproblems_backward"])
@pytest.mark.parametrize("split", SPLITS)
def test_rows_are_the_same_for_everybody_and_a_larger_size_continues_them(
    name: str, split: str
) -> None:
    make = benchmark(name).make
    assert make is not None
    first = list(make(split, 300, 5))
    assert first == list(islice(make(split, 900, 5), 300))
    other = {row["question"] for row in make(split, 300, 6)}
    assert len(other & {row["question"] for row in first}) <= 3


@pytest.mark.parametrize("split", SPLITS)
def test_no_question_comes_twice_forward_or_backward(split: str) -> None:
    for name in ("wordproblems", "wordproblems_backward"):
        questions = [row["question"] for row in rows(name, split, 2000)]
        assert len(set(questions)) == 2000


@pytest.mark.parametrize("split", SPLITS)
def test_every_text_is_plain_complete_and_well_formed(split: str) -> None:
    for name in ("wordproblems", "wordproblems_backward"):
        for row in rows(name, split, 2000):
            for text in (row["question"], row["solution"]):
                assert re.fullmatch(r"[ -~\n]+", text), text
                assert not re.search(r"[{}]|  | [.,?]|\.\d|\d\.\d", text), text
                for sentence in text.replace("\n", " ").split(". "):
                    assert re.match(r"[A-Z#]", sentence), text
            assert re.search(r"[a-z]\?$", row["question"])
            if name == "wordproblems":
                whole = f"{row['question']} {row['solution']}"
                assert not re.search(r"\b[01]\b", whole), "a plural would be wrong"


@pytest.mark.parametrize("checker_name", ["metamath-gsm8k/1", "mmeval/1"])
def test_its_checkers_read_every_worked_solution_as_its_gold(checker_name: str) -> None:
    checker = catalog.load("checkers", checker_name)
    for name in ("wordproblems", "wordproblems_backward"):
        assert checker_name in benchmark(name).checkers
        for split in SPLITS:
            for row in rows(name, split, 1000):
                found = checker.extract(row["solution"])
                assert found is not None
                assert checker.compare(found.value, row["gold"]).outcome == "right"


@pytest.mark.parametrize("split", SPLITS)
def test_no_solution_holds_a_stop_string_of_the_prompt(split: str) -> None:
    stops = catalog.load("prompts", "metamath").stop
    assert stops
    for name in ("wordproblems", "wordproblems_backward"):
        for row in rows(name, split, 2000):
            assert not any(stop in row["solution"] for stop in stops)


@pytest.mark.parametrize("split", SPLITS)
def test_a_twin_belongs_to_the_row_of_its_number_and_hides_one_number_of_it(split: str) -> None:
    masked = Counter[str]()
    for row, twin in zip(
        rows("wordproblems", split, 2000), rows("wordproblems_backward", split, 2000), strict=True
    ):
        assert twin["original_question"] == row["question"]
        question, line = twin["question"].split("\n")
        assert line == (
            f"If we know the answer to the above question is {row['gold']},"
            " what is the value of unknown variable x?"
        )
        place = twin["masked_at"]
        assert question[:place] + twin["gold"] + question[place + 1 :] == row["question"]
        assert re.findall(r"\bx\b", question) == ["x"]
        assert NUMBER.findall(row["question"]).count(twin["gold"]) == 1
        assert twin["gold"] not in NUMBER.findall(question)
        masked[f"{twin['template']} {twin['masked']}"] += 1
    every = {f"{t.id} {name}" for t in split_templates(split) for name in t.numbers}
    assert set(masked) <= every
    assert len(masked) >= 0.97 * len(every), "nearly every number of every template has its turn"


@pytest.mark.parametrize("split", SPLITS)
def test_the_self_verification_twin_masks_the_same_number_and_states_the_answer(
    split: str,
) -> None:
    pairs = zip(
        rows("wordproblems_backward", split, 300), rows("wordproblems_sv", split, 300), strict=True
    )
    for fobar, sv in pairs:
        same = ("gold", "original_question", "original_gold", "masked", "template", "solution")
        assert [fobar[key] for key in same] == [sv[key] for key in same]
        assert sv["question"].endswith(" What is the value of unknown variable x?")
        place = sv["masked_at"]
        assert sv["question"][place] == "x"
        told = NUMBER.findall(sv["question"])
        assert sv["original_gold"] in told
        assert sorted([*told, sv["gold"]]) == sorted(
            [*NUMBER.findall(sv["original_question"]), sv["original_gold"]]
        )
    item = benchmark("wordproblems_sv").read(rows("wordproblems_sv", split, 1)[0])
    assert item.meta["style"] == "self_verification"


def test_read_gives_question_gold_and_what_is_known_beside() -> None:
    forward, backward = benchmark("wordproblems"), benchmark("wordproblems_backward")
    row, twin = rows("wordproblems", "test", 1)[0], rows("wordproblems_backward", "test", 1)[0]
    item, back = forward.read(row), backward.read(twin)
    assert (item.question, item.gold) == (row["question"], row["gold"])
    assert set(item.meta) == {"solution", "template", "steps", "calculation"}
    assert item.meta["solution"] == row["solution"].split("\n####")[0]
    assert back.meta["style"] == "fobar"
    assert back.twin_question == item.question
    assert backward.parent == forward.name


def test_numbers_stay_small_enough_to_be_learnt() -> None:
    golds = [int(row["gold"]) for row in rows("wordproblems", "train", 2000)]
    assert min(golds) >= 2
    assert max(golds) < 10_000
    assert len(set(golds)) > 300, "guessing a frequent answer must not pay"
    assert Counter(golds).most_common(1)[0][1] < 60


@pytest.mark.parametrize(
    ("name", "split", "size", "digest"),
    [
        ("wordproblems", "train", 2000, "1c34925afad33255"),
        ("wordproblems", "test", 500, "66fc615f49a5abe2"),
        ("wordproblems_backward", "train", 2000, "b4dfb7b1fd1019f4"),
        ("wordproblems_backward", "test", 500, "1aee065cbd8dc84f"),
        ("wordproblems_sv", "train", 2000, "a77193a2d04a02fd"),
        ("wordproblems_sv", "test", 500, "59616bd4223de111"),
    ],
)
def test_the_default_rows_are_the_published_ones(
    name: str, split: str, size: int, digest: str
) -> None:
    """A changed hash is another benchmark: earlier results no longer compare with it."""
    assert benchmark(name).splits[split].rows == size
    text = "\n".join(
        f"{r['question']}\t{r['gold']}\t{r['solution']}" for r in rows(name, split, size)
    )
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


def test_the_template_files_stand_beside_the_benchmark() -> None:
    folder = Path(catalog.folder("benchmarks"))
    assert {p.name for p in folder.glob("wordproblems_*.toml")} == {
        f"wordproblems_{split}.toml" for split in SPLITS
    }
