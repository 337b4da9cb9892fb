"""The prompts on the pages are the prompts that were sent, or none are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval import catalog
from mmeval.declare import PromptTemplate
from mmeval.problems.load import ProblemSet
from mmeval.problems.prompts import render
from mmeval.records import Problem, Prompt, to_row
from mmeval.results.judged import JudgedRun, load_judged
from mmeval.results.site.asking import Asking, asking
from mmeval.runs.identity import task_identity
from tests.builders.made_runs import Made, judged_run, make_run
from tests.builders.report_sites import edit_json

SHOT = Problem(id="s/1", question="What is 1 + 1?", gold="2", meta={"solution": "1 + 1 = 2."})


def asked_of(problems: list[Problem]) -> ProblemSet:
    return ProblemSet(
        problems=tuple(problems),
        total=len(problems),
        content_sha256="d" * 64,
        source="embedded",
        partial=False,
        as_published=None,
    )


def asked_run(path: Path, problems: list[Problem], prompts: list[Prompt]) -> JudgedRun:
    """A made run whose manifest says what a real one says of its prompts."""
    run = make_run(path, Made(letters="R"))
    manifest = run.manifest()
    identity = task_identity("sums", "test", asked_of(problems), prompts)
    first: dict[str, Any] = to_row(prompts[0]) | {"tokens": 9, "bos": "none"}
    edit_json(run.manifest_file, identity=manifest["identity"] | identity, first_prompt=first)
    return load_judged(path)


def shown(found: Asking, question: str) -> str:
    return found.before + question + found.after


@pytest.mark.parametrize("name", ["metamath", "plain", "chat"])
@pytest.mark.parametrize("shots", [0, 1])
def test_every_prompt_is_put_together_as_it_was_sent(name: str, shots: int, tmp_path: Path) -> None:
    template: PromptTemplate = catalog.load("prompts", name)
    # Questions that stand in each other, and in the template.
    texts = ("What is 1", "What is 1 + 1?", "Response", "two\nlines \\frac{question}")
    problems = [Problem(id=f"p/{i}", question=text, gold="1") for i, text in enumerate(texts)]
    prompts = [render(template, each, [SHOT] * shots) for each in problems]
    found = asking(asked_run(tmp_path, problems, prompts), problems)
    assert found.known
    for problem, prompt in zip(problems, prompts, strict=True):
        last = prompt.messages[-1].content if prompt.messages else prompt.text
        assert shown(found, problem.question) == last
        turns = tuple((each.role, each.content) for each in prompt.messages[:-1])
        assert found.turns == turns


def test_examples_that_differ_between_prompts_are_not_shown_as_one(tmp_path: Path) -> None:
    template = catalog.load("prompts", "metamath")
    other = Problem(id="s/2", question="What is 2?", gold="2", meta={"solution": "2."})
    problems = [Problem(id=f"p/{i}", question=f"What is {i}?", gold="1") for i in range(2)]
    prompts = [render(template, problems[0], [SHOT]), render(template, problems[1], [other])]
    found = asking(asked_run(tmp_path, problems, prompts), problems)
    assert (found.known, found.before, found.turns) == (False, "", ())
    assert "not the same in every prompt" in found.why


def test_replayed_outputs_have_no_known_prompt(tmp_path: Path) -> None:
    run = make_run(tmp_path, Made(letters="R"))
    found = asking(load_judged(tmp_path), list(run.problems()))
    assert not found.known
    assert "replayed" in found.why


@pytest.mark.parametrize("first", [{}, {"problem_id": 3, "text": 4}, {"problem_id": "p/0"}])
def test_a_prompt_that_was_edited_is_not_shown(first: dict[str, Any], tmp_path: Path) -> None:
    problems = [Problem(id="p/0", question="What?", gold="1")]
    prompts = [render(catalog.load("prompts", "plain"), problems[0])]
    run = asked_run(tmp_path, problems, prompts)
    edit_json(run.run.manifest_file, first_prompt=first)
    assert not asking(load_judged(tmp_path), problems).known


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=4), st.text(), st.text())
def test_what_is_shown_hashes_to_what_was_sent(
    questions: list[str], before: str, after: str
) -> None:
    """Whatever questions and templates hold: shown is what was sent, or nothing is."""
    problems = [
        Problem(id=f"p/{i}", question=text.encode("utf-8", "replace").decode(), gold="1")
        for i, text in enumerate(questions)
    ]
    clean = [text.encode("utf-8", "replace").decode() for text in (before, after)]
    prompts = [
        Prompt(problem_id=each.id, text=clean[0] + each.question + clean[1]) for each in problems
    ]
    run = judged_run(
        Path("made"),
        Made(letters="R"),
        identity=task_identity("sums", "test", asked_of(problems), prompts),
        first_prompt=to_row(prompts[0]),
    )
    found = asking(run, problems)
    if found.known:
        for problem, prompt in zip(problems, prompts, strict=True):
            assert shown(found, problem.question) == prompt.text
    else:
        assert found.before == found.after == ""
