"""`run`: benchmarks -> run folders. The imperative shell around the records.

A run that stops half way, for whatever reason, is gone on with by the one command that
its error names. What was generated stays as it is; what was in flight is asked again.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mmeval import jsonl
from mmeval.config import RunConfig
from mmeval.engines import EngineOptions, Generator, choose_engine
from mmeval.engines.replay import ReplayEngine
from mmeval.errors import EngineError, PromptTooLong, RunFailed, RunInterrupted
from mmeval.identity import config_row, engine_identity, new_manifest, require_same
from mmeval.manifest import fill_manifest
from mmeval.models import Model, find_model
from mmeval.preparing import Task, prepare
from mmeval.records import SCHEMA, Request, to_row
from mmeval.rejudging import judge_run
from mmeval.rundir import Appender, Done, RunDir
from mmeval.starting import EngineStart
from mmeval.watching import Session, Silent, Watch

EXPECTED_SHARE = 0.6
"""Of max_tokens that an answer takes on average, for choosing eager or compiled."""


def run(
    config: RunConfig, watch: Watch | None = None, now: Callable[[], datetime] | None = None
) -> list[RunDir]:
    """Generates what is missing, judges, and returns one run folder per benchmark.

    A folder that holds a part of this very run is gone on with; one that holds another
    run raises RunMismatch. Other UserErrors name what the user must fix; EngineError,
    RunFailed and RunInterrupted name the command that resumes.
    """
    watch = watch or Silent()
    now = now or (lambda: datetime.now(UTC))
    engine_name = _engine_name(config)
    start = EngineStart(engine_name)
    model = _model(config, engine_name, watch)
    tasks = prepare(config, model)
    with ExitStack() as stack:
        for task in tasks:
            stack.enter_context(task.run.locked())
        _note_whole_run(config, tasks)
        done = [task.run.done() for task in tasks]
        left = [t.plan.size - d.count for t, d in zip(tasks, done, strict=True)]
        work = [(task, there) for task, there, n in zip(tasks, done, left, strict=True) if n]
        shared: Generator | None = None
        for task, there in work:
            session = Session(started=now().isoformat(timespec="seconds"))
            with _resumable(task, there):
                if shared is None or task.replay is not None:
                    begin = time.monotonic()
                    shared = _open(start, task, model, _tokens(work), watch)
                    session.engine_start_seconds = round(time.monotonic() - begin, 3)
                    stack.callback(shared.close)
                ask(task, model, shared, Progress(there, session, watch))
        for task in tasks:
            judge_run(task.run, task.config.checker or task.benchmark.checkers)
    return [task.run for task in tasks]


def _engine_name(config: RunConfig) -> str:
    """The engine of the run: the one its folder was begun with, where there is one."""
    if config.engine == "auto" and config.out is not None:
        for folder in (Path(config.out), *(Path(config.out) / b for b in config.benchmark)):
            if RunDir(folder).exists():
                return str(RunDir(folder).manifest()["identity"]["engine"])
    return choose_engine(config.engine)


def _model(config: RunConfig, engine: str, watch: Watch) -> Model:
    if engine in ("openai", "replay"):  # the weights are elsewhere
        return Model(name=config.model)
    return find_model(config.model, config.revision, watch.say)


def _note_whole_run(config: RunConfig, tasks: Sequence[Task]) -> None:
    """Keeps the config of a run of several benchmarks beside their folders, to resume by."""
    if len(tasks) > 1:
        row = {"schema": SCHEMA, "config": config_row(config)}
        jsonl.write_text(tasks[0].run.path.parent / "run.json", json.dumps(row, indent=1))


def _tokens(work: Sequence[tuple[Task, Done]]) -> int:
    """About how many tokens are still to be generated."""
    return int(
        sum(EXPECTED_SHARE * t.sampling.max_tokens * (t.plan.size - d.count) for t, d in work)
    )


def _open(start: EngineStart, task: Task, model: Model, tokens: int, watch: Watch) -> Generator:
    """The engine, started; a resumed run gets the execution mode it was begun with."""
    config = task.config
    if task.replay is not None:
        _say_unmatched(task.replay, watch)
        return task.replay
    stored = task.run.manifest()["identity"] if task.run.exists() else {}
    options = EngineOptions(
        args=config.engine_args,
        dtype=config.dtype if config.dtype != "auto" else stored.get("dtype", "auto"),
        mode=stored.get("mode"),
        expected_tokens=tokens,
        seed=config.seed,
        trust_remote_code=config.trust_remote_code,
        use_generation_config=config.use_generation_config,
    )
    log = task.run.log_file
    return start.open(
        model, options, log, lambda seconds: watch.starting(start.engine, seconds, log)
    )


def _say_unmatched(replay: ReplayEngine, watch: Watch) -> None:
    """Counts and names the rows that answer no problem, and problems without a row."""
    rows, problems = replay.matched.unmatched_rows, replay.matched.unanswered_problems
    if rows:
        named = ", ".join(str(row.line) for row in rows[:5])
        watch.say(f"{len(rows):,} rows answer no problem of this run: lines {named}, ...")
    if problems:
        named = ", ".join(problems[:3])
        watch.say(f"{len(problems):,} problems have no answer and count as failed: {named}, ...")


@contextlib.contextmanager
def _resumable(task: Task, done: Done) -> Iterator[None]:
    """Turns whatever stops a run into an error that says how to go on with it."""
    try:
        yield
    except (KeyboardInterrupt, EngineError, RunFailed) as error:
        kept = f"{done.count:,} of {task.plan.size:,} answers are kept in {task.run.path}"
        go_on = f"{kept}; go on with: {resume_command(task.config, task)}"
        with contextlib.suppress(OSError):  # the disk may be what failed
            if task.run.exists():
                stopped = isinstance(error, KeyboardInterrupt)
                _set_status(task.run, "interrupted" if stopped else "failed")
        if isinstance(error, KeyboardInterrupt):
            raise RunInterrupted(f"interrupted; {go_on}") from None
        raise type(error)(f"{error}\n{go_on}") from error


def resume_command(config: RunConfig, task: Task) -> str:
    """The one command that goes on with a run: the folder knows everything else."""
    several = len(config.benchmark) > 1
    folder = task.run.path.parent if several else task.run.path
    if not task.run.exists() and not several:  # stopped before anything was written
        return "the same command"
    return f"mmeval run --resume {shlex.quote(str(folder))}"


def _set_status(run: RunDir, status: str) -> None:
    run.write_manifest(run.manifest() | {"status": status})


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands while it is asked."""

    done: Done
    session: Session
    watch: Watch


def ask(task: Task, model: Model, engine: Generator, progress: Progress) -> None:
    """Generates what a run lacks. The manifest is written first, and again at the end."""
    identity = task.identity | engine_identity(engine.info)
    if task.run.exists():
        manifest = task.run.manifest()
        require_same(manifest["identity"], identity, str(task.run.path))
        manifest["samples"] = task.sampling.n
    else:
        manifest = new_manifest(identity, task.config, progress.session.started)
        fill_manifest(manifest, task, model, engine)
        jsonl.write_rows(task.run.problems_file, map(to_row, task.problems))
    manifest["status"] = "running"
    requests = _wanted(task, engine, progress.done)
    manifest["short_of_room"] = _require_room(task, engine, requests)
    task.run.write_manifest(manifest)
    try:
        _generate(task, engine, requests, progress)
    finally:
        manifest["sessions"].append(progress.session.to_row())
        with contextlib.suppress(OSError):  # a full disk is told by the error on its way
            task.run.write_manifest(manifest)
    manifest["status"] = "finished"
    task.run.write_manifest(manifest)


def _wanted(task: Task, engine: Generator, done: Done) -> list[Request]:
    """The requests to ask: whole units of which any answer is missing."""

    def missing(request: Request) -> bool:
        copies = task.plan.copies.get(request.key, ())
        return any(each.key not in done for each in (request, *copies))

    units = engine.units(task.plan.requests)
    return [request for unit in units if any(map(missing, unit)) for request in unit]


def _require_room(task: Task, engine: Generator, requests: Sequence[Request]) -> int:
    """How many prompts leave less room than max_tokens; raises PromptTooLong for none.

    A token is at least a byte, so only prompts of more bytes than the context has tokens
    need be tokenised to know that they fit.
    """
    context = engine.info.context
    if context is None:
        return 0
    short = 0
    for request in requests:
        prompt = request.prompt
        text = prompt.text or "".join(message.content for message in prompt.messages)
        slack = 64 if prompt.text is not None else 512  # special tokens, a template's own words
        if len(text.encode()) + slack + task.sampling.max_tokens <= context:
            continue
        length = len(engine.token_ids(prompt) or ())
        if length >= context:
            raise PromptTooLong(
                f"the prompt of {prompt.problem_id} has {length:,} tokens, and the model's "
                f"context is {context:,}: no room for an answer; ask with fewer --shots or "
                "another --prompt"
            )
        short += length + task.sampling.max_tokens > context
    return short


def _generate(
    task: Task, engine: Generator, requests: Sequence[Request], progress: Progress
) -> None:
    done, session, watch = progress.done, progress.session, progress.watch
    begin = time.monotonic()
    with Appender(task.run.generations_file) as file:
        watch.begin(f"{task.benchmark.name} {task.split}", done.count, task.plan.size)
        try:
            for generation in engine.generate(requests, task.sampling):
                session.add(generation)
                rows = [row for row in task.plan.rows(generation) if row.key not in done]
                for row in rows:
                    file.append(row)
                    done.add(row)
                watch.advance(generation, len(rows))
        finally:
            session.generation_seconds = round(time.monotonic() - begin, 3)
            watch.end()
