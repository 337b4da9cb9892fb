"""One benchmark of a run and a started engine: what is still to be asked, and asking it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmeval import jsonl
from mmeval.engines.engine import Generator
from mmeval.engines.models.find import Model
from mmeval.engines.start import foreign
from mmeval.errors import PromptTooLong, RunMismatch
from mmeval.jsonl import Appender
from mmeval.progress import Watch
from mmeval.records import SCHEMA, Generation, Request, to_row
from mmeval.run_folder import Done, Session, answer_row, require_same
from mmeval.runs.manifest import full_identity, new_manifest
from mmeval.runs.task import Task

TEXT_SLACK, CHAT_SLACK = 64, 512
"""Bytes for special tokens, and for the words of a chat template, when a prompt's bytes
are taken for a bound of its tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A benchmark that lacks answers, and the engine that will give them."""

    task: Task
    done: Done
    session: Session
    engine: Generator
    requests: tuple[Request, ...]
    """What is to be asked: whole units of the engine of which any answer is missing."""
    short_of_room: int
    """Prompts that leave less room than max_tokens."""


def make_job(task: Task, done: Done, engine: Generator, session: Session) -> Job:
    """The job, checked: RunMismatch where the folder was begun with another engine,
    PromptTooLong where a prompt leaves no room. Writes nothing."""
    identity = full_identity(task, engine)
    for run in (task.home, task.run):
        if run.exists():
            require_same(run.read_manifest().identity, identity, str(run.path))
    requests = _wanted(task, engine, done)
    return Job(
        task=task,
        done=done,
        session=session,
        engine=engine,
        requests=tuple(requests),
        short_of_room=_require_room(task, engine, requests),
    )


def _wanted(task: Task, engine: Generator, done: Done) -> list[Request]:
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
        slack = TEXT_SLACK if prompt.text is not None else CHAT_SLACK
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


def ask(job: Job, model: Model, watch: Watch) -> None:
    """Generates what a run lacks. The manifest is written first, and again at the end.

    Raises RunMismatch where the answers say that another model gives them than before; the
    first such answer is not kept, and a run that got none is left as it was.
    """
    run = job.task.run
    before = run.manifest() if run.exists() else None
    manifest = _begun(job, model)
    run.write_manifest(manifest)
    earlier = manifest.get("served", {})
    try:
        _generate(job, watch, earlier)
    except RunMismatch:
        if before is not None and not job.session.generations:
            manifest = before
        raise
    finally:
        manifest["sessions"] = [*manifest.get("sessions", ()), to_row(job.session)]
        if job.session.generations and (said := _reported(job)):
            manifest["served"] = joined_reports(earlier, said)
        with contextlib.suppress(OSError):  # a full disk is told by the error on its way
            run.write_manifest(manifest)
    run.finish(job.task.plan.size)


def _begun(job: Job, model: Model) -> dict[str, Any]:
    """The manifest at the start of this session; problems.jsonl is there afterwards. What an
    earlier session was finished with holds no more."""
    task = job.task
    manifest = (
        task.run.manifest()
        if task.run.exists()
        else new_manifest(task, model, job.engine, job.session.started)
    )
    if not task.run.exists() or not task.run.problems_file.is_file():
        jsonl.write_rows(task.run.problems_file, map(to_row, task.problems))
    manifest.pop("generations", None)
    return manifest | {
        "schema": SCHEMA,
        "status": "running",
        "samples": task.sampling.n,
        "sampling": to_row(task.sampling),
        "short_of_room": job.short_of_room,
    }


def _reported(job: Job) -> Mapping[str, Sequence[str]]:
    """What the answers of this session tell of who gives them: a server's alone do."""
    reported: Mapping[str, Sequence[str]] = getattr(job.engine, "reported", {})
    return reported


def joined_reports(*reports: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Field -> all its values, each once, in their order."""
    fields = dict.fromkeys(field for each in reports for field in each)
    return {
        field: list(dict.fromkeys(value for each in reports for value in each.get(field, ())))
        for field in fields
    }


def _require_reported(job: Job, earlier: Mapping[str, Sequence[str]]) -> None:
    """Raises RunMismatch where an answer names another model than all earlier sessions' did."""
    for field, values in _reported(job).items():
        known = earlier.get(field, ())
        new = [value for value in values if value not in known]
        if known and new:
            raise RunMismatch(
                f"{job.task.run.path} holds another run: the server's answers have {field} "
                f"{new[0]!r}, and had {' or '.join(map(repr, known))}; serve that model again, or "
                "give this one its own --out"
            )


def _generate(job: Job, watch: Watch, earlier: Mapping[str, Sequence[str]]) -> None:
    task, done, session = job.task, job.done, job.session
    begin = time.monotonic()
    with Appender(task.run.generations_file, row=answer_row) as file:
        again = f" repeat {task.repeat}" if task.repeat else ""
        watch.begin(f"{task.benchmark.name} {task.split}{again}", done.count, task.plan.size)
        try:
            for generation in _answers(job):
                _require_reported(job, earlier)
                _say_refused(job, watch)
                session.add(generation)
                rows = [row for row in task.plan.rows(generation) if row.key not in done]
                for row in rows:
                    file.append(row)
                    done.add(row)
                watch.advance(len(rows), generation.tokens or 0)
        finally:
            session.generation_seconds = round(time.monotonic() - begin, 3)
            watch.end()


def _say_refused(job: Job, watch: Watch) -> None:
    """Says, once each, which fields of a request the server refused and what holds instead."""
    refused: Mapping[str, str] = getattr(job.engine, "refused", {})
    for name, instead in refused.items():
        if job.session.refused.get(name) != instead:
            watch.say(f"the server refuses {name} as it was sent: {instead}")
    job.session.refused = dict(refused)


def _answers(job: Job) -> Iterator[Generation]:
    with foreign(job.engine.info.name, job.task.run.log_file):
        yield from job.engine.generate(job.requests, job.task.sampling)
