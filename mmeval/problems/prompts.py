"""Problem -> Prompt: templates filled by literal replacement, with or without examples.

Never `str.format` and never a template engine: questions hold LaTeX braces, and whatever
a question or a solution says stays text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from mmeval import catalog
from mmeval.errors import ConfigError, DataError
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import DataOptions, load_problems, seeded_order
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.records import Message, Problem, Prompt

STOP_LIMIT = 0.2
"""A user's stop string that stands in more of the reference solutions than this would
cut most answers short, and is refused."""
_QUESTION, _SOLUTION, _GOLD = "{question}", "{solution}", "{gold}"


def render(template: PromptTemplate, problem: Problem, shots: Sequence[Problem] = ()) -> Prompt:
    """The prompt for a problem, the solved examples before it in their order.

    Text: each example is the template with its question, then `shot` with its solution
    and gold, and the question comes last. Chat: each example is an earlier user turn and
    the assistant's answer. Raises DataError for an example without a solution, and
    ConfigError for a template that does not hold `{question}` exactly once.
    """
    if template.text.count(_QUESTION) != 1:
        raise ConfigError(
            f"prompt {template.name}: needs {_QUESTION} exactly once, "
            f"found it {template.text.count(_QUESTION)} times"
        )
    questions = [template.text.replace(_QUESTION, each.question) for each in (*shots, problem)]
    answers = [_answer(template, each) for each in shots]
    sha256 = template_sha256(template, shots=bool(shots))
    if template.kind == "text":
        parts = [text for pair in zip(questions, answers, strict=False) for text in pair]
        text = "".join([*parts, questions[-1]])
        return Prompt(problem_id=problem.id, text=text, template_sha256=sha256)
    turns: list[Message] = []
    for question, answer in zip(questions, answers, strict=False):
        turns.append(Message(role="user", content=question))
        turns.append(Message(role="assistant", content=answer.strip()))
    turns.append(Message(role="user", content=questions[-1]))
    return Prompt(problem_id=problem.id, messages=tuple(turns), template_sha256=sha256)


def template_sha256(template: PromptTemplate, shots: bool = False) -> str:
    """SHA-256 of the template's text in UTF-8, which is that of its file.

    With examples, the text around an answer is part of the prompt and of the hash.
    """
    text = f"{template.text}\0{template.shot}" if shots else template.text
    return hashlib.sha256(text.encode()).hexdigest()


def shot_pool(benchmark: Benchmark, where: DataOptions) -> tuple[Problem, ...]:
    """All problems that examples may be drawn from: the train split, whole.

    Of the parent where the set has none; its limit and seed do not apply. Raises
    ConfigError when neither has a train split, and what `load_problems` raises.
    """
    source = benchmark
    if "train" not in benchmark.splits and benchmark.parent is not None:
        source = catalog.find("benchmarks", benchmark.parent)
    if "train" not in source.splits:
        raise ConfigError(
            f"--shots: {benchmark.name} has no train split to draw examples from, "
            "nor has a parent with one; leave --shots out"
        )
    return load_problems(source, "train", replace(where, limit=None)).problems


def draw_shots(problem: Problem, pool: Sequence[Problem], k: int, seed: int) -> tuple[Problem, ...]:
    """The first k of the pool in the seed's order: the same for every problem, save that
    the question itself and its twins are passed over and the next ones step in.

    For many problems use `Shots`, which orders the pool once. Raises ConfigError when
    k is negative or the pool is too small.
    """
    return Shots(pool, seed).for_problem(problem, k)


class Shots:
    """A pool of examples in the order of a seed."""

    def __init__(self, pool: Iterable[Problem], seed: int) -> None:
        self._ordered = seeded_order(pool, seed)

    def for_problem(self, problem: Problem, k: int) -> tuple[Problem, ...]:
        """The k examples for a problem; see `draw_shots`."""
        if k < 0:
            raise ConfigError(f"--shots must be at least 0, got {k}")
        chosen: list[Problem] = []
        for each in self._ordered:
            if len(chosen) == k:
                break
            if not _gives_away(each, problem):
                chosen.append(each)
        if len(chosen) < k:
            raise ConfigError(
                f"--shots {k}: only {len(chosen)} of the {len(self._ordered)} problems of the "
                f"train split may be shown before {problem.id}; ask for fewer"
            )
        return tuple(chosen)


def cut_solutions(stop: Sequence[str], problems: Iterable[Problem]) -> tuple[int, int]:
    """(how many reference solutions hold a stop string, how many there are).

    Such an answer would be cut before its end even if the model gave it word for word.
    """
    solutions = [s for p in problems if isinstance(s := p.meta.get("solution"), str)]
    return sum(any(each in s for each in stop) for s in solutions), len(solutions)


def stop_in_references(problems: Sequence[Problem], stop: Sequence[str], given: bool) -> int:
    """How many reference solutions hold a stop string. Raises ConfigError where the user
    gave the strings and they stand in more than `STOP_LIMIT` of the solutions."""
    hit, solutions = cut_solutions(stop, problems)
    if given and hit > STOP_LIMIT * solutions:
        raise ConfigError(
            f"the stop strings {list(stop)} occur in {hit:,} of {solutions:,} reference "
            "solutions and would cut right answers short; choose strings that no answer needs"
        )
    return hit


def _gives_away(example: Problem, problem: Problem) -> bool:
    """Whether they are the same question, or made from one another or from the same one.

    Ids of two benchmarks differ for one question; the hash after the slash does not, and
    a third copy of a question in one file has a `-3` behind it.
    """
    if example.question.strip() == problem.question.strip():
        return True
    return not _origins(example).isdisjoint(_origins(problem))


def _origins(problem: Problem) -> set[str]:
    named = (problem.id, problem.meta.get("twin"))
    return {str(each).rpartition("/")[2].partition("-")[0] for each in named if each is not None}


def _answer(template: PromptTemplate, example: Problem) -> str:
    solution = example.meta.get("solution")
    if not isinstance(solution, str) or not solution.strip():
        raise DataError(f"{example.id} has no worked solution and cannot be shown as an example")
    # In one pass: a solution that itself says `{gold}` is text, not a place to fill.
    head, marker, tail = template.shot.partition(_SOLUTION)
    filled = head.replace(_GOLD, example.gold)
    return filled + (solution if marker else "") + tail.replace(_GOLD, example.gold)
