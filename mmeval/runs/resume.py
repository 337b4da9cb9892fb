"""How a stopped run goes on: the one command that an error names, and what it reads.

A run folder resumes by its manifest. A run of several benchmarks is begun with a small
file that holds its whole config: `run.json` in its --out, else beside its folders.
"""

from __future__ import annotations

import contextlib
import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.engines.models.find import Model
from mmeval.engines.start import resumable
from mmeval.errors import ConfigError, MissingData
from mmeval.records import SCHEMA
from mmeval.run_folder import RUN_FILE, Done, RunDir
from mmeval.runs.config import (
    RunConfig,
    config_row,
    parse_shard,
    read_config,
    resume_command,
)
from mmeval.runs.places import default_folder
from mmeval.runs.task import Task


@dataclass(frozen=True, slots=True)
class Call:
    """One call of `run`, and the file that keeps its config where there are several
    benchmarks; one alone has its manifest."""

    config: RunConfig
    file: Path | None
    command: str | None = None
    """The command of which the run is a step; None for `mmeval run` itself."""

    def keep(self) -> None:
        """Writes the config; the shard is left out, because all shards share the file."""
        if self.file is not None:
            row = config_row(self.config)
            row.pop("shard", None)
            kept = {"schema": SCHEMA, "config": row}
            jsonl.write_text(self.file, json.dumps(kept, indent=1) + "\n")

    def resume_command(self, run: RunDir) -> str:
        """The one command that resumes the call, stopped in that run."""
        if self.command is not None:
            return self.command
        if self.file is None:
            if not run.exists():  # stopped before anything was written
                return "the same command"
            return resume_command(run.path, config_row(self.config))
        if not self.file.is_file():
            return "the same command"
        shard = f"--shard {self.config.shard}" if self.config.shard else ""
        if self.config.out is not None:
            return resume_command(self.config.out, config_row(self.config), shard)
        by_config = resume_command(self.file, config_row(self.config), shard)
        return by_config.replace(" --resume ", " --config ", 1)


def call_of(config: RunConfig, model: Model, tasks: list[Task]) -> Call:
    """The call, with the file for its config: `run.json`, or `runs/MODEL/A+B-DIGEST.json`."""
    if len(tasks) == 1:
        return Call(config, None)
    if config.out is not None:
        return Call(config, Path(config.out) / RUN_FILE)
    folder = default_folder(config, model, "+".join(task.benchmark.name for task in tasks))
    return Call(config, folder.with_name(f"{folder.name}.json"))


def resumable_run(call: Call, task: Task, done: Done) -> contextlib.AbstractContextManager[None]:
    """Turns whatever stops a run into an error that says how to resume it, and notes it
    in the manifest."""

    def go_on(status: str) -> str:
        with contextlib.suppress(OSError):  # the disk may be what failed
            if task.run.exists():
                task.run.set_status(status)
        kept = f"{done.count:,} of {task.plan.size:,} answers are kept in {task.run.path}"
        return f"{kept}; resume with: {call.resume_command(task.home)}"

    return resumable(go_on)


def resumed_settings(folder: Path) -> dict[str, Any]:
    """The settings that resume the run in a folder, wherever the folder is now.

    Raises MissingData when it is not a run folder, ConfigError for a repeat, which its run
    resumes, for a step of another command, and for a shard whose folder was renamed.
    """
    manifest, whole = folder / "manifest.json", folder / RUN_FILE
    if not manifest.is_file():
        if not whole.is_file():
            raise MissingData(
                f"{folder} is not a run folder: there is neither manifest.json nor {RUN_FILE} in it"
            )
        return read_config(whole) | {"out": str(folder)}
    stored = RunDir(folder).read_manifest()
    if stored.step:
        raise ConfigError(
            f"{folder} is a step of another command; resume it with: {stored.command}"
        )
    if stored.repeat:
        raise ConfigError(
            f"{folder} is repeat {stored.repeat} of a run: resume that run, mmeval run --resume "
            f"{shlex.quote(str(folder.resolve().parent.parent))}"
        )
    settings = read_config(manifest)
    if not settings.get("shard"):
        return settings | {"out": str(folder)}
    named = "shard-{}-of-{}".format(*parse_shard(settings["shard"]))
    here = folder.resolve()
    if here.name != named:
        raise ConfigError(f"{folder} holds shard {settings['shard']}: call it {named} again")
    return settings | {"out": str(folder.parent if folder.name == named else here.parent)}
