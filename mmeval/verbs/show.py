"""`mmeval show NAME`: one benchmark in full, and the prompt as a model would see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mmeval import catalog
from mmeval.errors import MissingData, MissingPackage
from mmeval.problems.benchmark import Benchmark, Split
from mmeval.problems.load import DataOptions, ProblemSet, find_split, load_problems
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.problems.prompts import Shots, cut_solutions, render, shot_pool, template_sha256
from mmeval.problems.question_index import copies_told
from mmeval.records import Problem, to_row
from mmeval.verbs.shared.options import PATH

LABEL = 10
"""Columns of a label."""
RULE = "-" * 80


@click.command()
@click.argument("name")
@click.option("--split", help="Default: the benchmark's own, mostly test.")
@click.option("--prompt", "prompt_name", metavar="NAME", help="Default: the benchmark's own.")
@click.option(
    "--shots", type=click.IntRange(min=0), default=0, help="Solved examples before the question."
)
@click.option("--seed", type=int, default=0, help="Draws the examples.")
@click.option(
    "--data",
    type=PATH,
    envvar="MMEVAL_DATA",
    show_envvar=True,
    help="Folder with the data files; default: the hub.",
)
@click.option("--offline", is_flag=True, help="Of the hub, only what is cached.")
@click.option("--json", "as_json", is_flag=True, help="The same as one line of JSON.")
def command(  # noqa: PLR0913, PLR0917 - click passes one parameter per option
    name: str,
    split: str | None,
    prompt_name: str | None,
    shots: int,
    seed: int,
    data: Path | None,
    offline: bool,
    as_json: bool,
) -> None:
    """Show a benchmark: source, licence, splits and hashes, where its rows are, one
    whole problem, the prompt as the model sees it, stop strings, checkers.

    \b
    mmeval show gsm8k
    mmeval show hendrycks_math --prompt plain --shots 4 --data ~/data
    mmeval show ./my_benchmark.py --json

    Rows that are not the published ones are marked. Where there are no rows, everything
    else is shown, and how to get them.
    """
    benchmark = catalog.load("benchmarks", name)
    template = catalog.load("prompts", prompt_name or benchmark.prompt)
    where = DataOptions(folder=data, offline=offline, seed=seed, allow_any=True)
    view = look(benchmark, template, split or benchmark.default_split, where, shots)
    facts = as_json_object(view)
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else as_text(view, facts))


@dataclass(frozen=True, slots=True)
class View:
    """A benchmark with what is here of its rows."""

    benchmark: Benchmark
    template: PromptTemplate
    split: str
    rows: ProblemSet | None
    """None when they are not here; then `missing` says why."""
    examples: tuple[Problem, ...] = ()
    missing: str | None = None
    """Why there are no rows, or no examples, and what to do."""


def look(
    benchmark: Benchmark, template: PromptTemplate, split: str, where: DataOptions, shots: int
) -> View:
    """Loads the rows and the examples, where their files are here.

    Raises UserError for everything that getting the files would not mend.
    """
    find_split(benchmark, split)
    rows, missing = None, None
    examples: tuple[Problem, ...] = ()
    try:
        rows = load_problems(benchmark, split, where)
        if shots:
            pool = Shots(shot_pool(benchmark, where), where.seed)
            examples = pool.for_problem(rows.problems[0], shots)
    except (MissingData, MissingPackage) as error:
        missing = str(error)
    return View(benchmark, template, split, rows, examples, missing)


def as_json_object(view: View) -> dict[str, Any]:
    """Everything that is shown; `problem` and `data.source` are null without rows."""
    benchmark, rows = view.benchmark, view.rows
    return {
        "name": benchmark.name,
        "title": benchmark.title,
        "source": benchmark.source,
        "licence": benchmark.licence,
        "hub_id": benchmark.hub_id,
        "hub_revision": benchmark.hub_revision,
        "parent": benchmark.parent,
        "splits": {
            name: {"rows": split.rows, "content_sha256": split.content_sha256}
            for name, split in benchmark.splits.items()
        },
        "checkers": list(benchmark.checkers),
        "max_tokens": benchmark.max_tokens,
        "notes": dict(benchmark.describe() if benchmark.describe else ()),
        "split": view.split,
        "data": {
            "source": rows.source if rows else None,
            "rows": rows.total if rows else None,
            "content_sha256": rows.content_sha256 if rows else None,
            "as_published": rows.as_published if rows else None,
            "missing": view.missing,
        },
        "problem": to_row(rows.problems[0]) if rows else None,
        "prompt": _prompt_facts(view),
    }


def _prompt_facts(view: View) -> dict[str, Any]:
    template, rows = view.template, view.rows
    rendered = render(template, rows.problems[0], view.examples) if rows else None
    cut, solutions = cut_solutions(template.stop, rows.problems) if rows else (None, None)
    return {
        "name": template.name,
        "kind": template.kind,
        "source": template.source,
        "template": template.text,
        "template_sha256": (rendered.template_sha256 if rendered else template_sha256(template)),
        "shots": [each.id for each in view.examples],
        "text": rendered.text if rendered else None,
        "messages": [to_row(turn) for turn in rendered.messages] if rendered else [],
        "stop": list(template.stop),
        "cut_solutions": cut,
        "solutions": solutions,
    }


def as_text(view: View, facts: dict[str, Any]) -> str:
    """The same for a reader, without a line break at the end."""
    benchmark = view.benchmark
    lines = [f"{benchmark.name}: {benchmark.title}"]
    lines += _labelled("source", benchmark.source)
    lines += _labelled("licence", benchmark.licence)
    if benchmark.hub_id:
        pinned = benchmark.hub_revision or "main (no commit pinned; the hash decides)"
        lines += _labelled("hub", f"{benchmark.hub_id} @ {pinned}")
    if benchmark.parent:
        lines += _labelled("made from", benchmark.parent)
    for name, split in benchmark.splits.items():
        lines += _labelled(name, f"{split.rows:,} rows, {_pinned(benchmark, split)}")
    lines += _labelled("checkers", ", ".join(benchmark.checkers))
    lines += _labelled("answers", f"at most {benchmark.max_tokens:,} new tokens")
    for label, value in facts["notes"].items():
        lines += _labelled(label, value)
    lines += _labelled("rows", _whereabouts(view))
    if view.rows:
        if copies := copies_told(view.rows.problems):
            lines += _labelled("copies", copies)
        lines += _problem_lines(view, facts)
    return "\n".join(lines + _prompt_lines(view, facts["prompt"]))


def _labelled(label: str, value: str) -> list[str]:
    return [f"  {label:<{LABEL}}  {value}"]


def _pinned(benchmark: Benchmark, split: Split) -> str:
    if split.content_sha256 is not None:
        return f"content (sha256):\n{' ' * (LABEL + 4)}{split.content_sha256}"
    return "made here from a seed" if benchmark.make else "no hash pinned"


def _whereabouts(view: View) -> str:
    if view.rows is None:
        return f"none here: {view.missing}"
    if view.benchmark.make is not None:
        return f"{view.split}: {view.rows.total:,}, made here with seed 0"
    rows = f"{view.split}: {view.rows.total:,} in {view.rows.source}"
    if view.rows.as_published is False:
        return f"{rows}, NOT the published ones (content {view.rows.content_sha256})"
    return f"{rows}, as published" if view.rows.as_published else rows


def _problem_lines(view: View, facts: dict[str, Any]) -> list[str]:
    problem = facts["problem"]
    lines = ["", f"The first problem of {view.split}, {problem['id']}", RULE, problem["question"]]
    lines += [RULE, *_labelled("gold", problem["gold"])]
    for key, value in problem["meta"].items():
        if "\n" in str(value) or key == "solution":
            lines += [f"  {key}", *(f"    {line}" for line in str(value).splitlines())]
        else:
            lines += _labelled(key, str(value))
    return lines


def _prompt_lines(view: View, prompt: dict[str, Any]) -> list[str]:
    named = f"{prompt['name']} (template {prompt['template_sha256'][:16]})"
    lines = [
        "",
        f"The prompt {named}, {len(prompt['shots'])} examples, without the tokenizer's BOS",
    ]
    if view.rows is None:
        lines = ["", f"The prompt {named}, not filled"]
    lines.append(RULE)
    if prompt["messages"]:
        for turn in prompt["messages"]:
            lines += [f"[{turn['role']}]", turn["content"]]
    else:
        lines.append(prompt["text"] if prompt["text"] is not None else prompt["template"])
    lines.append(RULE)
    lines += _labelled("stops at", ", ".join(map(repr, prompt["stop"])) or "nothing but the end")
    if prompt["solutions"]:
        cut, of = prompt["cut_solutions"], prompt["solutions"]
        lines += _labelled("cuts", f"{cut:,} of {of:,} reference solutions hold a stop string")
    if view.rows is not None and view.missing:
        lines += _labelled("examples", f"none here: {view.missing}")
    return lines
