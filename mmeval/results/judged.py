"""Judged runs as evidence: loaded whole, and refused where they would mislead.

A run that is not finished has answered its easy and short problems first, so it is
refused unless the caller says that a part will do. Verdicts that do not add up to the
summary beside them were edited or cut, and are refused always.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from mmeval import catalog, jsonl
from mmeval.answers.checker import Checker
from mmeval.errors import DataError, UnknownName, UserError
from mmeval.problems.clusters import Clusters, clusters_of
from mmeval.records import OUTCOMES
from mmeval.results.verdict_rows import ONE, Answers, V, VerdictKey
from mmeval.run_folder import FIRST_IDS, CheckerSummary, Manifest, RunDir, Summary, find_runs

UNREAD = 0.5
"""Where a checker found no answer in more texts than this share, its rule reads another form of
answer than the model gives, and its number says little of the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """A run folder whose manifest and summary were read and agree with each other."""

    run: RunDir
    manifest: Manifest
    summary: Summary

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.run.path

    @property
    def model(self) -> str:
        """The model's label."""
        return self.summary.model

    @property
    def task(self) -> tuple[str, str]:
        """(benchmark, split): runs of another task cannot be compared."""
        return self.summary.benchmark, self.summary.split

    @property
    def subset(self) -> str | None:
        """By what its problems were chosen, where that was no fair draw; else None."""
        return self.manifest.data.subset

    @property
    def checkers(self) -> list[str]:
        """The checkers that judged it, in the order they were asked for."""
        return list(self.summary.checkers)

    @property
    def training(self) -> Mapping[str, Any]:
        """What `mmeval train` left in its model's folder; empty where it did not make it."""
        training = self.manifest.model.training
        return training if isinstance(training, dict) else {}

    @property
    def seed(self) -> int | None:
        """Of its model's training; None where it was not trained here."""
        seed = self.training.get("seed")
        return seed if isinstance(seed, int) else None

    def reads(self, checker: str) -> bool:
        """Whether a checker found an answer in half of the texts; see `UNREAD`."""
        return self.unanswered(checker) <= UNREAD

    def clusters(self) -> Clusters | None:
        """Which of its problems are not independent; None where all are."""
        return clusters_of(self.run.problems(), self.manifest.data.cluster)

    def together(self, answers: Mapping[str, Answers]) -> list[tuple[int, int]]:
        """(right, asked) of each cluster of problems, as `stats.intervals.clustered` takes them."""
        clusters, sums = self.clusters(), dict[str, Answers]()
        for key, each in answers.items():
            cluster = clusters.of[key] if clusters else key
            sums[cluster] = sums[cluster].plus(each) if cluster in sums else each
        return [(each.right, each.asked) for each in sums.values()]

    def counts(self, checker: str) -> CheckerSummary:
        """A checker's numbers in the summary. Raises UnknownName with those there are."""
        if checker not in self.summary.checkers:
            raise UnknownName(
                f"{self.path} was not judged by {checker}; it has {', '.join(self.checkers)}; "
                f"mmeval judge {self.path} --checker ... judges it again"
            )
        return self.summary.checkers[checker]

    def unanswered(self, checker: str) -> float:
        """The share of answers in which a checker found none to compare."""
        counts = self.counts(checker)
        return counts.no_answer / counts.n

    def verdict_rows(self, checker: str, kind: type[V]) -> list[V]:
        """A checker's verdicts, as much of them as `kind` holds, in the order of the generations.

        Raises DataError when they do not add up to the summary, lack a field or hold
        another type in it, or judge one answer twice.
        """
        counts = self.counts(checker)
        file = self.run.verdicts_file(checker)
        rows = jsonl.read_structs(file, kind)
        outcomes = Counter(map(attrgetter("outcome"), rows))
        twice = len(set(map(attrgetter("problem_id", "sample"), rows))) < len(rows)
        if twice or any(outcomes[name] != getattr(counts, name) for name in OUTCOMES):
            raise DataError(
                f"{file} does not hold the {counts.n:,} verdicts that {self.run.summary_file} "
                f"counts: it was edited or cut; judge again: mmeval judge {self.path}"
            )
        return rows

    def answers(self, checker: str) -> dict[str, Answers]:
        """Problem id -> what the checker said about its answers; see `verdict_rows`."""
        answers: dict[str, Answers] = {}
        for row in self.verdict_rows(checker, VerdictKey):
            answer, before = ONE[row.outcome], answers.get(row.problem_id)
            answers[row.problem_id] = answer if before is None else before.plus(answer)
        return answers


def earlier_revision(checker: str, *runs: JudgedRun) -> str | None:
    """A sentence where runs were judged by different revisions of a checker, or by an earlier
    one than is installed, with the command that judges them again; None where there is but one
    rule."""
    found = {run.counts(checker).revision for run in runs}
    installed = installed_revision(checker)
    if found <= {installed} or (installed is None and len(found) < 2):
        return None
    told = " and ".join(map(str, sorted(found)))
    here = "" if installed is None else f", and {installed} is installed"
    return (
        f"judged by revision {told} of {checker}{here}: not one rule; "
        f"mmeval judge FOLDER --checker {checker} judges again"
    )


def installed_revision(checker: str) -> int | None:
    """The revision of a checker that is here; None where there is no such checker, or its name,
    which a summary has, is a path to code: that never runs."""
    try:
        found: Checker = catalog.find("checkers", checker)
    except UserError:
        return None
    return found.revision


def part_of_split(asked: int, run: JudgedRun) -> str | None:
    """`721 of 5,000 problems, those in the file` where `asked` are not all of a run's split,
    and the file is the replayed one that chose them; None for all."""
    total = run.manifest.data.total
    if asked >= total:
        return None
    return f"{asked:,} of {total:,} problems" + (", those in the file" if run.subset else "")


def load_judged(path: Path, partial: bool = False) -> JudgedRun:
    """The judged run in a folder.

    Raises MissingData when it is no run or was not judged, DataError when it is not
    finished (unless `partial`) or when manifest and summary are of different runs.
    """
    run = RunDir(path)
    manifest = run.read_manifest()
    if not manifest.finished and not partial:
        raise DataError(f"{path} is not finished: {_share_done(run, manifest)}")
    summary = run.read_summary()
    judged = (summary.benchmark, summary.split), summary.model
    if judged != (manifest.task, manifest.model.label) or not summary.checkers:
        raise DataError(
            f"{run.summary_file} is not the summary of {run.manifest_file}: it was edited or "
            f"copied; judge again: mmeval judge {path}"
        )
    if manifest.generations is None:
        _require_rows(run, manifest, summary.health.n)
    elif not run.unchanged(manifest):
        run.require_whole(manifest)
    counted = {summary.health.n, *(each.n for each in summary.checkers.values())}
    if len(counted) > 1 or (
        manifest.finished and not manifest.uneven and counted != {manifest.asked}
    ):
        raise DataError(
            f"{run.summary_file} counts {' and '.join(f'{n:,}' for n in sorted(counted))} answers "
            f"of {manifest.asked:,}: it was edited, or is of another part of the run; judge again: "
            f"mmeval judge {path}"
        )
    return JudgedRun(run=run, manifest=manifest, summary=summary)


def _require_rows(run: RunDir, manifest: Manifest, judged: int) -> None:
    """Raises DataError where fewer answers are there than were judged, in a run of which no
    digest is known. A row a judged answer is enough: nothing more is read of it then."""
    rows = run.rows()
    if rows != judged and manifest.finished:
        run.require_whole(manifest)
    if rows < judged:
        raise DataError(
            f"{run.generations_file} has {rows:,} whole rows, and {judged:,} were judged: it was "
            f"cut or edited since; what is missing is asked again by: {run.resume_command()}"
        )


def load_all_judged(path: Path, partial: bool = False) -> list[JudgedRun]:
    """The judged run at a path, or all runs in its folders; errors as for one."""
    return [load_judged(each.path, partial) for each in find_runs(path)]


def _share_done(run: RunDir, manifest: Manifest) -> str:
    """How much of a run is there, and what to do about it."""
    total = manifest.asked
    done = run.done().count
    return (
        f"{done:,} of {total:,} answers are there ({100 * done / max(total, 1):.0f} %), and the "
        f"first ones are not a fair sample; resume with mmeval run --resume {run.path}, or take it "
        "as it is with --partial"
    )


def by_task(runs: list[JudgedRun], where: Path) -> dict[tuple[str, str], JudgedRun]:
    """(benchmark, split) -> its run. Raises DataError when a task has several."""
    by_name: dict[tuple[str, str], JudgedRun] = {}
    for run in runs:
        if first := by_name.get(run.task):
            raise DataError(
                f"{where} holds several runs of {' '.join(run.task)}: {first.path.name} "
                f"and {run.path.name}; name one of them"
            )
        by_name[run.task] = run
    return by_name


def labels(runs: Sequence[JudgedRun]) -> list[str]:
    """A label for each run: its model's, with the seed of its training where models of one
    label have several; where two runs of one task would have the same still, with the settings
    by which they were asked otherwise (`m [prompt chat]`), and where those are alike with its
    folder's name and the folders above it, so that they are never taken for one. A seed and a
    setting say the same of a model's runs on every benchmark, as a folder does not."""
    names = settings_labels(runs)
    unclear = {name for name, _ in _shared(names, runs)}  # a folder's name, for every task
    labelled = [
        _in_folder(name, run, 1) if name in unclear else name
        for name, run in zip(names, runs, strict=True)
    ]
    for depth in range(2, max((len(run.path.parts) for run in runs), default=0) + 1):
        shared = _shared(labelled, runs)
        labelled = [
            _in_folder(name, run, depth) if (label, run.task) in shared else label
            for name, label, run in zip(names, labelled, runs, strict=True)
        ]
    return labelled


def settings_labels(runs: Sequence[JudgedRun]) -> list[str]:
    """The same without folders: runs that were asked alike have one label."""
    return _with_settings(_with_seeds(runs), runs)


def _with_seeds(runs: Sequence[JudgedRun]) -> list[str]:
    seeds: dict[str, set[int | None]] = {}
    for run in runs:
        seeds.setdefault(run.model, set()).add(run.seed)
    return [
        f"{run.model}, seed {run.seed}"
        if len(seeds[run.model]) > 1 and run.seed is not None
        else run.model
        for run in runs
    ]


SETTINGS: Mapping[str, Callable[[Manifest], str]] = {
    "prompt": lambda run: f"prompt {_prompt(run)}",
    "shots": lambda run: f"{run.shots} shots",
    "temperature": lambda run: f"temperature {run.sampling.temperature:g}",
    "switches": lambda run: run.switches or "plain",
    "max_tokens": lambda run: f"{run.sampling.max_tokens} tokens",
    "engine": lambda run: run.engine.name,
    "dtype": lambda run: run.engine.dtype,
}
"""Settings that tell runs of one model apart, in words."""


def _with_settings(names: Sequence[str], runs: Sequence[JudgedRun]) -> list[str]:
    by_task: dict[tuple[str, tuple[str, str]], list[JudgedRun]] = {}
    for name, run in zip(names, runs, strict=True):
        by_task.setdefault((name, run.task), []).append(run)
    told: dict[str, list[Callable[[Manifest], str]]] = {}
    for words in SETTINGS.values():
        for (name, _), alike in by_task.items():
            differing = told.setdefault(name, [])
            if words not in differing and len({words(each.manifest) for each in alike}) > 1:
                differing.append(words)
    return [
        f"{name} [{', '.join(words(run.manifest) for words in told[name])}]" if told[name] else name
        for name, run in zip(names, runs, strict=True)
    ]


def _prompt(run: Manifest) -> object:
    """The prompt's name; that of answers that were there already is what the user said."""
    return run.prompt["name"] if run.prompt else run.config.get("prompt") or "unknown"


def _shared(names: Sequence[str], runs: Sequence[JudgedRun]) -> set[tuple[str, tuple[str, str]]]:
    """(label, task) of two runs or more."""
    counts = Counter((name, run.task) for name, run in zip(names, runs, strict=True))
    return {key for key, count in counts.items() if count > 1}


def _in_folder(name: str, run: JudgedRun, depth: int) -> str:
    return f"{name} [{'/'.join(run.path.parts[-depth:])}]"


def settings_that_differ(a: JudgedRun, b: JudgedRun) -> Iterator[str]:
    """The settings, beside the model, that two runs were asked under otherwise.

    A comparison of two models means what it says only where there are none.
    """
    one, two = a.manifest.identity, b.manifest.identity
    if a.manifest.samples != b.manifest.samples:
        yield f"answers a problem: {a.manifest.samples:,} and {b.manifest.samples:,}"
    skipped = {"model", "weights_sha256", "tokenizer_sha256", "config_sha256"}
    if one.get("problems_sha256") != two.get("problems_sha256"):
        skipped |= {"prompts_sha256", "problems_sha256"}  # said where the problems are counted
        skipped.add(FIRST_IDS)
    if one.get("tokenizer_sha256") != two.get("tokenizer_sha256"):
        skipped.add(FIRST_IDS)
    replayed = "replay" in (one.get("engine"), two.get("engine"))
    for key in sorted({*one, *two} - skipped):
        if one.get(key) == two.get(key) or (replayed and key.startswith("engine.")):
            continue
        if key.startswith("served.") or (key == FIRST_IDS and not (key in one and key in two)):
            continue  # of the model, or not known of both
        if key.endswith("_sha256"):
            yield f"{key.removesuffix('_sha256')} differ"
        else:
            yield f"{key}: {one.get(key)} and {two.get(key)}"
