"""The parts of a manifest that are written once, when a run first starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mmeval.engines.engine import Generator, info_row
from mmeval.engines.models.find import Model
from mmeval.environment import machine, versions
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.records import SCHEMA, Generation, Prompt, to_row
from mmeval.run_folder import problems_sha256
from mmeval.runs.config import RunConfig, command_line, config_row, parse_shard
from mmeval.runs.task import Task

FIRST_TOKEN_IDS = 16
"""Enough to see a doubled or a missing BOS."""


def fill_manifest(manifest: dict[str, Any], task: Task, model: Model, engine: Generator) -> None:
    """Adds what is told but is no part of the identity: names, sources, the first prompt."""
    info = engine.info
    manifest["model"] = to_row(model) | {"label": model.label or model.name}
    del manifest["model"]["path"]  # a cache path is private: it names its owner
    manifest["data"] = {
        "source": task.data.source,
        "problems": len(task.problems),
        "total": task.data.total,
        "partial": task.data.partial,
        "subset": task.data.subset,
        "as_published": task.data.as_published,
        "asked_sha256": problems_sha256(task.problems),
        "stop_in_references": task.stop_in_references,
    }
    manifest["samples"] = task.sampling.n
    manifest["checkers"] = list(task.config.checker or task.benchmark.checkers)
    manifest["sampling"] = to_row(task.sampling)
    manifest["engine"] = info_row(info)
    manifest["prompt"] = None if info.mode == "replay" else template_row(task.template)
    manifest["shots"] = task.config.shots
    manifest["shard"] = list(parse_shard(task.config.shard)) if task.config.shard else None
    manifest["first_prompt"] = _first_prompt(task, engine)


def _first_prompt(task: Task, engine: Generator) -> dict[str, Any] | None:
    """What the model sees first, with its first token ids; None for replayed outputs."""
    if engine.info.mode == "replay":
        return None
    prompt: Prompt = task.plan.requests[0].prompt
    ids = engine.token_ids(prompt)
    return to_row(prompt) | {
        "tokens": len(ids) if ids is not None else None,
        "first_token_ids": ids[:FIRST_TOKEN_IDS] if ids is not None else "unknown",
        "bos": engine.info.bos,
        "template_by": engine.info.template_by if prompt.messages else "nobody",
    }


def template_row(template: PromptTemplate) -> dict[str, Any]:
    """The prompt template whole, so that every prompt can be rendered again."""
    return asdict(template)


def new_manifest(identity: Mapping[str, Any], config: RunConfig, created: str) -> dict[str, Any]:
    """A manifest as it is written at the first start; the runner fills the rest."""
    return {
        "schema": SCHEMA,
        "status": "running",
        "created": created,
        "command": command_line(config),
        "config": config_row(config),
        "identity": dict(identity),
        "versions": versions(),
        "machine": machine(),
        "sessions": [],
    }


@dataclass(slots=True)
class Session:
    """What one process did for one run, as the manifest keeps it."""

    started: str
    engine_start_seconds: float = 0.0
    generation_seconds: float = 0.0
    generations: int = 0
    prompt_tokens: int = 0
    tokens: int = 0

    def add(self, generation: Generation) -> None:
        """Counts one generation that the engine gave."""
        self.generations += 1
        self.prompt_tokens += generation.prompt_tokens or 0
        self.tokens += generation.tokens or 0

    def to_row(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}
