"""`run`: benchmarks -> run folders. The imperative shell around the records.

A run stopped for any reason can be resumed with the one command that
its error names. What was generated stays as it is; what was in flight is asked again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.engines.engine import Generator, choose_engine
from mmeval.engines.models.find import Model, find_model
from mmeval.engines.replay import ReplayEngine
from mmeval.engines.start import EngineStart
from mmeval.environment import timestamp
from mmeval.errors import DataError
from mmeval.judging.judge_run import judge_run
from mmeval.problems.question_index import copies_told
from mmeval.progress import Silent, Watch
from mmeval.records import to_row
from mmeval.run_folder import Done, Examined, RunDir, Session, problems_sha256, require_same
from mmeval.runs.ask import Job, ask, make_job
from mmeval.runs.config import RunConfig
from mmeval.runs.prepare import check_names, prepare
from mmeval.runs.repeats import keep_count, repeats_of
from mmeval.runs.resume import Call, call_of, resumable_run
from mmeval.runs.task import Task

EXPECTED_SHARE = 0.6
"""Of max_tokens that an answer takes on average, for choosing eager or compiled."""

Work = Sequence[tuple[Task, Done]]
"""Benchmarks and repeats of them, each with the answers that are there."""


def run(
    config: RunConfig, watch: Watch | None = None, now: Callable[[], datetime] | None = None
) -> list[RunDir]:
    """Generates what is missing, judges, and returns one run folder per benchmark; repeats
    come last, when every benchmark is judged.

    A folder with part of this run is resumed; one that holds another
    run raises RunMismatch. Other UserErrors name what the user must fix; EngineError,
    RunFailed and RunInterrupted name the command that resumes.
    """
    watch = watch or Silent()
    started = timestamp(now)
    check_names(config)
    start = EngineStart(choose_engine(config.engine))
    model = model_for(config, start.engine, watch)
    tasks = prepare(config, model)
    greedy = config.temperature == 0 and config.sampling == "given"
    if config.samples > 1 and greedy and config.engine != "replay":
        watch.say(
            f"the {config.samples} answers to a problem will be the same: a greedy model is asked "
            "once; --temperature 0.7 samples"
        )
    for task in tasks:
        _say_copies(task, watch)
    setup = Setup(
        call=call_of(config, model, tasks),
        start=as_begun(start, config, tasks),
        model=model,
        watch=watch,
        started=started,
    )
    with ExitStack() as stack:
        carry_out(setup, tasks, stack)
    return [task.run for task in tasks]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What all benchmarks of one call share."""

    call: Call
    start: EngineStart
    model: Model
    watch: Watch
    started: str
    """When the call began, ISO 8601 in UTC."""


def carry_out(setup: Setup, tasks: Sequence[Task], stack: ExitStack) -> None:
    """Asks what the tasks and their repeats lack, and judges them. The folders stay locked
    and the engine open until the stack is closed, for tasks that follow from these."""
    for task in tasks:
        stack.enter_context(task.run.locked())
    repeats = [repeat for task in tasks for repeat in repeats_of(task)]
    for repeat in repeats:
        stack.enter_context(repeat.run.locked())
    examined = {task.run.path: _examined(task) for task in (*tasks, *repeats)}
    stages = [[(each, examined[each.run.path].done) for each in part] for part in (tasks, repeats)]
    lacking = [
        (task, done)
        for stage in stages
        for task, done in stage
        if any(key not in done for key in task.plan.row_keys())
    ]
    engines = _open_all(setup, lacking, stack)
    jobs = {
        task.run.path: make_job(task, done, engine, _session(setup, engine, seconds))
        for (task, done), (engine, seconds) in zip(lacking, engines, strict=True)
    }
    if jobs:
        setup.call.keep()
    for task in (*tasks, *repeats):
        _mend(task, examined[task.run.path], setup.watch)
    for task, done in stages[0]:
        keep_count(task)
        if done.count:
            _say_reused(task, done, len(tasks) > 1, setup.watch)
            if job := jobs.get(task.run.path):
                _say_moved(job, setup.watch)
    for stage in stages:
        _complete(setup, stage, jobs)


def _examined(task: Task) -> Examined:
    """The answers that are there, and the lines that are none."""
    run = task.run
    if not run.exists():
        return Examined()
    if run.unchanged(run.read_manifest()):
        return Examined(done=run.done())
    return run.examined({problem.id for problem in task.problems}, task.sampling.n)


def _mend(task: Task, found: Examined, watch: Watch) -> None:
    """Sets lines aside that are no answers of the run, and writes its problems where they are
    gone or edited: the data, whose hash the run holds, have them."""
    run = task.run
    if not run.exists():
        return
    if found.bad:
        run.set_aside(found.bad)
        watch.say(
            f"{run.generations_file}: {'; '.join(found.faults)}; they are kept in "
            f"{run.set_aside_file.name}, and what is missing is asked again"
        )
    if not _same_problems(task):
        jsonl.write_rows(run.problems_file, map(to_row, task.problems))
        watch.say(f"{run.problems_file} was gone or edited, and is written again")


def _same_problems(task: Task) -> bool:
    try:
        return problems_sha256(task.run.problems()) == problems_sha256(task.problems)
    except DataError:
        return False


def _complete(setup: Setup, stage: Work, jobs: Mapping[Path, Job]) -> None:
    """Asks what these tasks lack, by the jobs of their folders, then judges them all."""
    for task, done in stage:
        if job := jobs.get(task.run.path):
            with resumable_run(setup.call, task, done):
                ask(job, setup.model, setup.watch)
    for task, done in stage:
        with resumable_run(setup.call, task, done):
            task.run.finish(task.plan.size)
            judge_run(task.run, task.checkers, task.settings.get("unfinished_thought", "no_answer"))


def model_for(config: RunConfig, engine: str, watch: Watch) -> Model:
    """The model, its files found; a label where the weights are elsewhere."""
    if engine in ("openai", "replay"):  # the weights are elsewhere
        return Model(name=config.model)
    return find_model(config.model, config.revision, watch.say)


def as_begun(start: EngineStart, config: RunConfig, tasks: Sequence[Task]) -> EngineStart:
    """The engine, or for `auto` the one that the folders were begun with, where that is
    another. Raises RunMismatch for a folder of another engine, or of other settings as far
    as they were given, before an engine is started, and where none need be."""
    begun = [task.run for task in tasks if task.run.exists()]
    if config.engine == "auto" and begun:
        engine = str(begun[0].read_manifest().identity["engine"])
        if engine != start.engine and engine in ("vllm", "hf"):
            start = EngineStart(engine)
    settings: dict[str, Any] = {"engine": start.engine}
    settings |= {f"engine.{name}": value for name, value in config.engine_args.items()}
    if config.dtype != "auto" and start.engine in ("vllm", "hf"):  # a server tells no type
        settings["dtype"] = config.dtype
    for run in begun:
        require_same(run.read_manifest().identity, settings, str(run.path))
    return start


def _open_all(setup: Setup, work: Work, stack: ExitStack) -> list[tuple[Generator, float]]:
    """Each benchmark's engine, and the seconds that its start took: one engine serves all,
    but a replay has one for each."""
    if not work:
        return []
    begin = time.monotonic()
    engines: list[Generator] = []
    for task, _ in work:
        if task.replay is not None:
            if not task.repeat:
                _say_unmatched(task.replay, setup.watch)
            engines.append(task.replay)
    if not engines:
        engines = [setup.start.generator or _open_for(setup, work, stack)] * len(work)
    seconds = [round(time.monotonic() - begin, 3), *[0.0] * (len(work) - 1)]
    return list(zip(engines, seconds, strict=True))


def _open_for(setup: Setup, work: Work, stack: ExitStack) -> Generator:
    """The engine, opened for as long as the stack is."""
    with resumable_run(setup.call, *work[0]):
        engine = stack.enter_context(_opened(setup, work))
    for line in getattr(engine, "notes", ()):
        setup.watch.say(line)
    return engine


def _opened(setup: Setup, work: Work) -> AbstractContextManager[Generator]:
    """The engine; a resumed run gets the type and the execution mode it was begun with."""
    stored: Mapping[str, Any] = {}
    for task, _ in work:
        if task.home.exists():
            stored = task.home.read_manifest().identity
            break
    chosen = setup.call.config.engine_options
    options = replace(
        chosen,
        dtype=chosen.dtype if chosen.dtype != "auto" else stored.get("dtype", "auto"),
        mode=stored.get("mode"),
        expected_tokens=_tokens(work),
    )
    start, log = setup.start, work[0][0].run.log_file
    what, where = f"starting {start.engine}", f"it prints to {log}"
    return start.open(
        setup.model, options, log, lambda seconds: setup.watch.waiting(what, seconds, where)
    )


def _tokens(work: Work) -> int:
    """About how many tokens are still to be generated."""
    return int(
        sum(EXPECTED_SHARE * t.sampling.max_tokens * (t.plan.size - d.count) for t, d in work)
    )


def _say_reused(task: Task, done: Done, several: bool, watch: Watch) -> None:
    """How old the answers are that are there already: what is served or installed under the
    same name may be another model since."""
    manifest = task.run.read_manifest()
    begun = sorted(each.started for each in manifest.sessions if each.generations)
    days = [each[:16].replace("T", " ") for each in begun or [manifest.created]]
    dates = " to ".join(dict.fromkeys((days[0], days[-1])))
    lacking = sum(key not in done for key in task.plan.row_keys())
    count = f"{done.count:,} of {task.plan.size:,}" if lacking else f"all {done.count:,}"
    end = "; the others are asked" if lacking else "; nothing was asked"
    where = f"{' '.join(manifest.task)}: " if several else ""
    watch.say(f"{where}{count} answers are from {dates} UTC{end}")


def _session(setup: Setup, engine: Generator, seconds: float) -> Session:
    server = engine.info.settings.get("base_url")
    return Session(
        started=setup.started,
        engine_start_seconds=seconds,
        base_url=server if isinstance(server, str) else None,
    )


def _say_moved(job: Job, watch: Watch) -> None:
    """Names the servers that gave the answers so far, where the others are asked elsewhere."""
    run, now = job.task.run, job.session.base_url
    manifest = run.read_manifest()
    first = manifest.engine.settings.get("base_url")
    asked = [each.base_url or first for each in manifest.sessions if each.generations]
    earlier = list(dict.fromkeys(map(str, asked)))
    if now is not None and earlier and earlier != [now]:
        watch.say(
            f"{run.path}: the answers so far came from {' and '.join(earlier)}, the others are "
            f"asked at {now}; both are in its manifest"
        )


def _say_copies(task: Task, watch: Watch) -> None:
    """Names the questions that several problems have, whatever their golds."""
    if told := copies_told(task.problems):
        dealt = task.replay is not None and task.replay.matched.copied_questions
        by = "; their rows are taken in the order of the file" if dealt else ""
        watch.say(f"{task.benchmark.name}: {told}{by}")


def _say_unmatched(replay: ReplayEngine, watch: Watch) -> None:
    """Counts and names the rows that answer no problem, and problems without a row."""
    if replay.matched.opened:
        watch.say(
            "the prompts behind these texts opened the model's thought: a text that does not close "
            "it is no answer; where they did not, --opens-thought no"
        )
    rows, problems = replay.matched.unmatched_rows, replay.matched.unanswered_problems
    if rows:
        lines = _first([str(row.line) for row in rows], 5)
        watch.say(f"{len(rows):,} rows answer no problem of this run: lines {lines}")
    if problems:
        ids = _first(problems, 3)
        watch.say(
            f"{len(problems):,} problems have no answer and count as failed: {ids}; where the file "
            "is of a part of the benchmark, --only-replayed leaves them out and says so"
        )


def _first(names: Sequence[str], count: int) -> str:
    return ", ".join(names[:count]) + (", ..." if len(names) > count else "")
