"""What makes a run itself: the facts that must not change between its first start and
its last row, and the manifest that holds them."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from mmeval.config import RunConfig
from mmeval.environment import machine, versions
from mmeval.problems.load import ProblemSet
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.records import SCHEMA, Prompt, Sampling, to_row
from mmeval.run_folder import problems_sha256

_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")
_QUERY = re.compile(r"(://[^\s?]*)\?\S*")


def task_identity(
    name: str, split: str, data: ProblemSet, prompts: Sequence[Prompt]
) -> dict[str, Any]:
    """What is asked: the data, the problems chosen from it, and every rendered prompt."""
    chosen = {"subset": data.subset} if data.subset else {}
    digest = hashlib.sha256()
    for prompt in prompts:
        digest.update(json.dumps(to_row(prompt), ensure_ascii=False).encode() + b"\n")
    return {
        "benchmark": name,
        "split": split,
        "data_sha256": data.content_sha256,
        "problems_sha256": problems_sha256(data.problems),
        "prompts_sha256": digest.hexdigest(),
        **chosen,
    }


def sampling_identity(sampling: Sampling, config: RunConfig) -> dict[str, Any]:
    """How it is asked. `n` is left out: more samples of the same run are more rows."""
    identity = to_row(sampling)
    del identity["n"]
    return identity | {"use_generation_config": config.use_generation_config}


def template_row(template: PromptTemplate) -> dict[str, Any]:
    """The prompt template whole, so that every prompt can be rendered again."""
    return asdict(template)


def command_line(config: RunConfig) -> str:
    """The command that asks for this run, whoever began it: a notebook's own is none."""
    words = ["mmeval", "run"]
    for key, value in config_row(config).items():
        if key == "engine_args":
            words += [f"--engine-arg={name}={_typed(each)}" for name, each in value.items()]
            continue
        option = f"--{key.replace('_', '-')}"
        if value is True:
            words.append(option)
        else:  # no stop strings at all are one empty one on the command line
            values = (value or [""]) if isinstance(value, list) else [value]
            words += [f"{option}={_typed(each)}" for each in values]
    return shlex.join(words)


def _typed(value: Any) -> str:
    """The value as `--engine-arg` and the other options read it."""
    return value if isinstance(value, str) else json.dumps(value)


def config_row(config: RunConfig) -> dict[str, Any]:
    """The config as the manifest keeps it: what was set, nothing that is a default, and
    neither credentials nor queries in URLs."""
    return {
        key: _kept(value) if key != "stop" else list(value)
        for key, value in asdict(config).items()
        if value != RunConfig.__dataclass_fields__[key].default and value != {}
    }


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return _QUERY.sub(r"\1", _CREDENTIALS.sub("", value))
    if isinstance(value, tuple):
        return [_kept(each) for each in value]
    if isinstance(value, dict):
        return {key: _kept(each) for key, each in value.items()}
    return value


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
