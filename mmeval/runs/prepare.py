"""A config -> tasks: everything about a run that can be known, and refused, before an
engine starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmeval import catalog
from mmeval.engines.engine import choose_engine, engine_identity
from mmeval.engines.models.find import Model, model_identity
from mmeval.engines.replay import open_replay
from mmeval.errors import ConfigError, RunMismatch
from mmeval.judging.self_test import require_passed, self_test
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import DataOptions, find_split, load_problems
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.problems.prompts import Shots, render, shot_pool, stop_in_references
from mmeval.records import Problem, Prompt
from mmeval.run_folder import RunDir, require_same
from mmeval.runs.config import RunConfig, command_line, config_row
from mmeval.runs.identity import sampling_identity, task_identity
from mmeval.runs.places import own_config, require_own, run_folder
from mmeval.runs.plan import make_plan, plan_stored, replayed, shard_of
from mmeval.runs.switches import require_able, switches_identity, with_card, with_system
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
    if config.only_replayed and (config.replay_spec is None or config.limit is not None):
        raise ConfigError(
            "--only-replayed asks the problems of the --responses file and no others: it goes "
            "with --engine replay, and without --limit"
        )


def _prepare_one(whole: RunConfig, model: Model, name: str) -> Task:
    benchmark: Benchmark = catalog.load("benchmarks", name)
    folder = run_folder(whole, model, benchmark.name)
    config = own_config(whole, name, folder)
    split = config.split or benchmark.default_split
    template: PromptTemplate = catalog.load("prompts", config.prompt or benchmark.prompt)
    checkers = [catalog.load("checkers", each) for each in config.checker or benchmark.checkers]
    where = config.data_options
    data = load_problems(benchmark, split, where)
    among = data.problems
    if config.replay_spec is not None and where.limit is not None:
        among = load_problems(benchmark, split, replace(where, limit=None)).problems
    if config.only_replayed and config.replay_spec is not None:
        data = replayed(data, config.replay_spec)
    require_able(config, choose_engine(config.engine), template)
    config = with_card(config, model)
    require_passed(self_test(data.problems, checkers), benchmark.name)
    asked = Asked(
        benchmark=benchmark,
        split=split,
        template=template,
        data=data,
        prompts=tuple(
            with_system(prompt, config.system)
            for prompt in _rendered(benchmark, template, data.problems, where, config.shots)
        ),
        folder=folder,
        among=tuple(among),
    )
    return make_task(asked, config, model)


def _rendered(
    benchmark: Benchmark,
    template: PromptTemplate,
    problems: Sequence[Problem],
    where: DataOptions,
    count: int,
) -> list[Prompt]:
    """The prompt of every problem, with `count` solved examples before each question."""
    if not count:
        return [render(template, problem) for problem in problems]
    shots = Shots(shot_pool(benchmark, where), where.seed)
    return [render(template, problem, shots.for_problem(problem, count)) for problem in problems]


def make_task(asked: Asked, config: RunConfig, model: Model) -> Task:
    """The task that puts these prompts to this model.

    Raises RunMismatch or DataError when the folder is not free and not this task's, and
    ConfigError for sampling or a shard that make no sense.
    """
    benchmark, data, run = asked.benchmark, asked.data, RunDir(asked.folder)
    stored = run.read_manifest().samples if run.exists() else 1  # a run never gets smaller
    sampling = config.sampling_for(benchmark.max_tokens, asked.template.stop, stored)
    identity = (
        task_identity(benchmark.name, asked.split, data, asked.prompts)
        | sampling_identity(sampling, config.use_generation_config)
        | switches_identity(config)
        | model_identity(model)
    )
    require_own(run, identity)
    problems, prompts = list(data.problems), list(asked.prompts)
    if config.part is not None:
        problems, prompts = shard_of(problems, *config.part), shard_of(prompts, *config.part)
        if not problems:
            raise ConfigError(
                f"shard {config.shard} of {benchmark.name} is empty: there are only "
                f"{len(data.problems):,} problems; take fewer shards"
            )
    spec = config.replay_spec
    replay = open_replay(problems, spec, asked.among) if spec else None
    if replay is not None:
        if run.exists():  # another file under the same name has other answers
            bound = {k: v for k, v in engine_identity(replay.info).items() if "engine." in k}
            require_same(run.read_manifest().identity, bound, str(run.path))
        sampling = replace(sampling, n=replay.matched.samples)
        plan = plan_stored(prompts, replay.matched.generations, sampling.n)
    else:
        plan = make_plan(prompts, sampling)
    return Task(
        settings=config_row(config),
        command=command_line(config),
        benchmark=benchmark,
        split=asked.split,
        template=asked.template,
        checkers=config.checker or tuple(benchmark.checkers),
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
        shots=config.shots,
        shard=config.part,
        repeats=config.repeats,
    )
