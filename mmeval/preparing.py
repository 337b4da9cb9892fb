"""A config -> tasks: everything about a run that can be known, and refused, before an
engine starts."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmeval import catalog
from mmeval.answers.checker import Checker
from mmeval.config import RunConfig, parse_shard
from mmeval.engines.engine import choose_engine
from mmeval.engines.models.find import Model, model_identity
from mmeval.engines.replay import ReplayEngine
from mmeval.errors import ConfigError, DataError, RunMismatch
from mmeval.identity import config_row, sampling_identity, task_identity
from mmeval.judging.self_test import require_passed, self_test
from mmeval.planning import Plan, make_plan, plan_stored, shard_of
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import DataOptions, ProblemSet, find_split, load_problems
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.problems.prompts import Shots, render, shot_pool, stop_in_references
from mmeval.records import Problem, Prompt, Sampling
from mmeval.replaying import replay_for, replayed
from mmeval.run_folder import RUN_FILE, RunDir, require_same


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One benchmark of a run, ready to be asked."""

    config: RunConfig
    """Of this benchmark alone."""
    benchmark: Benchmark
    split: str
    template: PromptTemplate
    checkers: tuple[Checker, ...]
    data: ProblemSet
    problems: tuple[Problem, ...]
    """Those of this shard."""
    sampling: Sampling
    plan: Plan
    run: RunDir
    identity: dict[str, Any]
    """All that is known without an engine."""
    replay: ReplayEngine | None
    """The stored answers, when the engine is `replay`: the plan follows from them."""
    stop_in_references: int
    """Reference solutions that contain a stop string, and so could not be given whole."""
    repeat: int = 0
    """Which repeat of a run it is, from 1; 0 for the run itself."""
    command: str | None = None
    """The command that it is a step of and that goes on with it; None for `mmeval run`."""

    @property
    def home(self) -> RunDir:
        """The run that it repeats and that --resume goes on with; itself, where it is none."""
        return RunDir(self.run.path.parent.parent) if self.repeat else self.run


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a model, and where the answers go."""

    benchmark: Benchmark
    split: str
    template: PromptTemplate
    checkers: tuple[Checker, ...]
    data: ProblemSet
    prompts: tuple[Prompt, ...]
    """One for each problem."""
    folder: Path


def prepare(config: RunConfig, model: Model) -> list[Task]:
    """One task per benchmark, in the order asked for, its names being checked.

    Raises MissingData, DataError or ConfigError for what the user must fix, a checker that
    fails its self-test included, and RunMismatch when a folder holds another run.
    """
    out = Path(config.out) if config.out is not None else None
    if out is not None and len(config.benchmark) > 1 and RunDir(out).exists():
        raise RunMismatch(
            f"{out} is the run folder of one benchmark, and {len(config.benchmark)} are asked for; "
            "choose another --out"
        )
    return [_prepare_one(config, model, name) for name in config.benchmark]


def check_names(config: RunConfig) -> None:
    """Raises UnknownName or ConfigError for names that cannot be meant.

    Takes milliseconds: a misspelt name must not wait for an engine's import.
    """
    choose_engine(config.engine)
    names = []
    for each in config.benchmark:
        benchmark: Benchmark = catalog.load("benchmarks", each)
        find_split(benchmark, config.split or benchmark.default_split)
        catalog.load("prompts", config.prompt or benchmark.prompt)
        names.append(benchmark.name)
    for each in config.checker:
        catalog.load("checkers", each)
    if len(set(names)) < len(names):
        raise ConfigError(f"a benchmark is named twice: {', '.join(names)}")
    if config.shard is not None and config.repeats:
        raise ConfigError(
            "repeats are of a whole run, not of a shard: join the shards with --merge DIR, "
            "then mmeval run --resume DIR --repeats N"
        )
    if config.engine == "replay" and (config.responses is None or config.text is None):
        raise ConfigError("--engine replay needs --responses FILE.jsonl and --text FIELD")
    if config.only_replayed and (config.engine != "replay" or config.limit is not None):
        raise ConfigError(
            "--only-replayed asks the problems of the --responses file and no others: it goes "
            "with --engine replay, and without --limit"
        )


def run_folder(config: RunConfig, model: Model, benchmark: str) -> Path:
    """Where a benchmark's run goes: `--out`, or a folder below `runs/` whose name is a
    function of the settings, so that the same command finds its own run again."""
    if config.out is not None:
        folder = Path(config.out)
        folder = folder / benchmark if len(config.benchmark) > 1 else folder
    else:
        folder = default_folder(config, model, benchmark)
    if config.shard is not None:
        folder = folder / "shard-{}-of-{}".format(*parse_shard(config.shard))
    return folder


def default_folder(config: RunConfig, model: Model, name: str) -> Path:
    """`runs/MODEL/NAME-DIGEST`, the digest being one of all that a run may not change."""
    settings = config_row(config)
    for key in ("benchmark", "samples", "checker", "shard", "data", "repeats"):
        settings.pop(key, None)
    text = json.dumps([settings, name, model.weights_sha256], sort_keys=True)
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", model.name).strip("-.") or "model"
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Path("runs") / slug / f"{name}-{digest}"


def data_options(config: RunConfig) -> DataOptions:
    """Where the rows come from: `--data`, else MMEVAL_DATA, else the hub."""
    folder = config.data or os.environ.get("MMEVAL_DATA") or None
    return DataOptions(
        folder=Path(folder) if folder else None,
        limit=config.limit,
        seed=config.seed,
        allow_any=config.any_data,
    )


def _prepare_one(whole: RunConfig, model: Model, name: str) -> Task:
    benchmark: Benchmark = catalog.load("benchmarks", name)
    folder = run_folder(whole, model, benchmark.name)
    config = _own_config(whole, name, folder)
    split = config.split or benchmark.default_split
    template: PromptTemplate = catalog.load("prompts", config.prompt or benchmark.prompt)
    checkers = [catalog.load("checkers", each) for each in config.checker or benchmark.checkers]
    where = data_options(config)
    data = load_problems(benchmark, split, where)
    if config.only_replayed:
        data = replayed(config, data)
    require_passed(self_test(data.problems, checkers), benchmark.name)
    asked = Asked(
        benchmark=benchmark,
        split=split,
        template=template,
        checkers=tuple(checkers),
        data=data,
        prompts=tuple(render_all(benchmark, template, data.problems, config, where)),
        folder=folder,
    )
    return make_task(asked, config, model)


def make_task(asked: Asked, config: RunConfig, model: Model) -> Task:
    """The task that puts these prompts to this model.

    Raises RunMismatch or DataError when the folder is not free and not this task's, and
    ConfigError for sampling or a shard that make no sense.
    """
    benchmark, data, run = asked.benchmark, asked.data, RunDir(asked.folder)
    sampling = _sampling(config, benchmark, asked.template, run)
    identity = (
        task_identity(benchmark.name, asked.split, data, asked.prompts)
        | sampling_identity(sampling, config)
        | model_identity(model)
    )
    require_own(run, identity)
    problems, prompts = list(data.problems), list(asked.prompts)
    if config.shard is not None:
        part = parse_shard(config.shard)
        problems, prompts = shard_of(problems, *part), shard_of(prompts, *part)
        if not problems:
            raise ConfigError(
                f"shard {config.shard} of {benchmark.name} is empty: there are only "
                f"{len(data.problems):,} problems; take fewer shards"
            )
    replay = replay_for(config, problems) if config.engine == "replay" else None
    if replay is not None:
        sampling = replace(sampling, n=replay.matched.samples)
        plan = plan_stored(prompts, replay.matched.generations, sampling.n)
    else:
        plan = make_plan(prompts, sampling)
    return Task(
        config=config,
        benchmark=benchmark,
        split=asked.split,
        template=asked.template,
        checkers=asked.checkers,
        data=data,
        problems=tuple(problems),
        sampling=sampling,
        plan=plan,
        replay=replay,
        run=run,
        identity=identity,
        stop_in_references=stop_in_references(
            data.problems, sampling.stop, given=bool(config.stop)
        ),
    )


def _own_config(config: RunConfig, name: str, folder: Path) -> RunConfig:
    """The config of one benchmark's run alone, which its manifest keeps."""
    if config.out is None or len(config.benchmark) == 1:
        return replace(config, benchmark=(name,))
    own = folder if config.shard is None else folder.parent
    return replace(config, benchmark=(name,), out=str(own))


def require_own(run: RunDir, identity: Mapping[str, Any]) -> None:
    """Raises RunMismatch or DataError where the folder is not free and not this run's."""
    if run.exists():
        require_same(run.manifest()["identity"], identity, str(run.path))
    elif run.generations_file.is_file():
        raise DataError(
            f"{run.path} holds generations.jsonl without the manifest.json that says what was "
            "asked; put that back, or choose another --out"
        )
    elif (run.path / RUN_FILE).is_file():
        raise DataError(
            f"{run.path} holds a run of several benchmarks; go on with it by --resume "
            f"{run.path}, or choose another --out"
        )


def render_all(
    benchmark: Benchmark,
    template: PromptTemplate,
    problems: Sequence[Problem],
    config: RunConfig,
    where: DataOptions,
) -> list[Prompt]:
    """The prompt of every problem, with its examples where `--shots` asks for some."""
    if not config.shots:
        return [render(template, problem) for problem in problems]
    shots = Shots(shot_pool(benchmark, where), config.seed)
    return [
        render(template, problem, shots.for_problem(problem, config.shots)) for problem in problems
    ]


def _sampling(
    config: RunConfig, benchmark: Benchmark, template: PromptTemplate, run: RunDir
) -> Sampling:
    stored = run.manifest().get("samples", 1) if run.exists() else 1
    try:
        return Sampling(
            temperature=config.temperature,
            top_p=config.top_p,
            max_tokens=benchmark.max_tokens if config.max_tokens is None else config.max_tokens,
            n=max(config.samples, stored),  # a run never gets smaller
            seed=config.seed,
            stop=template.stop if config.stop is None else config.stop,
        )
    except ValueError as error:
        raise ConfigError(str(error)) from None
