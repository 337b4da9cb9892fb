"""Prompts: byte for byte what the template says, whatever the question says."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval import catalog
from mmeval.declare import Benchmark, Item, PromptTemplate, Split
from mmeval.errors import ConfigError, DataError
from mmeval.problems.load import DataOptions, load_problems, problem_id
from mmeval.problems.prompts import (
    Shots,
    cut_solutions,
    draw_shots,
    render,
    shot_pool,
    template_sha256,
)
from mmeval.records import Problem

# Written out from the f-string of eval_gsm8k.py at fe667b1, not read from our own file.
METAMATH = (
    "Below is an instruction that describes a task. "
    "Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{}\n\n### Response: Let's think step by step."
)
STOP = (
    *("Question:", "Question", "USER:", "USER", "ASSISTANT:", "ASSISTANT"),
    *("Instruction:", "Instruction", "Response:", "Response"),
)
HOSTILE = [
    r"If $\frac{1}{2}x = \sqrt{3}$, find $\{x\}$.",
    "{question}",
    "{solution} and {gold}",
    "{0} {} {{}} %s %(a)s $x ${x}",
    r"\1 \g<0> \n \u0041",
    "",
    "two\nlines\r\nand a tab\t",
]

TEXT = PromptTemplate(name="t", title="t", text="Q: {question}\nA:")
CHAT = PromptTemplate(
    name="c", title="c", kind="chat", text="<{question}>", shot="{solution}={gold}"
)


def problem(question: str, gold: str = "1", **meta: Any) -> Problem:
    return Problem(id=problem_id("b", question), question=question, gold=gold, meta=meta)


def pool(size: int = 20) -> list[Problem]:
    return [problem(f"train {n}?", str(n), solution=f"so {n}") for n in range(size)]


def template(name: str) -> PromptTemplate:
    found = catalog.load("prompts", name)
    assert isinstance(found, PromptTemplate)
    return found


# The templates ---------------------------------------------------------------------------


def test_the_metamath_prompt_is_the_papers_byte_for_byte() -> None:
    prompt = render(template("metamath"), problem("How many?"))
    assert prompt.text == METAMATH.format("How many?")
    assert prompt.messages == ()
    assert template("metamath").stop == STOP


@pytest.mark.parametrize("name", catalog.names("prompts"))
def test_a_template_asks_once_and_holds_no_control_characters(name: str) -> None:
    found = template(name)
    assert found.name == name
    assert found.text.count("{question}") == 1
    for text in (found.text, found.shot, *found.stop):
        odd = [c for c in text if unicodedata.category(c).startswith("C") and c != "\n"]
        assert odd == []
        assert "\r" not in text


@pytest.mark.parametrize("name", catalog.names("prompts"))
def test_a_template_is_its_text_file(name: str) -> None:
    file = catalog.folder("prompts") / f"{name}.txt"
    assert template(name).text.encode() == file.read_bytes()
    assert template_sha256(template(name)) == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", catalog.names("prompts"))
def test_an_example_shows_the_form_that_the_papers_checkers_read(name: str) -> None:
    assert "\nThe answer is: {gold}" in template(name).shot
    shown = render(template(name), problem("q?"), [problem("e?", "5", solution="so")])
    text = shown.text or shown.messages[1].content
    assert "so\nThe answer is: 5" in text


def test_the_chat_prompt_is_one_turn_of_the_user() -> None:
    prompt = render(template("chat"), problem("How many?"))
    assert prompt.text is None
    (turn,) = prompt.messages
    assert turn.role == "user"
    assert turn.content.startswith("How many?\n\n")
    assert "The answer is: " in turn.content


# Rendering -------------------------------------------------------------------------------


@pytest.mark.parametrize("question", HOSTILE)
@pytest.mark.parametrize("name", catalog.names("prompts"))
def test_a_question_stays_text(name: str, question: str) -> None:
    found = template(name)
    before, after = found.text.split("{question}")
    prompt = render(found, problem(question))
    asked = prompt.text if prompt.text is not None else prompt.messages[-1].content
    assert asked == before + question + after


@pytest.mark.parametrize("hostile", HOSTILE[:5])
def test_an_example_stays_text(hostile: str) -> None:
    shot = problem(hostile, gold=hostile, solution=hostile)
    prompt = render(TEXT, problem("q?"), [shot])
    example = f"Q: {hostile}\nA: {hostile}\nThe answer is: {hostile}\n\n"
    assert prompt.text == f"{example}Q: q?\nA:"


@settings(deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_text_prompt_is_the_examples_in_order_and_the_question_last(texts: list[str]) -> None:
    *shots, last = [problem(t, gold=f"g{t}", solution=f"s{t}") for t in texts]
    parts = [f"Q: {p.question}\nA: s{p.question}\nThe answer is: g{p.question}\n\n" for p in shots]
    assert render(TEXT, last, shots).text == "".join(parts) + f"Q: {last.question}\nA:"


def test_chat_examples_are_earlier_turns() -> None:
    shots = [problem("a?", "1", solution="s1"), problem("b?", "2", solution="s2\n")]
    prompt = render(CHAT, problem("q?"), shots)
    assert [(m.role, m.content) for m in prompt.messages] == [
        ("user", "<a?>"),
        ("assistant", "s1=1"),
        ("user", "<b?>"),
        ("assistant", "s2\n=2"),
        ("user", "<q?>"),
    ]


def test_a_prompt_knows_its_problem_and_its_template() -> None:
    asked = problem("q?")
    prompt = render(TEXT, asked)
    assert prompt.problem_id == asked.id
    assert prompt.template_sha256 == hashlib.sha256(TEXT.text.encode()).hexdigest()


def test_an_edited_template_is_another_one() -> None:
    shown, asked = [problem("e?", solution="s")], problem("q?")
    zero_shot = {
        render(t, asked).template_sha256
        for t in (TEXT, replace(TEXT, text="Q: {question}\nA: "), replace(TEXT, shot="{solution}"))
    }
    assert len(zero_shot) == 2  # without examples, what would stand around one does not count
    one_shot = {
        render(t, asked, shown).template_sha256 for t in (TEXT, replace(TEXT, shot="{solution}"))
    }
    assert len(one_shot) == 2


@pytest.mark.parametrize("text", ["no place", "{question} and {question}"])
def test_a_template_that_does_not_ask_once_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"prompt t: needs \{question\} exactly once"):
        render(replace(TEXT, text=text), problem("q?"))


@pytest.mark.parametrize("meta", [{}, {"solution": " \n"}, {"solution": None}])
def test_an_example_without_a_solution_is_refused(meta: dict[str, Any]) -> None:
    shot = problem("e?", **meta)
    with pytest.raises(DataError, match=f"{shot.id} has no worked solution"):
        render(TEXT, problem("q?"), [shot])


# Drawing examples ------------------------------------------------------------------------


def test_examples_are_the_same_for_every_problem_and_grow_with_k() -> None:
    first = draw_shots(problem("q?"), pool(), 4, seed=3)
    assert draw_shots(problem("other?"), pool(), 4, seed=3) == first
    assert draw_shots(problem("q?"), pool(), 6, seed=3)[:4] == first
    assert draw_shots(problem("q?"), pool()[::-1], 4, seed=3) == first
    assert draw_shots(problem("q?"), pool(), 4, seed=4) != first
    assert Shots(pool(), 3).for_problem(problem("q?"), 4) == first


@settings(deadline=None)
@given(st.integers(0, 19), st.integers(0, 19), st.integers(0, 3))
def test_a_question_is_never_its_own_example_and_the_next_one_steps_in(
    asked: int, k: int, seed: int
) -> None:
    known = pool()
    plain = draw_shots(problem("q?"), known, 20, seed)
    wanted = [each for each in plain if each != known[asked]][:k]
    assert list(draw_shots(known[asked], known, k, seed)) == wanted


def test_twins_are_never_examples_either_way_and_across_benchmarks() -> None:
    forward = Problem(id=problem_id("f", "a?"), question="a?", gold="1", meta={"solution": "s"})
    backward = Problem(
        id=problem_id("b", "x?"),
        question="x?",
        gold="2",
        meta={"twin": forward.id, "solution": "s"},
    )
    sibling = replace(backward, id=problem_id("b", "y?"), question="y?")
    copy = replace(forward, id=problem_id("g", "a?"), question=" a?\n")
    other = problem("unrelated?", solution="s")
    for asked in (forward, backward, sibling, copy):
        shown = draw_shots(asked, [forward, backward, sibling, copy, other], 1, seed=0)
        assert shown == (other,)
        with pytest.raises(ConfigError, match="only 1 of the 5 problems"):
            draw_shots(asked, [forward, backward, sibling, copy, other], 2, seed=0)


def test_a_repeated_question_is_kept_out_under_its_number_too() -> None:
    first = problem("a?", solution="s")
    again = replace(first, id=f"{first.id}-2", question="a ?")
    with pytest.raises(ConfigError, match="only 0 of the 1"):
        draw_shots(again, [first], 1, seed=0)


def test_a_negative_number_of_examples_is_refused() -> None:
    with pytest.raises(ConfigError, match="--shots must be at least 0, got -1"):
        draw_shots(problem("q?"), pool(), -1, seed=0)


def made(name: str, splits: tuple[str, ...], parent: str | None = None) -> Benchmark:
    return Benchmark(
        name=name,
        title=name,
        source="https://example.org",
        licence="MIT",
        splits={split: Split(rows=5) for split in splits},
        read=lambda row: Item(question=row["q"], gold="1", meta={"solution": "s"}),
        checkers=("metamath-gsm8k/1",),
        max_tokens=8,
        parent=parent,
        make=lambda split, size, seed: ({"q": f"{name} {split} {n}?"} for n in range(size)),
    )


def test_the_pool_is_the_whole_train_split_whatever_the_limit() -> None:
    found = shot_pool(made("own", ("train", "test")), DataOptions(limit=2, seed=9))
    assert [p.question for p in found] == [f"own train {n}?" for n in range(5)]


def test_a_set_without_train_takes_its_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = made("parent", ("train", "test"))
    monkeypatch.setattr(catalog, "find", lambda kind, name: {"parent": parent}[name])
    found = shot_pool(made("child", ("test",), parent="parent"), DataOptions())
    assert found[0].question == "parent train 0?"


def test_no_train_split_anywhere_is_told() -> None:
    with pytest.raises(ConfigError, match="--shots: alone has no train split"):
        shot_pool(made("alone", ("test",)), DataOptions())


# Stop strings ----------------------------------------------------------------------------


def test_reference_solutions_with_a_stop_string_are_counted_once_each() -> None:
    stops = replace(TEXT, stop=("B", "A"))
    known = [problem(str(n), solution=s) for n, s in enumerate(["xAB", "xB", "x", "a"])]
    assert cut_solutions(stops.stop, [*known, problem("none")]) == (2, 4)
    assert cut_solutions(TEXT.stop, known) == (0, 4)


@pytest.mark.parametrize(
    ("name", "benchmark", "split", "cut"),
    [
        ("metamath", "gsm8k", "test", 1),
        ("metamath", "gsm8k", "train", 0),
        ("metamath", "hendrycks_math", "test", 1),
        ("metamath", "hendrycks_math", "train", 0),
        *[
            (name, benchmark, split, 0)
            for name in ("plain", "chat")
            for benchmark in ("gsm8k", "hendrycks_math")
            for split in ("test", "train")
        ],
    ],
)
def test_stop_strings_cut_few_reference_solutions(
    data: Path, name: str, benchmark: str, split: str, cut: int
) -> None:
    known = _problems(benchmark, split, data)
    assert cut_solutions(template(name).stop, known) == (cut, len(known))


def _problems(benchmark: str, split: str, data: Path) -> tuple[Problem, ...]:
    return load_problems(
        catalog.load("benchmarks", benchmark), split, DataOptions(folder=data)
    ).problems
