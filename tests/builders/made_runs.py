"""Run folders made of letters, `RRWN`: one answer each, written by mmeval's own writers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.judging.summary import CheckerTally, summarise
from mmeval.records import Generation, Outcome, Problem, Scalar, Verdict, from_row, to_row
from mmeval.results.judged import JudgedRun, installed_revision
from mmeval.run_folder import Health, Manifest, RunDir, Summary, problems_sha256

LETTERS: Mapping[str, Outcome] = {
    "R": "right",
    "W": "wrong",
    "N": "no_answer",
    "U": "undecided",
    "F": "failed",
}


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a made run is like; letters are the answers to problem 0, 1, ..."""

    letters: str
    model: str = "made"
    benchmark: str = "sums"
    checkers: Sequence[str] = ("test/1",)
    samples: int = 1
    """Letters per problem: sample 0 of every problem first, then sample 1."""
    first: int = 0
    """The number of the first problem."""
    meta: Mapping[int, Mapping[str, Scalar]] = field(default_factory=dict)
    extracted: Sequence[str] = ()
    """The answers that were found, in the order of the letters; empty: the letters."""
    identity: Mapping[str, Any] = field(default_factory=dict)
    """What is otherwise than in other made runs."""
    texts: Sequence[str] = ()


def make_run(path: Path, made: Made) -> RunDir:
    """Writes a judged run folder."""
    count = len(made.letters) // made.samples
    problems = [
        Problem(
            id=f"{made.benchmark}/{number:04x}",
            question=f"What is {number} + {number}?",
            gold=str(2 * number),
            meta=made.meta.get(number, {}),
        )
        for number in range(made.first, made.first + count)
    ]
    run = RunDir(path)
    run.write_manifest(manifest(made, problems))
    jsonl.write_rows(run.problems_file, map(to_row, problems))
    health, tallies = Health(), {name: CheckerTally() for name in made.checkers}
    generations, verdicts = [], []
    for position, letter in enumerate(made.letters):
        sample, number = divmod(position, count)
        text = made.texts[position] if made.texts else f"The answer is: {letter}"
        generation = Generation(
            problem_id=problems[number].id,
            sample=sample,
            text="" if letter == "F" else text,
            finish="error" if letter == "F" else "stop",
            tokens=len(text.split()),
            error="made to fail" if letter == "F" else None,
        )
        verdict = Verdict(
            problem_id=generation.problem_id,
            sample=sample,
            outcome=LETTERS[letter],
            extracted=(made.extracted[position] if made.extracted else letter)
            if letter in "RWU"
            else None,
            checker="",
        )
        health.add(generation)
        generations.append(generation)
        verdicts.append(verdict)
        for tally in tallies.values():
            tally.add(verdict, text)
    jsonl.write_rows(run.generations_file, map(to_row, generations))
    for name in made.checkers:
        tallies[name].revision = revision = installed_revision(name) or 1
        rows = ({**to_row(each), "checker": name, "revision": revision} for each in verdicts)
        jsonl.write_rows(run.verdicts_file(name), rows)
    run.write_summary(summarise(run.read_manifest(), health, tallies))
    return run


def manifest(made: Made, problems: Sequence[Problem]) -> dict[str, Any]:
    """As much of a manifest as readers of a judged run need."""
    digest = problems_sha256(problems)
    return {
        "schema": 1,
        "status": "finished",
        "created": "2026-01-02T03:04:05+00:00",
        "identity": {
            "benchmark": made.benchmark,
            "split": "test",
            "data_sha256": "d" * 64,
            "problems_sha256": digest,
            "prompts_sha256": "e" * 64,
            "temperature": 0.0,
            "max_tokens": 512,
            "model": made.model,
            "engine": "hf",
            "engine_version": "1.0",
            **made.identity,
        },
        "versions": {"mmeval": "0.1.0"},
        "sessions": [],
        "model": {"label": made.model, "name": made.model},
        "data": {
            "problems": len(problems),
            "total": len(problems),
            "partial": False,
            "as_published": True,
            "asked_sha256": digest,
            "stop_in_references": 0,
        },
        "samples": made.samples,
        "checkers": list(made.checkers),
        "sampling": {"temperature": 0.0, "max_tokens": 512},
        "engine": {"name": "hf", "version": "1.0", "mode": "greedy", "dtype": "float32"},
        "shots": 0,
        "prompt": None,
    }


def judged_run(path: Path, made: Made, **facts: Any) -> JudgedRun:
    """A judged run in memory, without a folder: for what reads the two records alone.

    `facts` are keys of the manifest that are otherwise.
    """
    row = manifest(made, []) | facts
    facts_of_run = from_row(Manifest, row)
    tally = CheckerTally()
    tally.add(Verdict(problem_id="p", outcome="right", checker="test/1"), "")
    summary = summarise(facts_of_run, Health(), {"test/1": tally})
    return JudgedRun(run=RunDir(path), manifest=facts_of_run, summary=from_row(Summary, summary))
