"""The manifest of a run as it is written when the run first starts."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from mmeval.engines.engine import Generator, engine_identity, info_row
from mmeval.engines.models.find import Model
from mmeval.environment import machine, versions
from mmeval.records import SCHEMA, Prompt, to_row
from mmeval.run_folder import FIRST_IDS, problems_sha256
from mmeval.runs.task import Task

FIRST_TOKEN_IDS = 16
"""Enough to see a doubled or a missing BOS."""


def full_identity(task: Task, engine: Generator) -> dict[str, Any]:
    """The task's identity and the engine's; with the token ids of the first problem's prompt
    where they are known, for a chat template may write more than the messages: today's date."""
    ids = None
    if engine.info.mode != "replay":
        ids = engine.token_ids(_first_asked(task))
    hashed = {} if ids is None else {FIRST_IDS: sha256(json.dumps(list(ids)).encode()).hexdigest()}
    return task.identity | engine_identity(engine.info) | hashed


def _first_asked(task: Task) -> Prompt:
    """The prompt of the first problem, whatever the order of the requests."""
    first, requests = task.problems[0].id, task.plan.requests
    return next((e.prompt for e in requests if e.prompt.problem_id == first), requests[0].prompt)


def new_manifest(task: Task, model: Model, engine: Generator, created: str) -> dict[str, Any]:
    """The identity, and what is reported beside it: names, sources, the first prompt."""
    data, info = task.data, engine.info
    model_row = to_row(model) | {"label": model.label or model.name}
    del model_row["path"]  # a cache path is private: it names its owner
    manifest = {
        "schema": SCHEMA,
        "status": "running",
        "created": created,
        "command": task.command,
        "config": dict(task.settings),
        "identity": full_identity(task, engine),
        "versions": versions(),
        "machine": machine(),
        "sessions": [],
        "model": model_row,
        "data": {
            "source": data.source,
            "problems": len(task.problems),
            "total": data.total,
            "partial": data.partial,
            "subset": data.subset,
            "as_published": data.as_published,
            "asked_sha256": problems_sha256(task.problems),
            "stop_in_references": task.stop_in_references,
            "cluster": task.benchmark.cluster,
        },
        "samples": task.sampling.n,
        "checkers": list(task.checkers),
        "sampling": to_row(task.sampling),
        "engine": info_row(info),
        "prompt": None if info.mode == "replay" else asdict(task.template),
        "shots": task.shots,
        "shard": list(task.shard) if task.shard else None,
        "first_prompt": _first_prompt(task, engine),
    }
    manifest |= {"repeat": task.repeat} if task.repeat else {}
    return manifest | ({"step": True} if task.step else {})


def _first_prompt(task: Task, engine: Generator) -> dict[str, Any] | None:
    """What the model sees first, with its first token ids; None for replayed outputs."""
    if engine.info.mode == "replay":
        return None
    prompt = task.plan.requests[0].prompt
    ids = engine.token_ids(prompt)
    return to_row(prompt) | {
        "tokens": len(ids) if ids is not None else None,
        "first_token_ids": ids[:FIRST_TOKEN_IDS] if ids is not None else "unknown",
        "bos": engine.info.bos,
        "template_by": engine.info.template_by if prompt.messages else "nobody",
    }
