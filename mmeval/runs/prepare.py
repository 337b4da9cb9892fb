"""A config -> tasks: everything about a run that can be known, and refused, before an
engine starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmeval import catalog
from mmeval.engines.engine import choose_engine
from mmeval.engines.models.find import Model, model_identity
from mmeval.errors import ConfigError, RunMismatch
from mmeval.judging.self_test import require_passed, self_test
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import DataOptions, find_split, load_problems
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.problems.prompts import Shots, render, shot_pool, stop_in_references
from mmeval.records import Problem, Prompt, Sampling
from mmeval.run_folder import RunDir
from mmeval.runs.config import RunConfig, data_options, parse_shard
from mmeval.runs.identity import sampling_identity, task_identity
from mmeval.runs.places import _own_config, require_own, run_folder
from mmeval.runs.plan import make_plan, plan_stored, replay_for, replayed, shard_of
from mmeval.runs.task import Asked, Task


def prepare(config: RunConfig, model: Model) -> list[Task]:
    """One task per benchmark, in the order asked for, assumes `check_names` has passed.

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
    stored = run.read_manifest().samples if run.exists() else 1
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
