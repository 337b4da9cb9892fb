"""A run folder -> verdicts of every checker and the summary; opens no model.

Run again at any time: the folder holds the problems and what the model said, so neither
the data files nor an engine is needed. A folder whose problems are not the ones of its
manifest is refused.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import fields
from itertools import islice, tee
from typing import Any

from mmeval import catalog, jsonl
from mmeval.answers.checker import Checker
from mmeval.errors import DataError, RunMismatch, UnknownName, UserError
from mmeval.judging.judge import Counts, judge
from mmeval.judging.self_test import self_test
from mmeval.judging.summary import CheckerTally, summarise
from mmeval.problems.clusters import clusters_of
from mmeval.records import OUTCOMES, Problem, UnfinishedThought, to_row
from mmeval.run_folder import (
    Health,
    Manifest,
    RunDir,
    Thoughts,
    problems_sha256,
    repeat_folders,
)


def judge_run(
    run: RunDir, checkers: Sequence[str] = (), unfinished: UnfinishedThought | None = None
) -> dict[str, Any]:
    """Judges a run again, replaces these checkers' verdicts and the summary, and returns that.

    `checkers` are names or `.py` paths; empty takes those of its manifest, by name alone. What
    other checkers said stays, where they judged just the answers that are there now.
    `unfinished`: what an unfinished thought counts as; None: as the run was asked for. Raises
    RunMismatch when problems.jsonl is not what the run asked, DataError when the run has
    no generations, or when they are not those that it asked for.
    """
    manifest = run.read_manifest()
    problems = asked_problems(run)
    run.require_whole(manifest)
    golds = {problem.id: problem.gold for problem in problems}
    chosen = run_checkers(run, manifest, checkers)
    health, thoughts = Health(), Thoughts()
    if unfinished is None:
        unfinished = "read" if manifest.config.get("unfinished_thought") == "read" else "no_answer"
    clusters = clusters_of(problems, manifest.data.cluster)
    of = clusters.of if clusters else {}
    tallies = {checker.name: CheckerTally(clusters=of) for checker in chosen}
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(jsonl.replacing(run.verdicts_file(name), run.path))
            for name in tallies
        }
        judged, generations = tee(run.generations())  # `judge` reads a chunk ahead, no more
        verdicts = judge(judged, golds, chosen, unfinished)
        for generation in generations:
            health.add(generation)
            thoughts.add(generation)
            for verdict in islice(verdicts, len(chosen)):
                tallies[verdict.checker].add(verdict, generation.text or generation.thought or "")
                files[verdict.checker].write(jsonl.dumps(to_row(verdict)))
        if not health.n:
            raise DataError(f"{run.path} has no generations yet: was the run interrupted at once?")
    before = _checkers_before(run, unfinished)
    kept = {name: _kept(run, name, row) for name, row in before.items() if name not in tallies}
    all_tallies = {name: tallies.get(name) or kept.get(name) for name in {**before, **tallies}}
    summary = summarise(manifest, health, {k: v for k, v in all_tallies.items() if v})
    summary |= {"thoughts": to_row(thoughts), "unfinished_thought": unfinished}
    summary["clustered"] = clusters.words if clusters else None
    for test in self_test(problems, chosen):
        summary["checkers"][test.checker] |= test.to_row()
    for name in kept.keys() & summary["checkers"].keys():  # what its self-test said holds still
        summary["checkers"][name] = before[name] | summary["checkers"][name]
    run.write_summary(summary)
    return summary


def run_checkers(run: RunDir, manifest: Manifest, names: Sequence[str] = ()) -> list[Checker]:
    """The checkers that are named, else those of a run, by name alone: anybody may have
    written its manifest. Raises UnknownName, also for one of the run's that is a path to code.
    """
    if names:
        return [catalog.load("checkers", name) for name in names]
    if any(map(catalog.is_code, manifest.checkers)):
        options = shlex.join(f"--checker={name}" for name in manifest.checkers)
        raise UnknownName(
            f"{run.path} names code to judge it by, and code runs only where the command line "
            f"names it; where you trust it, add: {options}"
        )
    return [catalog.find("checkers", name) for name in manifest.checkers]


def _checkers_before(run: RunDir, unfinished: UnfinishedThought) -> dict[str, dict[str, Any]]:
    """Checker -> its numbers in the summary that there is, in their order."""
    try:
        before = run.summary()["checkers"]
        if run.read_summary().unfinished_thought != unfinished:
            return {}  # judged by another rule
    except (UserError, KeyError):  # none yet, or it was edited: then it is made anew
        return {}
    return dict(before)


def _kept(run: RunDir, checker: str, row: dict[str, Any]) -> CheckerTally | None:
    """The tally of a checker's stored verdicts; None where they are not on these answers, or
    not those that its row of the summary counts."""
    tally = CheckerTally()
    try:
        for verdict, generation in zip(run.verdicts(checker), run.generations(), strict=True):
            if (verdict.problem_id, verdict.sample, verdict.checker) != (*generation.key, checker):
                return None
            if verdict.truncated != (generation.finish == "length") or (
                generation.finish == "error" and verdict.outcome != "failed"
            ):
                return None
            tally.add(verdict, generation.text or generation.thought or "")
    except (UserError, OSError, ValueError):
        return None
    same = tally.outcomes and all(row[name] == tally.outcomes[name] for name in OUTCOMES)
    return tally if same else None


def judge_with_repeats(
    run: RunDir, checkers: Sequence[str] = (), unfinished: UnfinishedThought | None = None
) -> dict[str, Any]:
    """Judges a run and its repeats again by the same checkers; the summary of the run.

    A repeat that was stopped before its first answer has nothing to judge and is left alone.
    Raises as `judge_run`, and RunLocked where another process writes to one of the folders.
    """
    with run.locked():
        summary = judge_run(run, checkers, unfinished)
        for repeat in repeat_folders(run):
            with repeat.locked():
                if next(repeat.generations(), None) is not None:
                    judge_run(repeat, checkers, unfinished)
    return summary


def asked_problems(run: RunDir) -> list[Problem]:
    """The problems of a run. Raises RunMismatch when they are not those it asked."""
    problems = list(run.problems())
    stored, wanted = problems_sha256(problems), run.read_manifest().data.asked_sha256
    if stored != wanted:
        raise RunMismatch(
            f"{run.problems_file} is not what this run asked: its hash is {stored[:16]}, the "
            f"manifest says {wanted[:16]}; it was edited, and verdicts on it would mean nothing; "
            f"{run.resume_command()} writes it again"
        )
    return problems


def summary_counts(summary: dict[str, Any]) -> dict[str, dict[str, int | float]]:
    """Checker -> its counts and accuracies alone, as `mmeval judge --json` prints them."""
    names = [*(each.name for each in fields(Counts)), "accuracy", "accuracy_high"]
    return {
        checker: {name: row[name] for name in names} for checker, row in summary["checkers"].items()
    }
